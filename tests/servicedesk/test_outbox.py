from __future__ import annotations

import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from servicedesk.clock import ManualClock
from servicedesk.outbox import (
    LEASE,
    LIFETIME,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    MAX_LAPSES,
    UNEXPECTED_TRIES,
    DeadLetter,
    GiveUp,
    Handler,
    Item,
    Outbox,
    TryAgain,
    fitting,
)
from servicedesk.store import Store, StoreBusy, StoreUnavailable
from servicedesk.store.tables import metadata, outages, outbox


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path}/outbox.db")
    metadata.create_all(made.engine)
    return made


@pytest.fixture
def box(store: Store, clock: ManualClock) -> Outbox:
    return Outbox(store, clock, dice=random.Random(1))


@pytest.fixture
def put(box: Outbox, store: Store) -> Callable[..., bool]:
    def put(key: str, kind: str = "test", **payload: Any) -> bool:
        with store.transaction() as connection:
            return box.put(connection, kind=kind, key=key, payload=payload)

    return put


class Recorder:
    """A handler that notes what it is given, and fails as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self.seen: list[str] = []
        self._failures = list(failures)

    def __call__(self, item: Item) -> None:
        self.seen.append(item.key)
        if self._failures:
            raise self._failures.pop(0)


def always(error: Exception) -> Handler:
    def handle(item: Item) -> None:
        raise error

    return handle


Put = Callable[..., bool]


def test_an_item_is_carried_out_once(box: Outbox, put: Put) -> None:
    put("a", x=1)
    handler = Recorder()
    assert box.run_due({"test": handler}) == 1
    assert box.run_due({"test": handler}) == 0
    assert handler.seen == ["a"]
    assert box.counts() == {"queued": 0, "done": 1, "dead": 0}


def test_the_same_key_queues_nothing(box: Outbox, put: Put) -> None:
    assert put("a", x=1) is True
    assert put("a", x=2) is False
    handler = Recorder()
    box.run_due({"test": handler})
    assert put("a") is False  # not after it was done, either
    assert box.run_due({"test": handler}) == 0


def test_an_item_of_an_undone_transaction_was_never_there(box: Outbox, store: Store) -> None:
    def put_and_fail() -> None:
        with store.transaction() as connection:
            box.put(connection, kind="test", key="a", payload={})
            raise RuntimeError("the change itself failed")

    with pytest.raises(RuntimeError):
        put_and_fail()
    assert box.counts()["queued"] == 0


def test_a_key_too_long_for_its_column_still_tells_items_apart(box: Outbox, put: Put) -> None:
    long = "k" * 300
    assert [put(long + "1"), put(long + "2"), put(long + "1")] == [True, True, False]


def test_an_item_waits_for_its_time(box: Outbox, store: Store, clock: ManualClock) -> None:
    with store.transaction() as connection:
        later = clock.now() + timedelta(minutes=5)
        box.put(connection, kind="test", key="a", payload={}, not_before=later)
    assert box.run_due({"test": Recorder()}) == 0
    clock.advance(timedelta(minutes=5))
    assert box.run_due({"test": Recorder()}) == 1


def test_what_a_handler_learnt_is_written_with_the_end_or_not_at_all(
    box: Outbox, put: Put, store: Store, clock: ManualClock
) -> None:
    """F7: both or neither."""

    def handle(item: Item) -> Callable[[Any], None]:
        def settle(connection: Any) -> None:
            values = {"service": item.key, "planned": False, "starts_at": clock.now(), "texts": {}}
            connection.execute(insert(outages).values(**values))
            if item.attempt == 1:
                raise RuntimeError("the disk is full")

        return settle

    put("a")
    box.run_due({"test": handle})
    with store.transaction() as connection:
        assert connection.execute(select(outages)).all() == []
    clock.advance(LONGEST_WAIT)
    box.run_due({"test": handle})
    with store.transaction() as connection:
        assert [row.service for row in connection.execute(select(outages))] == ["a"]


# --- failures ---


def test_a_failure_is_tried_again_later_and_not_at_once(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F5."""
    put("a")
    handler = Recorder(TryAgain("503"), TryAgain("503"))
    for _ in range(10):
        box.run_due({"test": handler})
    assert handler.seen == ["a"]
    for _ in range(2):
        clock.advance(LONGEST_WAIT)
        box.run_due({"test": handler})
    assert handler.seen == ["a"] * 3
    assert box.counts()["done"] == 1


def test_waits_grow_are_spread_and_bounded(store: Store, clock: ManualClock) -> None:
    """F5: full jitter."""
    waits = waits_of(Outbox(store, clock, dice=random.Random(7)), store, clock, TryAgain("503"), 24)
    assert waits[0] <= timedelta(seconds=2)
    assert max(waits) <= LONGEST_WAIT
    assert max(waits[10:]) > timedelta(minutes=5)
    assert len({wait.total_seconds() for wait in waits}) == len(waits)


def test_the_time_that_the_other_side_asks_for_is_kept(store: Store, clock: ManualClock) -> None:
    """F5: Retry-After, within reason."""
    box = Outbox(store, clock, dice=random.Random(7))
    asked = waits_of(box, store, clock, TryAgain("429", timedelta(minutes=20)), 3)
    assert all(timedelta(minutes=20) <= wait <= timedelta(minutes=20, seconds=2) for wait in asked)
    hostile = waits_of(box, store, clock, TryAgain("429", timedelta(days=400)), 2)
    assert max(hostile) <= LONGEST_RETRY_AFTER + timedelta(seconds=2)
    assert min(waits_of(box, store, clock, TryAgain("429", timedelta(days=-1)), 2)) >= timedelta()


def waits_of(
    box: Outbox, store: Store, clock: ManualClock, error: Exception, tries: int, kind: str = "test"
) -> list[timedelta]:
    key = f"wait-{clock.now()}"
    with store.transaction() as connection:
        box.put(connection, kind=kind, key=key, payload={})
    waits = []
    for _ in range(tries):
        box.run_due({kind: always(error)}, limit=1)
        with store.transaction() as connection:
            due = connection.execute(select(outbox.c.not_before).where(outbox.c.key == key)).scalar_one()
        waits.append(due - clock.now())
        clock.advance(max(waits[-1], timedelta()))
    with store.transaction() as connection:
        connection.execute(outbox.update().where(outbox.c.key == key).values(state="done"))
    return waits


class Longest(random.Random):
    """Dice that always fall on the longest wait."""

    def random(self) -> float:
        return 1.0


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        ("test", [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
        ("chat.say", [2, 4, 8, 15, 15]),
        ("account.unlock", [2, 4, 8, 15]),
        ("account.settle", [2, 4, 8, 15]),
    ],
)
def test_no_wait_is_longer_than_this(store: Store, clock: ManualClock, kind: str, seconds: list[int]) -> None:
    """F5: doubled each time; a quarter of a minute where somebody sits and waits, else ten minutes"""
    box = Outbox(store, clock, dice=Longest())
    waits = waits_of(box, store, clock, TryAgain("503"), len(seconds), kind=kind)
    assert waits == [timedelta(seconds=wait) for wait in seconds]


def test_what_the_other_side_asks_for_is_spread_a_little(store: Store, clock: ManualClock) -> None:
    """F5: so that not all come back in the same second"""
    box = Outbox(store, clock, dice=Longest())
    asked = timedelta(minutes=20)
    assert waits_of(box, store, clock, TryAgain("429", asked), 3) == [asked + timedelta(seconds=2)] * 3


def test_a_handler_is_given_all_that_was_put(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F7: the key makes a repetition harmless, and the number tells the handler that it is one"""
    began, given = clock.now(), []

    def handle(item: Item) -> None:
        given.append(item)
        raise TryAgain("503")

    put("a", kind="chat.say", conversation="c-1", text="hei")
    for _ in range(2):
        box.run_due({"chat.say": handle})
        clock.advance(LONGEST_WAIT)
    first = Item(
        id=given[0].id,
        key="a",
        kind="chat.say",
        payload={"conversation": "c-1", "text": "hei"},
        attempt=1,
        created_at=began,
        untried=True,
        lease_until=began + LEASE,
    )
    again = replace(first, attempt=2, untried=False, lease_until=began + LONGEST_WAIT + LEASE)
    assert given == [first, again]


def test_a_dead_letter_says_whom_it_concerns_and_what_was_wrong(
    box: Outbox, put: Put, clock: ManualClock
) -> None:
    """F5: on the desk, newest first; a long or broken answer of the other side spoils no page"""
    began = clock.now()
    put("a", kind="ticket.comment", reference="T0-7KQ2M")
    box.run_due({"ticket.comment": always(GiveUp("400\n\tbad   request " + "x" * 300))})
    clock.advance(timedelta(minutes=1))
    put("b", kind="chat.say", conversation="c-1")
    put("c", kind="notice.sms", conversation="c-1", reference="T0-7KQ2M")
    box.run_due({"chat.say": always(GiveUp("gone")), "notice.sms": always(GiveUp("gone"))}, limit=1)
    newest, oldest = box.dead_letters()
    assert oldest == DeadLetter(
        id=oldest.id,
        key="a",
        kind="ticket.comment",
        stream="ticket:T0-7KQ2M",
        attempts=1,
        last_error=("400 bad request " + "x" * 300)[:200],
        created_at=began,
        ended_at=began,
    )
    assert (newest.key, newest.stream, newest.last_error) == ("b", "chat:c-1", "gone")
    assert [letter.key for letter in box.dead_letters(limit=1)] == ["b"]
    box.run_due({"notice.sms": always(GiveUp("gone"))})
    assert {letter.key: letter.stream for letter in box.dead_letters()}[
        "c"
    ] is None  # in no order with others


def test_what_is_sent_again_begins_anew(box: Outbox, put: Put, clock: ManualClock) -> None:
    put("a")
    for _ in range(3):
        box.run_due({"test": always(TryAgain("503"))})
        clock.advance(LONGEST_WAIT)
    box.run_due({"test": always(GiveUp("400"))})
    clock.advance(timedelta(days=3))
    [letter] = box.dead_letters()
    assert (letter.attempts, box.requeue(letter.id + 1)) == (4, False)
    assert box.requeue(letter.id) is True
    assert box.dead_letters() == ()
    asked = clock.now()
    while not box.dead_letters():
        box.run_due({"test": always(TryAgain("503"))})
        clock.advance(timedelta(hours=1))
    assert clock.now() - asked == LIFETIME + timedelta(hours=1)
    [letter] = box.dead_letters()
    assert (letter.attempts, letter.last_error) == (25, "503")


def test_an_item_that_was_due_yesterday_has_its_whole_day(
    box: Outbox, store: Store, clock: ManualClock
) -> None:
    with store.transaction() as connection:
        box.put(connection, kind="test", key="a", payload={}, not_before=clock.now() - LIFETIME)
    assert box.run_due({"test": always(TryAgain("503"))}) == 1
    assert box.counts() == {"queued": 1, "done": 0, "dead": 0}


def test_keys_fit_their_column_and_stay_apart() -> None:
    """F5: the key is what makes one ticket of two tries"""
    assert fitting("k" * 160) == "k" * 160
    long = [fitting("k" * 160 + end) for end in ("a", "b", "\ud800")]
    assert len(set(long)) == 3
    assert all(len(key) == 160 and key.startswith("k" * 95 + ":") for key in long)


def test_an_error_that_nobody_foresaw_says_where_it_was(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F12, D1: the type and the line, not the text"""
    put("a")
    for _ in range(UNEXPECTED_TRIES):
        assert box.counts()["dead"] == 0
        box.run_due({"test": always(KeyError("hunter2"))})
        clock.advance(LONGEST_WAIT)
    [letter] = box.dead_letters()
    assert re.fullmatch(r"KeyError in test_outbox\.py:\d+", letter.last_error)


def test_after_a_day_it_is_a_dead_letter(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F5: none dropped."""
    put("a")
    start = clock.now()
    while box.counts()["dead"] == 0:
        box.run_due({"test": always(TryAgain("503"))})
        assert clock.now() - start <= LIFETIME + timedelta(hours=1)
        clock.advance(timedelta(hours=1))
    assert clock.now() - start >= LIFETIME
    (letter,) = box.dead_letters()
    assert (letter.key, letter.last_error) == ("a", "503")
    assert letter.attempts == 25


def test_a_refusal_is_a_dead_letter_at_once(box: Outbox, put: Put) -> None:
    put("a")
    box.run_due({"test": always(GiveUp("400"))})
    assert [letter.attempts for letter in box.dead_letters()] == [1]


def test_a_dead_letter_is_sent_again_when_a_person_says_so(box: Outbox, put: Put, clock: ManualClock) -> None:
    put("a")
    box.run_due({"test": always(GiveUp("400"))})
    clock.advance(timedelta(days=3))
    identifier = box.dead_letters()[0].id
    assert box.requeue(identifier) is True
    assert box.requeue(identifier) is False
    box.run_due({"test": always(TryAgain("503"))})  # it has a whole day again
    assert box.counts() == {"queued": 1, "done": 0, "dead": 0}


def test_poison_is_parked_and_the_next_one_works(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F12."""

    def handle(item: Item) -> None:
        if item.key == "poison":
            raise KeyError("hunter2")

    put("poison")
    put("good")
    for _ in range(UNEXPECTED_TRIES):
        box.run_due({"test": handle})
        clock.advance(LONGEST_WAIT)
    assert box.counts() == {"queued": 0, "done": 1, "dead": 1}
    assert "hunter2" not in box.dead_letters()[0].last_error  # D1


def test_a_payload_that_cannot_be_read_is_parked(
    box: Outbox, put: Put, store: Store, clock: ManualClock
) -> None:
    """F12."""
    put("broken")
    put("good")
    with store.transaction() as connection:
        connection.execute(text("UPDATE outbox SET payload = '{not json' WHERE key = 'broken'"))
    handler = Recorder()
    for _ in range(UNEXPECTED_TRIES):
        box.run_due({"test": handler})
        clock.advance(LONGEST_WAIT)
    assert handler.seen == ["good"]
    assert [letter.key for letter in box.dead_letters()] == ["broken"]


def test_a_kind_of_a_newer_release_waits_for_its_worker(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F17: a rolling upgrade loses nothing."""
    put("a", kind="new.kind")
    box.run_due({"test": Recorder()})
    assert box.counts()["queued"] == 1
    clock.advance(LONGEST_WAIT)
    handler = Recorder()
    box.run_due({"new.kind": handler})
    assert handler.seen == ["a"]


def test_a_store_that_is_away_is_no_fault_of_the_item(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F8, F10."""
    put("a")
    with pytest.raises(StoreUnavailable):
        box.run_due({"test": always(StoreUnavailable("locked"))})
    clock.advance(LEASE)
    handler = Recorder()
    box.run_due({"test": handler})
    assert handler.seen == ["a"]


@pytest.mark.parametrize(("failure", "fresh"), [(StoreBusy("busy"), True), (StoreUnavailable("gone"), False)])
def test_only_a_database_that_was_gone_may_be_a_backup(
    box: Outbox, put: Put, clock: ManualClock, failure: StoreUnavailable, fresh: bool
) -> None:
    """F19; and F5: in a queue of thousands, one lock that took too long would have each ticket looked for first."""
    box.run_due({})
    put("a")
    put("b")
    with pytest.raises(type(failure)):
        box.run_due({"test": always(failure)})
    seen: list[tuple[str, bool]] = []
    box.run_due({"test": lambda item: seen.append((item.key, item.fresh))})
    assert seen == [("b", fresh)]


# --- leases ---


def test_an_item_in_hand_is_nobody_elses(box: Outbox, put: Put, store: Store, clock: ManualClock) -> None:
    """F7, F11."""
    put("a")
    other = Recorder()

    def handle(item: Item) -> None:
        assert Outbox(store, clock).run_due({"test": other}) == 0

    assert box.run_due({"test": handle}) == 1
    assert other.seen == []


@pytest.mark.parametrize("error", [None, TryAgain("503"), GiveUp("400"), KeyError("x")])
def test_a_worker_that_slept_past_its_lease_changes_nothing(
    box: Outbox, put: Put, store: Store, clock: ManualClock, error: Exception | None
) -> None:
    """F7: fencing. The next holder has finished; the sleeper may neither finish, put off nor bury it."""
    put("a")
    settled: list[str] = []

    def sleep(item: Item) -> Callable[[Any], None]:
        clock.advance(LEASE + timedelta(seconds=1))
        assert Outbox(store, clock).run_due({"test": Recorder()}) == 1
        if error is not None:
            raise error
        return lambda connection: settled.append("late")

    box.run_due({"test": sleep})
    assert settled == []
    assert box.counts() == {"queued": 0, "done": 1, "dead": 0}


def test_a_lease_that_ran_out_with_nobody_else_there_is_not_finished(
    box: Outbox, put: Put, clock: ManualClock
) -> None:
    """F7: the item is taken up again rather than believed."""
    put("a")

    def sleep(item: Item) -> None:
        if item.attempt == 1:
            clock.advance(LEASE + timedelta(seconds=1))

    box.run_due({"test": sleep}, limit=1)
    assert box.counts()["queued"] == 1
    box.run_due({"test": sleep})
    assert box.counts()["done"] == 1


def test_what_kills_its_worker_again_and_again_is_parked(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F12."""
    put("a")
    calls = 0

    def die(item: Item) -> None:
        nonlocal calls
        calls += 1
        raise KeyboardInterrupt

    for _ in range(MAX_LAPSES + 1):
        with pytest.raises(KeyboardInterrupt):
            box.run_due({"test": die})
        clock.advance(LEASE)
    box.run_due({"test": die})
    assert calls == MAX_LAPSES + 1
    assert box.counts()["dead"] == 1


def test_a_clock_set_back_holds_nothing_up(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F14: neither a lease nor a wait from a future that was taken back."""
    put("leased")
    with pytest.raises(KeyboardInterrupt):
        box.run_due({"test": always(KeyboardInterrupt())})  # type: ignore[arg-type]
    put("waiting")
    box.run_due({"test": always(TryAgain("503"))}, limit=1)
    clock.advance(timedelta(days=-1))
    handler = Recorder()
    box.run_due({"test": handler})
    assert sorted(handler.seen) == ["leased", "waiting"]


class Elsewhere:
    """The clock of another process, which goes `behind`; or was looked at so long before the next look."""

    def __init__(self, clock: ManualClock, *behind: timedelta) -> None:
        self._clock = clock
        self._behind = list(behind)

    def now(self) -> datetime:
        behind = self._behind.pop(0) if len(self._behind) > 1 else self._behind[0]
        return self._clock.now() - behind


@pytest.mark.parametrize(
    "behind",
    [
        [timedelta(milliseconds=5)],  # of two machines, or read before another process took the item
        [timedelta(minutes=5), timedelta()],  # stopped between its look at the clock and its query
    ],
)
def test_an_item_taken_a_moment_ago_by_a_clock_ahead_is_not_free(
    box: Outbox, put: Put, store: Store, clock: ManualClock, behind: list[timedelta]
) -> None:
    """F7: its lease ends later than any that this process could have given, and yet no clock was set back."""
    put("a")
    clock.advance(timedelta(minutes=10))
    theirs = Recorder()

    def handle(_: Item) -> None:
        Outbox(store, Elsewhere(clock, *behind)).run_due({"test": theirs})

    box.run_due({"test": handle})
    assert theirs.seen == []
    assert box.counts()["done"] == 1


def test_a_lease_that_ended_without_a_word_is_told(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F7, F9: what its holder did, nobody knows; what was put off with a word, everybody does."""
    put("a")
    with pytest.raises(KeyboardInterrupt):
        box.run_due({"test": always(KeyboardInterrupt())})  # type: ignore[arg-type]
    ended = clock.now() + LEASE
    clock.advance(2 * LEASE)
    told: list[tuple[datetime | None, datetime | None]] = []

    def put_off(item: Item) -> None:
        told.append((item.lapsed_at, item.lease_until))
        raise TryAgain("503")

    box.run_due({"test": put_off})
    began = clock.now()
    clock.advance(LONGEST_WAIT)
    box.run_due({"test": put_off})
    assert told == [(ended, began + LEASE), (None, clock.now() + LEASE)]


@pytest.mark.race
def test_many_workers_carry_each_item_out_once(store: Store, put: Put, clock: ManualClock) -> None:
    for number in range(60):
        put(f"item-{number}")
    seen: list[str] = []

    def work(_: int) -> None:
        Outbox(store, clock).run_due({"test": lambda item: seen.append(item.key)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(seen) == 60
    assert len(set(seen)) == 60


def test_it_stops_when_it_is_told_to(box: Outbox, put: Put) -> None:
    """F17."""
    for number in range(5):
        put(f"item-{number}")
    handler = Recorder()
    box.run_due({"test": handler}, stopping=lambda: len(handler.seen) >= 2)
    assert len(handler.seen) == 2


# --- order ---


def test_messages_of_one_conversation_keep_their_order(box: Outbox, put: Put, clock: ManualClock) -> None:
    """F11, F16: a later message does not overtake one that waits."""
    put("a1", kind="chat.say", conversation="a")
    put("a2", kind="chat.say", conversation="a")
    put("b1", kind="chat.say", conversation="b")
    handler = Recorder(TryAgain("503"))
    box.run_due({"chat.say": handler})
    assert handler.seen == ["a1", "b1"]
    clock.advance(LONGEST_WAIT)
    box.run_due({"chat.say": handler})
    assert handler.seen == ["a1", "b1", "a1", "a2"]


def test_a_dead_letter_does_not_hold_up_its_conversation(box: Outbox, put: Put) -> None:
    """F12."""
    put("a1", kind="chat.say", conversation="a")
    put("a2", kind="chat.say", conversation="a")
    handler = Recorder(GiveUp("400"))
    box.run_due({"chat.say": handler})
    assert handler.seen == ["a1", "a2"]


def test_a_comment_waits_for_its_ticket_and_not_for_anothers(box: Outbox, put: Put) -> None:
    put("open-a", kind="ticket.open", reference="T0-A")
    put("comment-a", kind="ticket.comment", reference="T0-A")
    put("comment-b", kind="ticket.comment", reference="T0-B")
    opened, commented = Recorder(TryAgain("503")), Recorder()
    box.run_due({"ticket.open": opened, "ticket.comment": commented})
    assert commented.seen == ["comment-b"]


def test_where_much_waits_the_employee_comes_first_then_new_tickets(
    box: Outbox, put: Put, clock: ManualClock
) -> None:
    """F5: all tickets are open before the first one gets its file, and an answer stands behind none of them."""
    for name in "ab":
        put(f"open-{name}", kind="ticket.open", reference=name)
        put(f"file-{name}", kind="ticket.attach", reference=name)
    clock.advance(timedelta(seconds=1))
    put("answer", kind="chat.say", conversation="c")
    put(
        "look", kind="ticket.look", reference="a"
    )  # L1 may have answered: it waits for none of its ticket's steps
    handler = Recorder()
    box.run_due(dict.fromkeys(("ticket.open", "ticket.attach", "ticket.look", "chat.say"), handler))
    assert handler.seen == ["answer", "look", "open-a", "open-b", "file-a", "file-b"]


def test_a_finished_item_keeps_its_key_and_nothing_that_it_carried(
    put: Put, box: Outbox, store: Store
) -> None:
    """D4: names, numbers and words are not kept once they have arrived."""
    put("k", recipient="+4740000101", text="hei")
    box.run_due({"test": Recorder()})
    with store.transaction() as connection:
        row = connection.execute(select(outbox.c.state, outbox.c.payload)).one()
    assert tuple(row) == ("done", {})
    assert put("k", recipient="+4740000101", text="hei") is False
