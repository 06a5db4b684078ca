"""One clock for everything that expires (F14), so that tests move time in one place."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware and in UTC."""


APART = timedelta(seconds=10)  # two machines' clocks, or a clock that was read and what was done by it


def runs(until: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether a lease or a wait of at most `longest` still runs.

    One that ends further away was given before the clock was set back (F14). But not one that ends a moment further
    away: another process may have given it by a clock that goes ahead of ours, or after we looked at ours (F7)."""
    return until is not None and now < until <= now + longest + APART


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self._now

    def advance(self, step: timedelta) -> None:
        self._now += step
