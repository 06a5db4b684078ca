"""So many calls a second, and what refusals teach (F5)."""

from __future__ import annotations

from itertools import pairwise

from servicedesk.pace import SLOWEST, Pace


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def calls_in(seconds: float, pace: Pace, time: Time) -> int:
    until, calls = time.now + seconds, 0
    while time.now < until:
        pace()
        calls += 1
    return calls


def test_it_keeps_to_what_was_set_and_slows_down_when_that_is_refused() -> None:
    time = Time()
    pace = Pace(5, wait=time.wait, now=lambda: time.now)
    assert 48 <= calls_in(10, pace, time) <= 50
    for _ in range(3):  # under way at once: one lesson
        pace.too_fast()
    assert 42 <= calls_in(10, pace, time) <= 47
    for _ in range(60):
        time.now += 2
        pace.too_fast()
    assert calls_in(100, pace, time) >= 100 * 5 / SLOWEST
    calls_in(2000, pace, time)
    assert 48 <= calls_in(10, pace, time) <= 50


def test_who_wakes_late_does_not_make_the_next_one_early() -> None:
    """Or six calls would go out within a second of which five are allowed."""
    time = Time()
    late = iter([0.0, 0.1] * 5)
    pace = Pace(5, wait=lambda seconds: time.wait(seconds + next(late)), now=lambda: time.now)
    gone = []
    for _ in range(10):
        pace()
        gone.append(time.now)
    assert min(later - earlier for earlier, later in pairwise(gone)) >= 1 / 5
