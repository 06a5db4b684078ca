"""One at a time, in the order in which they came, but for those who may go first."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """It was not their turn in time."""


class Turns:
    """A lock of threads that is fair: whoever lets go hands it to the one who has waited longest."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: list[tuple[bool, int, threading.Event]] = []
        self._count = 0

    @contextmanager
    def turn(self, *, first: bool, timeout: float) -> Iterator[None]:
        """The block runs alone. `first`: before all who wait and are not. Raises Busy after `timeout` seconds."""
        self._take(first, timeout)
        try:
            yield
        finally:
            with self._guard:
                self._pass_on()

    def _take(self, first: bool, timeout: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            self._count += 1
            mine = (not first, self._count, threading.Event())
            heapq.heappush(self._waiting, mine)
        if mine[2].wait(timeout):
            return
        with self._guard:
            if mine[2].is_set():  # just now: it is ours, and somebody else's next
                self._pass_on()
            else:
                self._waiting.remove(mine)
                heapq.heapify(self._waiting)
        raise Busy

    def _pass_on(self) -> None:
        if self._waiting:
            heapq.heappop(self._waiting)[2].set()
        else:
            self._taken = False
