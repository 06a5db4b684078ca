"""So many calls a second, and not more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SPARE = (
    1.03  # calls arrive less evenly than they leave: at the very limit, one in a few would be one too many
)
SLOWER = 1.05  # after a call that was one too many, so much more time between two
FASTER = 0.997  # with each second, back towards what was set: a limit is tried again now and then
SLOWEST = 10.0  # times what was set
ONE_LESSON_SECONDS = 1.0  # refusals of several calls that were under way at once are one


class Pace:
    """Lets through so many calls a second, and waits before the next. Learns from refusals what is allowed."""

    def __init__(
        self,
        per_second: float,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shortest = self._gap = SPARE / per_second
        self._wait = wait
        self._now = now
        self._next = 0.0
        self._seen = now()
        self._learnt = -ONE_LESSON_SECONDS
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def __call__(self) -> None:
        with self._turn:
            left = self._next - self._now()
            if left > 0:
                self._wait(left)
            self._next = self._now() + self._set_out()  # who woke late does not make the next one early

    def _set_out(self) -> float:
        """Seconds until the next may."""
        with self._lock:
            now = self._now()
            self._gap = max(self._gap * FASTER ** max(0.0, now - self._seen), self._shortest)
            self._seen = now
            return self._gap

    def too_fast(self) -> None:
        """The other side has refused a call as one too many."""
        with self._lock:
            now = self._now()
            if now - self._learnt >= ONE_LESSON_SECONDS:
                self._gap = min(self._gap * SLOWER, self._shortest * SLOWEST)
                self._learnt = now
