from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from deploy.embedded.__main__ import DRAIN as ENDS_WITHIN
from servicedesk.buttons import Buttons
from servicedesk.cases import Case, CaseRequest
from servicedesk.clock import ManualClock, SystemClock
from servicedesk.delivery.errors import DeliveryRejected, DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.port import Message
from servicedesk.handlers import REPORTS, NoticeHandlers, TicketHandlers, draft_of, handlers
from servicedesk.keys import KeyRing
from servicedesk.outbox import GiveUp, Item, Outbox, TryAgain
from servicedesk.store import Store, StoreUnavailable
from servicedesk.store.tables import cases as case_table
from servicedesk.store.tables import metadata, outbox, tickets
from servicedesk.ticketing.embedded import EmbeddedTickets
from servicedesk.ticketing.errors import TicketNotFound, TicketRejected, TicketSystemUnavailable
from servicedesk.ticketing.port import TicketKind, TicketRef
from servicedesk.worker import HEARTBEAT, Chore, Worker, build_worker
from tests.house import PATIENCE
from tests.servicedesk.cases_in_a_queue import commented, fill
from tests.servicedesk.world import World


class FlakyTickets:
    """A ticket system behind the port that fails before or after the work, as seeded."""

    def __init__(self, inner: EmbeddedTickets, seed: int) -> None:
        self._inner = inner
        self._dice = random.Random(seed)
        self.failed = Counter[str]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        real = getattr(self._inner, name)
        if not callable(real) or name == "look_ahead":
            return real  # what is said of the system, or to it, asks it for nothing

        def call(*arguments: Any, **options: Any) -> Any:
            if self._dice.random() < 0.3:
                self.failed["before"] += 1
                raise TicketSystemUnavailable("503", timedelta(seconds=5))
            result = real(*arguments, **options)
            if self._dice.random() < 0.3:
                self.failed["after"] += 1
                raise TicketSystemUnavailable("timeout after success")
            return result

        return call


def open_case(world: World, key: str = "k1", **more: Any) -> Case:
    talk = world.talk("kari.nordmann")
    request = CaseRequest(
        conversation=talk.id,
        key=key,
        language="nb",
        words="VPN faller ut",
        because={"asked_for_person": {}},
        **more,
    )
    return world.services.cases.open(request)


def run(world: World, *, rounds: int = 1, step: timedelta = timedelta()) -> None:
    worker = build_worker(world.services)
    for _ in range(rounds):
        worker.round()
        world.clock.advance(step)


# --- the handlers ---


def test_a_case_gets_its_ticket_and_its_number(world: World) -> None:
    case = open_case(world)
    run(world)
    number = world.services.cases.get(case.reference).number
    assert number == "INC0010001"
    ticket = world.services.tickets.get(number)
    assert (ticket.key, ticket.requester, ticket.language) == (case.reference, case.account, "nb")
    assert "VPN faller ut" in ticket.description
    (attachment,) = world.services.tickets.attachments(ticket.ref)
    assert json.loads(attachment.content)["reference"] == case.reference


def test_a_ticket_that_an_earlier_try_opened_is_found_not_opened_again(world: World) -> None:
    """F6: the answer of the first try was lost."""
    case = open_case(world)
    with world.services.store.transaction() as connection:
        row = connection.execute(select(case_table)).one()
    lost = world.services.tickets.open(draft_of(row))
    run(world)
    assert world.services.cases.get(case.reference).ticket_id == lost.id
    assert world.services.tickets.list().total == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_flaky_ticket_system_gets_each_ticket_and_comment_once(world: World, seed: int) -> None:
    """F5, F6: 5xx, and time-outs after success."""
    flaky = FlakyTickets(world.services.tickets, seed)
    talk = world.talk("kari.nordmann")
    opened = [open_case(world, key=f"k{number}") for number in range(4)]
    for case in opened:
        world.services.cases.add_comment(case.reference, conversation=talk.id, key="c", text="mer")
    box = world.services.outbox
    works = all_handlers(world, flaky)
    for _ in range(60):
        box.run_due(works)
        world.clock.advance(timedelta(minutes=11))
        if box.counts()["queued"] == 0:
            break
    assert box.counts() == {"queued": 0, "done": 8, "dead": 0}
    assert flaky.failed["before"]
    assert flaky.failed["after"]
    page = world.services.tickets.list()
    assert sorted(ticket.key for ticket in page.tickets) == sorted(case.reference for case in opened)
    for ticket in page.tickets:
        assert [each.text for each in world.services.tickets.view(ticket.ref).comments] == ["mer"]


def all_handlers(world: World, ticket_system: Any) -> Any:
    services = world.services
    return handlers(
        store=services.store,
        keys=services.keys,
        tickets=ticket_system,
        delivery=services.delivery,
        conversations=services.conversations,
        accounts=services.accounts,
        cases=services.cases,
        buttons=Buttons(services.clock, services.keys),
    )


class RefusingTickets:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def look_ahead(self, coming: object) -> None:
        """It is asked for nothing yet."""

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            raise self._error

        return call


@pytest.mark.parametrize("error", [TicketRejected("400 summary"), TicketNotFound("gone")])
def test_a_ticket_system_that_refuses_makes_a_dead_letter_at_once(world: World, error: Exception) -> None:
    """F5: 4xx at once. What is shown is status and fields: test_http.py sees to it that no vendor's sentence is."""
    open_case(world)
    world.services.outbox.run_due(all_handlers(world, RefusingTickets(error)))
    (letter,) = world.services.outbox.dead_letters()
    assert letter.kind == "ticket.open"
    assert letter.last_error in (
        "the ticket system refuses it: 400 summary",
        "the ticket system knows no such ticket",
    )


def test_retry_after_reaches_the_outbox(world: World) -> None:
    down = RefusingTickets(TicketSystemUnavailable("429", timedelta(minutes=7)))
    item = Item(id=1, key="k", kind="ticket.open", payload={"reference": open_case(world).reference},
                attempt=1, created_at=world.clock.now())  # fmt: skip
    with pytest.raises(TryAgain) as caught:
        TicketHandlers(world.services.store, down).open(item)  # type: ignore[arg-type]
    assert caught.value.after == timedelta(minutes=7)


def test_a_step_before_the_ticket_is_there_waits(world: World) -> None:
    case = open_case(world)
    item = Item(id=9, key="k", kind="ticket.reopen", payload={"reference": case.reference, "reason": ""},
                attempt=1, created_at=world.clock.now())  # fmt: skip
    with pytest.raises(TryAgain, match="not open yet"):
        TicketHandlers(world.services.store, world.services.tickets).reopen(item)


def test_a_step_of_a_case_that_was_erased_is_given_up(world: World) -> None:
    item = Item(id=9, key="k", kind="ticket.open", payload={"reference": "T0-NONE2"},
                attempt=1, created_at=world.clock.now())  # fmt: skip
    with pytest.raises(GiveUp):
        TicketHandlers(world.services.store, world.services.tickets).open(item)


def test_notices_reach_mail_and_phone_once(world: World) -> None:
    payload = {"recipient": "kari@nordlys.example", "subject": "S", "text": "T"}
    with world.services.store.transaction() as connection:
        for kind in ("notice.mail", "notice.sms"):
            world.services.outbox.put(connection, kind=kind, key=kind, payload=payload)
    run(world, rounds=2)
    assert len(world.services.delivery.sent_to("kari@nordlys.example")) == 2


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DeliveryUnavailable("busy"), TryAgain),
        (DeliveryUnclear("no answer"), TryAgain),
        (DeliveryRejected("bad"), GiveUp),
    ],
)
def test_delivery_errors_are_told_apart(error: Exception, expected: type[Exception], tmp_path: Path) -> None:
    """F15."""

    class Broken:
        def send(self, message: Message) -> None:
            raise error

    item = Item(id=1, key="k", kind="notice.sms", payload={"recipient": "r", "subject": "", "text": "t"},
                attempt=1, created_at=SystemClock().now())  # fmt: skip
    with pytest.raises(expected):
        NoticeHandlers(Broken(), KeyRing(tmp_path)).sms(item)


def test_news_reach_the_chat_once_under_their_author(world: World) -> None:
    """F16: the same item carried out twice says it once."""
    talk = world.talk("kari.nordmann")
    payload = {"conversation": talk.id, "text": "Hei", "content": {"type": "agent"}, "author": "agent",
               "author_name": "Ola"}  # fmt: skip
    with world.services.store.transaction() as connection:
        world.services.outbox.put(connection, kind="chat.say", key="say-1", payload=payload)
    run(world)
    with world.services.store.transaction() as connection:
        connection.execute(update(outbox).values(state="queued"))
    run(world)
    (message,) = world.services.conversations.messages(talk.id)
    assert (message.text, message.author, message.author_name) == ("Hei", "agent", "Ola")
    assert message.content == {"type": "agent"}


@pytest.mark.parametrize("reason", sorted(REPORTS))
def test_a_report_becomes_one_case_that_is_not_taken_for_proven(world: World, reason: str) -> None:
    kari = world.account("kari.nordmann")
    payload = {"reason": reason, "account": kari.id, "conversation": None, "proven": False}
    with world.services.store.transaction() as connection:
        world.services.outbox.put(connection, kind="case.report", key="report-1", payload=payload)
    run(world)
    with world.services.store.transaction() as connection:
        connection.execute(update(outbox).where(outbox.c.kind == "case.report").values(state="queued"))
    run(world)
    (ticket,) = world.services.tickets.list().tickets
    assert ticket.requester == kari.id
    said = world.services.handover.criteria.reason(REPORTS[reason].because).text
    assert said in ticket.description
    assert "two agents" in ticket.description
    assert (ticket.kind is TicketKind.SECURITY_INCIDENT) == (reason == "not_me")


# --- the process ---


def test_each_round_beats_and_does_the_chores(tmp_path: Path) -> None:
    clock = ManualClock()
    done: list[str] = []
    chore = Chore(clock, timedelta(minutes=1), lambda: done.append("chore"))
    worker = small_worker(tmp_path, clock, (chore,))
    worker.round()
    worker.round()
    assert (tmp_path / HEARTBEAT).exists()
    assert done == ["chore"]
    clock.advance(timedelta(minutes=1))
    worker.round()
    assert len(done) == 2
    clock.advance(timedelta(days=-1))  # F14
    worker.round()
    assert len(done) == 3


def test_a_chore_that_fails_stops_nothing(tmp_path: Path) -> None:
    clock = ManualClock()
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise StoreUnavailable("disk full")

    worker = small_worker(tmp_path, clock, (Chore(clock, timedelta(minutes=1), fail),))
    worker.round()
    clock.advance(timedelta(minutes=1))
    worker.round()
    assert len(tries) == 2


def test_a_store_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """F8, F9: no busy loop, no end of the process."""
    broken = Outbox(Store(f"sqlite:///{tmp_path}/no-schema.db"), ManualClock())
    worker = Worker(outbox=broken, handlers={}, chores=(), heartbeat=tmp_path / HEARTBEAT)
    assert worker.round() >= 1.0


def small_worker(folder: Path, clock: ManualClock, chores: tuple[Chore, ...]) -> Worker:
    store = Store(f"sqlite:///{folder}/worker.db")
    metadata.create_all(store.engine)
    return Worker(outbox=Outbox(store, clock), handlers={}, chores=chores, heartbeat=folder / HEARTBEAT)


DRAIN = textwrap.dedent(
    """
    import sys
    from datetime import timedelta
    from pathlib import Path
    from servicedesk.clock import SystemClock
    from servicedesk.handlers import TicketHandlers
    from servicedesk.outbox import Outbox
    from servicedesk.store import Store
    from servicedesk.ticketing.embedded import EmbeddedTickets
    from servicedesk.worker import Worker

    desk, vendor, heartbeat = sys.argv[1:]
    clock = SystemClock()
    store = Store(desk)
    ticket = TicketHandlers(store, EmbeddedTickets(Store(vendor), clock))
    box = Outbox(store, clock, lease=timedelta(milliseconds=400))
    works = {"ticket.open": ticket.open, "ticket.comment": ticket.comment}
    worker = Worker(outbox=box, handlers=works, chores=(), heartbeat=Path(heartbeat), round_seconds=0.02)
    print("ready", flush=True)
    worker.run()
    """
)


def test_a_worker_killed_at_random_points_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """F7: SIGKILL, again and again, while 60 tickets, and comments on a third of them, go to a system of their own."""
    desk, vendor = f"sqlite:///{tmp_path}/desk.db", f"sqlite:///{tmp_path}/vendor.db"
    store, vendor_store = Store(desk), Store(vendor)
    metadata.create_all(store.engine)
    metadata.create_all(vendor_store.engine)
    references = fill(store, 60, SystemClock())
    box = Outbox(store, SystemClock())
    dice = random.Random(11)
    kills = 0
    deadline = time.monotonic() + 240
    while box.counts()["queued"]:
        assert time.monotonic() < deadline, box.counts()
        process = subprocess.Popen(
            [sys.executable, "-c", DRAIN, desk, vendor, str(tmp_path / HEARTBEAT)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        until = time.monotonic() + (dice.uniform(0.02, 0.12) if kills < 8 else 20)
        while time.monotonic() < until and box.counts()["queued"]:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        kills += 1
    assert kills >= 5
    assert box.counts() == {"queued": 0, "done": 80, "dead": 0}
    with vendor_store.transaction() as connection:
        opened = [row.key for row in connection.execute(select(tickets.c.key))]
    assert sorted(opened) == sorted(references)
    system = EmbeddedTickets(vendor_store, SystemClock())
    with store.transaction() as connection:
        rows = connection.execute(select(case_table)).all()
    for row in rows:
        ref = system.find(row.reference)
        assert ref == TicketRef(id=row.ticket_id, number=row.ticket_number)
        assert len(system.view(ref).comments) == (row.reference in commented(references))


def test_the_process_beats_works_and_drains_on_sigterm(tmp_path: Path) -> None:
    """F17, and the command line: `python -m servicedesk.worker`."""
    world = World(tmp_path / "state")
    world.services.outbox._clock = SystemClock()  # the process lives in real time
    case = open_case(world)
    environment = {**os.environ, "TIER0_STATE_DIR": str(tmp_path / "state")}
    process = subprocess.Popen(
        [sys.executable, "-m", "servicedesk.worker"], env=environment, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while world.services.cases.get(case.reference).number is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert (tmp_path / "state" / HEARTBEAT).exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=ENDS_WITHIN) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_notice_that_is_never_answered_for_is_not_sent_all_night(tmp_path: Path) -> None:
    """F15: twice the same does no harm, a hundred times does; and a server's wish for a pause is kept."""

    class Broken:
        def __init__(self, error: Exception) -> None:
            self._error = error

        def send(self, message: Message) -> None:
            raise self._error

    item = Item(id=1, key="k", kind="notice.sms", payload={"recipient": "r", "subject": "", "text": "t"},
                attempt=3, created_at=SystemClock().now())  # fmt: skip
    with pytest.raises(GiveUp):
        NoticeHandlers(Broken(DeliveryUnclear("no answer")), KeyRing(tmp_path)).sms(item)
    pause = timedelta(seconds=37)
    with pytest.raises(TryAgain) as caught:
        NoticeHandlers(Broken(DeliveryUnavailable("busy", pause)), KeyRing(tmp_path)).sms(item)
    assert caught.value.after == pause
