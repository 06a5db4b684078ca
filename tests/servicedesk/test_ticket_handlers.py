"""Opened once, whatever happens between the worker and a ticket system that cannot see to it itself (F6, F7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from servicedesk.clock import ManualClock
from servicedesk.outbox import LEASE, GiveUp, Item, Outbox, TryAgain
from servicedesk.store import Store
from servicedesk.store.tables import cases, metadata
from servicedesk.ticket_handlers import CALL, ON_ITS_WAY, TicketHandlers
from servicedesk.ticketing.embedded import EmbeddedTickets
from servicedesk.ticketing.errors import OutcomeUnknown, RateLimited, TicketRejected
from servicedesk.ticketing.mapping import load
from servicedesk.ticketing.outside import OutsideTickets, Record
from servicedesk.ticketing.port import Keeping, TicketDraft, TicketRef, TicketState
from tests.servicedesk.cases_in_a_queue import fill


class Forgetful(EmbeddedTickets):
    """A system that opens a ticket each time that it is asked to, and finds it after a while."""

    keeping = Keeping.SEARCHED

    def __init__(self, store: Store, clock: ManualClock) -> None:
        super().__init__(store, clock)
        self.clock = clock
        self.opened: list[tuple[str, TicketRef, datetime]] = []
        self.before: Callable[[], None] = lambda: None  # runs while the call is on its way
        self.after: Exception | None = None  # raised though it was done
        self.instead: Exception | None = None
        self.looked_for: list[str] = []

    def open(self, draft: TicketDraft) -> TicketRef:
        before, self.before = self.before, lambda: None
        before()
        if self.instead:
            failure, self.instead = self.instead, None
            raise failure
        ref = super().open(replace(draft, key=f"{draft.key}#{len(self.opened)}"))
        self.opened.append((draft.key, ref, self.clock.now()))
        if self.after:
            failure, self.after = self.after, None
            raise failure
        return ref

    def find(self, key: str) -> TicketRef | None:
        self.looked_for.append(key)
        if self.keeping is Keeping.NOT_KEPT:
            return None
        seen = [
            ref for known, ref, at in self.opened if known == key and self.clock.now() - at >= self.search_lag
        ]
        return seen[0] if seen else None


class StoppedOnTheWay:
    """A vendor whose answer, that nothing is there yet, we read when our lease is over."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta()
    attaches_on_open = False
    people = None

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.sent: list[TicketRef] = []

    def read(self, ref: TicketRef) -> Record:
        return Record(ref=ref, key="", state="1", summary="", updated_at=self._clock.now())

    def notes(self, _: TicketRef) -> list[Any]:
        self._clock.advance(LEASE)
        return []

    file_names = notes

    def add_note(self, ref: TicketRef, *_: Any, **__: Any) -> None:
        self.sent.append(ref)

    add_file = add_note


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path}/desk.db")
    metadata.create_all(made.engine)
    return made


@pytest.fixture
def system(store: Store, clock: ManualClock) -> Forgetful:
    return Forgetful(store, clock)


@pytest.fixture
def work(store: Store, system: Forgetful, clock: ManualClock) -> TicketHandlers:
    fill(store, 1, clock)
    return TicketHandlers(store, system, clock=clock, outbox=Outbox(store, clock))


def item(clock: ManualClock, attempt: int = 1, **more: bool) -> Item:
    return Item(
        id=1,
        key="oT0-00000",
        kind="ticket.open",
        payload={"reference": "T0-00000"},
        attempt=attempt,
        created_at=clock.now(),
        **more,
    )


def settle(work: TicketHandlers, store: Store, clock: ManualClock) -> str:
    """Carry it out to its end; the ticket's id."""
    settled = work.open(item(clock))
    assert settled is not None
    with store.transaction() as connection:
        settled(connection)
        return str(connection.execute(select(cases.c.ticket_id)).scalar_one())


def test_a_search_that_is_behind_is_waited_for(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F6: what is not found a moment after a lost answer may be there all the same."""
    system.search_lag = timedelta(minutes=5)
    system.after = OutcomeUnknown("no whole answer")
    with pytest.raises(TryAgain):
        work.open(item(clock))
    clock.advance(timedelta(minutes=1))
    with pytest.raises(TryAgain) as caught:
        work.open(item(clock, attempt=2))
    assert caught.value.after == ON_ITS_WAY + timedelta(minutes=4)
    clock.advance(caught.value.after)
    assert settle(work, store, clock) == system.opened[0][1].id
    assert len(system.opened) == 1


@pytest.mark.parametrize("what", ["comment", "attach"])
def test_what_may_still_arrive_is_not_sent_again_before(
    work: TicketHandlers,
    store: Store,
    system: Forgetful,
    clock: ManualClock,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F6: a comment or a file whose call got no whole answer is looked for when it must have arrived; only it waits."""
    settle(work, store, clock)

    def unknown(*_: object, **__: object) -> None:
        raise OutcomeUnknown("no whole answer")

    monkeypatch.setattr(system, what, unknown)
    payload = {"reference": item(clock).payload["reference"], "author": "Kari", "text": "mer", "public": True}
    with pytest.raises(TryAgain) as caught:
        getattr(work, what)(replace(item(clock), kind=f"ticket.{what}", payload=payload))
    assert caught.value.after == ON_ITS_WAY + system.search_lag
    assert not caught.value.system


@pytest.mark.parametrize("what", ["comment", "attach"])
def test_after_a_worker_that_left_no_word_it_is_looked_for_when_it_must_have_arrived(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock, what: str
) -> None:
    """F7, F9: killed, or the database was gone when it wanted to say so: its call may be on its way all the same."""
    settle(work, store, clock)
    payload = {"reference": item(clock).payload["reference"], "author": "Kari", "text": "mer", "public": True}
    lapsed = replace(item(clock), kind=f"ticket.{what}", payload=payload, lapsed_at=clock.now())
    clock.advance(timedelta(seconds=1))
    with pytest.raises(TryAgain) as caught:
        getattr(work, what)(lapsed)
    assert caught.value.after == CALL + system.search_lag - timedelta(seconds=1)
    clock.advance(caught.value.after)
    getattr(work, what)(lapsed)


@pytest.mark.parametrize("what", ["comment", "attach"])
def test_a_worker_that_slept_through_its_lease_sends_nothing(
    work: TicketHandlers, store: Store, clock: ManualClock, what: str
) -> None:
    """F7: it looked whether it is there, was stopped, and another has sent it meanwhile."""
    settle(work, store, clock)
    vendor = StoppedOnTheWay(clock)
    slow = TicketHandlers(store, OutsideTickets(vendor, load("servicenow")), clock=clock)
    payload = {"reference": item(clock).payload["reference"], "author": "Kari", "text": "mer", "public": True}
    taken = replace(item(clock), kind=f"ticket.{what}", payload=payload, lease_until=clock.now() + LEASE)
    with pytest.raises(TryAgain, match="lease"):
        getattr(slow, what)(taken)
    assert vendor.sent == []


def test_a_call_that_did_nothing_is_not_waited_for(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    system.search_lag = timedelta(minutes=5)
    for failure in (RateLimited("429", timedelta(seconds=7)), TicketRejected("422 subject")):
        system.instead = failure
        with pytest.raises((TryAgain, GiveUp)):
            work.open(item(clock))
    assert settle(work, store, clock) == system.opened[0][1].id


def test_a_worker_that_was_killed_on_the_way_leaves_word(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F7: nobody knows whether its call went out; another waits until it has arrived or never will."""

    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    system.before = kill
    with pytest.raises(Killed):
        work.open(item(clock))
    with pytest.raises(TryAgain):
        work.open(item(clock, attempt=2))
    clock.advance(ON_ITS_WAY)
    settle(work, store, clock)
    assert len(system.opened) == 1


def test_the_late_one_of_two_workers_takes_its_ticket_back(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F7: a worker stops between its word and its call, longer than anybody waits; then the call goes out."""

    def overtaken() -> None:
        clock.advance(LEASE + ON_ITS_WAY)
        settle(work, store, clock)

    system.before = overtaken
    settled = work.open(item(clock))
    assert settled is not None
    first, late = (ref for _, ref, _ in system.opened)
    assert system.state(first) is TicketState.NEW
    assert system.state(late) is TicketState.WITHDRAWN
    with store.transaction() as connection:
        settled(connection)
        assert connection.execute(select(cases.c.ticket_id)).scalar_one() == first.id


def test_two_workers_do_not_give_their_word_at_once(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    def meanwhile() -> None:
        with pytest.raises(TryAgain):
            work.open(item(clock, attempt=2))

    system.before = meanwhile
    settle(work, store, clock)
    assert len(system.opened) == 1


def test_where_nothing_can_be_looked_for_a_person_decides(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F6: neither a key nor a search: parked, and sent again when somebody presses the button."""
    system.keeping = Keeping.NOT_KEPT
    system.after = OutcomeUnknown("no whole answer")
    with pytest.raises(TryAgain):
        work.open(item(clock))
    clock.advance(timedelta(hours=1))
    with pytest.raises(GiveUp, match="see, then send it again"):
        work.open(item(clock, attempt=2))
    assert len(system.opened) == 1
    settle(work, store, clock)  # put back in the queue by hand: its first attempt again
    assert len(system.opened) == 2


def test_a_clock_that_was_set_back_holds_nothing_up(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F14"""
    system.instead = OutcomeUnknown("no whole answer")
    with pytest.raises(TryAgain):
        work.open(item(clock))
    clock.advance(-timedelta(days=1))
    settle(work, store, clock)
    assert len(system.opened) == 1


def test_a_new_ticket_is_not_looked_for(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F5: in a long queue it would cost as much as opening it; also after a try that did nothing for certain."""
    system.instead = RateLimited("429", timedelta(seconds=7))
    with pytest.raises(TryAgain):
        work.open(item(clock, fresh=True, untried=True))
    assert work.open(item(clock, attempt=2, fresh=True)) is not None
    assert system.looked_for == []
    assert len(system.opened) == 1


def test_a_new_ticket_whose_opening_is_unknown_is_looked_for(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F6"""
    system.after = OutcomeUnknown("no whole answer")
    with pytest.raises(TryAgain):
        work.open(item(clock, fresh=True, untried=True))
    clock.advance(ON_ITS_WAY)
    assert work.open(item(clock, attempt=2, fresh=True)) is not None
    assert len(system.opened) == 1


def test_a_restored_backup_opens_no_ticket_again(
    store: Store, system: Forgetful, clock: ManualClock, tmp_path: Path
) -> None:
    """F19: opened after the backup was taken, so that what is restored knows nothing of it."""
    fill(store, 1, clock)
    store.close()
    backup = (tmp_path / "desk.db").read_bytes()
    Outbox(store, clock).run_due({"ticket.open": TicketHandlers(store, system, clock=clock).open})
    opened = [key for key, _, _ in system.opened]
    (tmp_path / "desk.db").write_bytes(backup)
    restored = Outbox(store, clock)
    restored.run_due({"ticket.open": TicketHandlers(store, system, clock=clock).open})
    assert restored.counts()["done"] == 1
    assert [key for key, _, _ in system.opened] == opened == ["T0-00000"]


def test_a_refusal_that_comes_late_does_not_take_back_anothers_word(
    work: TicketHandlers, store: Store, system: Forgetful, clock: ManualClock
) -> None:
    """F7: a worker sleeps past its lease before a call that does nothing; meanwhile another's call does, unheard."""
    system.search_lag = timedelta(minutes=5)

    def overtaken() -> None:
        clock.advance(LEASE + ON_ITS_WAY + system.search_lag)
        system.after = OutcomeUnknown("no whole answer")
        with pytest.raises(TryAgain):
            work.open(item(clock, attempt=2))
        system.instead = RateLimited("429")

    system.before = overtaken
    with pytest.raises(TryAgain):
        work.open(item(clock))
    with pytest.raises(TryAgain, match="an earlier call may still open it"):
        work.open(item(clock, attempt=3))
    clock.advance(ON_ITS_WAY + system.search_lag)
    settle(work, store, clock)
    assert len(system.opened) == 1
