"""A system that is busy or down: one item asks for it, the queue waits (F5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.outbox import LIFETIME, Item, Outbox, TryAgain
from servicedesk.pauses import DOWN_AFTER, LONGEST, Pauses
from servicedesk.store import Store
from servicedesk.store.tables import metadata


class Outside:
    """Answers, or does not."""

    def __init__(self) -> None:
        self.failure: TryAgain | None = None
        self.asked: list[str] = []

    def __call__(self, item: Item) -> None:
        self.asked.append(item.key)
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def system() -> Outside:
    return Outside()


@pytest.fixture
def run(tmp_path: Path, clock: ManualClock, system: Outside) -> Callable[[], Outbox]:
    """A hundred items for the system, and one for another."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    metadata.create_all(store.engine)
    box = Outbox(store, clock, dice=random.Random(5))
    with store.transaction() as connection:
        for number in range(100):
            box.put(connection, kind="ticket.open", key=f"t{number}", payload={"reference": f"T0-{number}"})
        box.put(connection, kind="notice.mail", key="mail", payload={})
    mails = Outside()

    def run() -> Outbox:
        box.run_due({"ticket.open": system, "notice.mail": mails}, limit=1000)
        assert mails.asked == ["mail"]
        return box

    return run


def test_a_system_that_asks_for_time_is_not_asked_again_by_others(
    run: Callable[[], Outbox], system: Outside, clock: ManualClock
) -> None:
    """F5: Retry-After is for the whole queue; other systems go on."""
    system.failure = TryAgain("429", timedelta(seconds=7), system="ticket.")
    run()
    clock.advance(timedelta(seconds=6))
    run()
    assert system.asked == ["t0"]
    system.failure = None
    clock.advance(timedelta(seconds=3.1))  # the one that asked waits a little longer than the rest
    assert run().counts()["done"] == 101
    assert len(system.asked) == 101


def test_a_system_that_is_down_is_asked_now_and_then(
    run: Callable[[], Outbox], system: Outside, clock: ManualClock
) -> None:
    system.failure = TryAgain("no connection", system="ticket.")
    for _ in range(60):
        run()
        clock.advance(timedelta(minutes=1))
    assert DOWN_AFTER + 50 < len(system.asked) <= DOWN_AFTER + 61
    system.failure = None
    for _ in range(2):  # an item that had its turn has a pause of its own
        clock.advance(LONGEST)
        run()
    assert run().counts()["done"] > 90


def test_one_item_that_fails_stops_nobody(run: Callable[[], Outbox], system: Outside) -> None:
    """F12"""
    asked = system.__call__

    def poisoned(item: Item) -> None:
        system.failure = TryAgain("502", system="ticket.") if item.key == "t3" else None
        asked(item)

    system.__class__ = type("Poisoned", (Outside,), {"__call__": lambda self, item: poisoned(item)})
    assert run().counts() == {"queued": 1, "done": 100, "dead": 0}


def test_what_has_had_its_day_does_not_wait_for_a_pause(
    run: Callable[[], Outbox], system: Outside, clock: ManualClock
) -> None:
    """F5: after 24 hours the desk shows it."""
    system.failure = TryAgain("no connection", timedelta(hours=2), system="ticket.")
    run()
    clock.advance(LIFETIME)
    assert run().counts()["dead"] == 100


def test_a_clock_that_was_set_back_ends_a_pause(clock: ManualClock) -> None:
    """F14"""
    pauses = Pauses(clock, random.Random(5))
    pauses.failed("ticket.", timedelta(hours=2))
    assert pauses.under_way() == ("ticket.",)
    clock.advance(-timedelta(hours=1))
    assert pauses.under_way() == ()
