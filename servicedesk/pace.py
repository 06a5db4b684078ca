"""So many calls a second, and not more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets through so many calls a second, and waits before the next."""

    def __init__(self, per_second: float, wait: Callable[[float], None] = time.sleep) -> None:
        self._gap = 1 / per_second
        self._wait = wait
        self._next = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            now = time.monotonic()
            left = self._next - now
            self._next = max(now, self._next) + self._gap
        if left > 0:
            self._wait(left)
