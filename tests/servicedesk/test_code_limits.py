"""S3, U3, U14: how often codes may be tried and sent, to the second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection

from servicedesk.code_limits import CodeLimits, Try
from servicedesk.directory.demo import demo_id
from servicedesk.store.tables import channel_tries, code_tries
from tests.servicedesk.world import World

OLA, KARI = demo_id("ola.hansen"), demo_id("kari.nordmann")
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
T = TypeVar("T")


class Counter:
    """One account's limits, each call in a transaction of its own, as the processes make them."""

    def __init__(self, world: World, account: str = OLA) -> None:
        self._world = world
        self._account = account
        self.limits: CodeLimits = world.services.verification.limits

    def once(self, work: Callable[[Connection], T]) -> T:
        with self._world.services.store.transaction() as connection:
            return work(connection)

    def try_one(self, *, proven: bool = True) -> Try | None:
        return self.once(lambda c: self.limits.count_try(c, self._account, proven=proven))

    def left(self, *, proven: bool = True) -> int:
        return self.once(lambda c: self.limits.tries_left(c, self._account, proven=proven))

    def wait(self, *, proven: bool = True) -> timedelta | None:
        return self.once(lambda c: self.limits.send_wait(c, self._account, proven=proven))

    def send(self, *, proven: bool = True) -> None:
        self.once(lambda c: self.limits.count_send(c, self._account, proven=proven))

    def wrong(self, *, proven: bool = True) -> object:
        counted = self.try_one(proven=proven)
        assert counted is not None
        return self.once(lambda c: self.limits.pause_if_used_up(c, counted))

    def right(self, *, proven: bool = True) -> None:
        counted = self.try_one(proven=proven)
        assert counted is not None
        self.once(lambda c: self.limits.give_back(c, counted))


@pytest.fixture
def ola(world: World) -> Counter:
    return Counter(world)


def test_who_never_tried_has_five_tries_and_no_pause(world: World, ola: Counter) -> None:
    assert ola.left() == ola.left(proven=False) == 5
    assert ola.once(lambda c: ola.limits.paused_until(c, OLA, proven=True)) is None
    row = ola.once(lambda c: ola.limits.lock(c, OLA, proven=True))
    assert (row.account, row.proven, row.wrong, row.recent, row.paused_until) == (OLA, True, 0, [], None)


def test_a_try_counts_for_24_hours_and_no_second_longer(world: World, ola: Counter) -> None:
    ola.wrong()
    world.clock.advance(DAY - SECOND)
    assert ola.left() == 4
    world.clock.advance(SECOND)
    assert ola.left() == 5


def test_a_clock_set_back_gives_no_try_back(world: World, ola: Counter) -> None:
    """F14"""
    ola.wrong()
    world.clock.advance(-2 * DAY)
    assert ola.left() == 4


def test_a_right_code_gives_back_its_own_try_only(world: World, ola: Counter) -> None:
    for _ in range(3):
        ola.wrong()
        world.clock.advance(MINUTE)
    ola.right()
    assert ola.left() == 2
    with world.services.store.transaction() as connection:
        row = connection.execute(select(code_tries)).one()
    assert (row.wrong, len(row.recent)) == (3, 3)


def test_the_fifth_wrong_code_pauses_once_and_for_24_hours(world: World, ola: Counter) -> None:
    assert [ola.wrong() for _ in range(4)] == [None] * 4
    until = ola.wrong()
    assert until == world.clock.now() + DAY
    assert (ola.left(), ola.try_one()) == (0, None)
    world.clock.advance(DAY - SECOND)
    assert (ola.left(), ola.try_one()) == (0, None)
    world.clock.advance(SECOND)
    assert ola.left() == 5
    assert ola.wrong() is None


def test_tries_that_are_still_compared_pause_nothing(world: World, ola: Counter) -> None:
    """One of them may be the right one: then the account stays open, with one try left."""
    counted = []
    for _ in range(5):
        counted.append(ola.try_one())
        world.clock.advance(SECOND)
    assert (ola.left(), ola.try_one()) == (0, None)
    for one in counted[1:]:
        assert one is not None
        assert ola.once(lambda c, one=one: ola.limits.pause_if_used_up(c, one)) is None  # type: ignore[misc]
    assert counted[0] is not None
    ola.once(lambda c: ola.limits.give_back(c, counted[0]))  # type: ignore[arg-type]
    assert ola.left() == 1


def test_tries_whose_processes_died_are_out_until_the_oldest_is_a_day_old(world: World, ola: Counter) -> None:
    first = world.clock.now()
    for _ in range(5):
        assert ola.try_one() is not None
        world.clock.advance(MINUTE)
    assert ola.once(lambda c: ola.limits.paused_until(c, OLA, proven=True)) == first + DAY
    assert ola.try_one() is None
    world.clock.advance(first + DAY - world.clock.now())
    assert ola.left() == 1


def test_accounts_and_strangers_are_counted_apart(world: World, ola: Counter) -> None:
    """U14"""
    kari = Counter(world, KARI)
    for _ in range(5):
        ola.wrong()
    assert (ola.left(), ola.left(proven=False), kari.left(), kari.left(proven=False)) == (0, 5, 5, 5)
    kari.wrong(proven=False)
    assert (kari.left(), kari.left(proven=False)) == (5, 4)


def test_a_code_may_be_sent_each_minute_thrice_an_hour_five_times_a_day(world: World, ola: Counter) -> None:
    """U3"""
    began = world.clock.now()
    assert ola.wait() is None
    ola.send()
    world.clock.advance(MINUTE - SECOND)
    assert ola.wait() == SECOND
    world.clock.advance(SECOND)
    assert ola.wait() is None
    for _ in range(2):
        ola.send()
        world.clock.advance(2 * MINUTE)
    assert ola.wait() == began + HOUR - world.clock.now()
    world.clock.advance(began + HOUR - world.clock.now())
    assert ola.wait() is None
    for _ in range(2):
        ola.send()
        world.clock.advance(HOUR)
    assert ola.wait() == began + DAY - world.clock.now()
    assert Counter(world, KARI).wait() is None
    world.clock.advance(began + DAY - world.clock.now())
    assert ola.wait() is None


def test_strangers_leave_one_code_an_hour_and_two_a_day_to_the_owner(world: World, ola: Counter) -> None:
    """U14"""
    began = world.clock.now()
    for _ in range(2):
        assert ola.wait(proven=False) is None
        ola.send(proven=False)
        world.clock.advance(2 * MINUTE)
    assert ola.wait(proven=False) == began + HOUR - world.clock.now()
    assert ola.wait() is None
    world.clock.advance(began + HOUR - world.clock.now())
    ola.send(proven=False)
    world.clock.advance(2 * HOUR)
    assert ola.wait(proven=False) == began + DAY - world.clock.now()
    for _ in range(2):
        assert ola.wait() is None
        ola.send()
        world.clock.advance(HOUR)
    assert ola.wait() == began + DAY - world.clock.now()


def test_the_owners_codes_leave_strangers_less(world: World, ola: Counter) -> None:
    """The account's five a day are all that there is."""
    for _ in range(3):
        ola.send()
        world.clock.advance(2 * MINUTE)
    assert ola.wait(proven=False) == ola.wait() == HOUR - 6 * MINUTE


def test_thirty_wrong_codes_within_ten_minutes_pause_the_page_for_fifteen(world: World, ola: Counter) -> None:
    """Over all names; and older ones count no more."""
    names = [Counter(world, f"name:{number}") for number in range(12)]
    for name in names[:2]:
        name.wrong(proven=False)
    world.clock.advance(HOUR)
    for number in range(29):
        names[number // 3].wrong(proven=False)
        world.clock.advance(20 * SECOND)
    page_paused = lambda: ola.once(lambda c: ola.limits.channel_paused_until(c))  # noqa: E731
    assert page_paused() is None
    names[11].right(proven=False)
    assert page_paused() is None  # a right one does not count
    world.clock.advance(20 * SECOND)  # ten minutes to the second since the first of the thirty
    names[11].wrong(proven=False)
    until = world.clock.now() + 15 * MINUTE
    assert page_paused() == until
    assert ola.try_one(proven=False) is None
    assert (ola.left(proven=False), ola.left()) == (5, 5)
    assert ola.try_one() is not None  # the chat goes on
    world.clock.advance(15 * MINUTE - SECOND)
    assert page_paused() == until
    world.clock.advance(SECOND)
    assert page_paused() is None
    assert ola.try_one(proven=False) is not None
    with world.services.store.transaction() as connection:
        assert set(connection.execute(select(channel_tries.c.channel)).scalars()) == {"page"}


def test_thirty_wrong_codes_in_a_longer_time_pause_nothing(world: World, ola: Counter) -> None:
    for number in range(30):
        Counter(world, f"name:{number // 3}").wrong(proven=False)
        world.clock.advance((10 * MINUTE + SECOND) / 29)
    assert ola.once(lambda c: ola.limits.channel_paused_until(c)) is None


def test_a_restart_gives_no_try_and_no_send_more(world: World) -> None:
    """F13: whatever a process or a cache has in memory, the limits stand in the store"""
    before = Counter(world)
    for _ in range(4):
        before.wrong()
        before.send()
        world.later(minutes=1)
    after = Counter(world.with_parts())
    assert after.left() == 1
    assert after.wait() is not None
    after.wrong()
    assert (after.try_one(), after.left()) == (None, 0)
