"""Storing many messages for the price of one: what arrives while a transaction is being committed goes, all together,
into the next. A single message waits for nothing.

SQLite has one writer at a time, and a commit waits for the disk: at twenty messages a second on a busy machine, one
transaction each is what the platforms would be waiting for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

MOST = 50  # in one transaction: others want to write, too


class Gathering(Generic[In, Out]):
    """`take_all` blocks. It runs in a thread of its own: no other work can keep a message waiting for one."""

    def __init__(self, take_all: Callable[[Sequence[In]], list[Out | Exception]]) -> None:
        self._take_all = take_all
        self._waiting: deque[tuple[In, Future[Out]]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")

    async def take(self, item: In) -> Out:
        """What `take_all` makes of it. Raises what it gives or raises for it."""
        future: Future[Out] = Future()
        self._waiting.append((item, future))
        self._thread.submit(self._take_what_waits)
        return await asyncio.wrap_future(future)

    def _take_what_waits(self) -> None:
        batch: list[tuple[In, Future[Out]]] = []
        while self._waiting and len(batch) < MOST:
            item, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                batch.append((item, future))
        if not batch:  # an earlier turn took it along
            return
        try:
            outcomes = self._take_all([item for item, _ in batch])
        except Exception as err:
            outcomes = [err] * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
