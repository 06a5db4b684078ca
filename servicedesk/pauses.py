"""Which outside systems are left alone for a while: one that is busy or down is asked for by one item, not by a thousand.

So a long queue keeps to what the system allows, wastes no calls on it, and goes on at once when it is back (F5)."""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.clock import Clock

log = logging.getLogger(__name__)

DOWN_AFTER = 5  # failures in a row: a few may be the items' own fault, or bad luck
FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=1)  # then one item asks again, whatever was asked for


@dataclass(slots=True)
class _Pause:
    failures: int = 0
    until: datetime | None = None


class Pauses:
    """Known by the beginning of the kinds of items that go to the system ("ticket."). Of this process only."""

    def __init__(self, clock: Clock, dice: random.Random) -> None:
        self._clock = clock
        self._dice = dice
        self._lock = threading.Lock()
        self._of: dict[str, _Pause] = {}

    def failed(self, kinds: str, after: timedelta | None) -> None:
        """It asks to be left alone for so long, or it does not answer."""
        with self._lock:
            pause = self._of.setdefault(kinds, _Pause())
            if after is not None:
                self._lengthen(pause, after)
            elif not self._is_on(pause):  # else it was asked before the pause began, and has told us already
                pause.failures += 1
                if pause.failures >= DOWN_AFTER:
                    over = min(pause.failures - DOWN_AFTER, 10)
                    self._lengthen(pause, min(FIRST * 2**over, LONGEST) * self._dice.random())
                if pause.failures == DOWN_AFTER:
                    log.warning("outbox: what %s* goes to does not answer", kinds)

    def answered(self, kind: str) -> None:
        with self._lock:
            for kinds, pause in self._of.items():
                if kind.startswith(kinds):
                    pause.failures = 0

    def under_way(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(kinds for kinds, pause in self._of.items() if self._is_on(pause))

    def _lengthen(self, pause: _Pause, wait: timedelta) -> None:
        until = self._clock.now() + min(max(wait, timedelta()), LONGEST)
        pause.until = max(until, pause.until) if pause.until and self._is_on(pause) else until

    def _is_on(self, pause: _Pause) -> bool:
        now = self._clock.now()
        # F14: none is longer; else the clock was set back
        return pause.until is not None and now < pause.until <= now + LONGEST
