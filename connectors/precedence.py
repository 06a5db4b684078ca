"""Who waits on the line comes first: Slack and Teams count the milliseconds until their 200, an employee the seconds
until the answer (S10).

Both live on one event loop, and what Rasa does between two calls of the actions server holds it for a tenth of a second.
Work therefore goes on a step at a time, and no step begins while somebody's message is being stored. What has begun
goes on before more is begun: else, where more comes than can be done, all would wait and nothing be finished."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONGEST_SECONDS = 0.25  # however many come in: the work never stands still
LOOKS = 3  # rounds of the loop from a request's first byte to its handler


class Precedence:
    def __init__(self) -> None:
        self._on_the_line = 0
        self._free = asyncio.Event()
        self._free.set()
        self._taken = False
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._count = 0

    @contextmanager
    def on_the_line(self) -> Iterator[None]:
        """Somebody waits for the end of this block."""
        self._on_the_line += 1
        self._free.clear()
        try:
            yield
        finally:
            self._on_the_line -= 1
            if not self._on_the_line:
                self._free.set()

    async def begin(self) -> None:
        """Returns when something new may be begun: nobody is on the line, and nothing that has begun wants to go on."""
        await self._turn(begun=False)

    async def go_on(self) -> None:
        """Returns when what has begun may go on: nobody is on the line, or it has waited for `LONGEST_SECONDS`."""
        await self._turn(begun=True)

    async def _turn(self, *, begun: bool) -> None:
        await self._take(begun)
        try:
            for _ in range(LOOKS):  # what has arrived meanwhile gets onto the line
                await asyncio.sleep(0)
            if self._on_the_line:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._free.wait(), LONGEST_SECONDS)
        finally:
            self._pass_on()

    async def _take(self, begun: bool) -> None:
        if not self._taken:
            self._taken = True
            return
        mine = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (not begun, self._count, mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was ours just now
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            following = heapq.heappop(self._waiting)[2]
            if not following.done():  # done: its task was cancelled
                following.set_result(None)
                return
        self._taken = False
