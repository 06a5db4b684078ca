"""Requests at times that were drawn beforehand: a slow answer delays no later request, and is counted from the moment
at which the request was due, not from when the client came to send it (no coordinated omission)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Send = Callable[[int], Awaitable[int]]  # the status of request number n


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    seconds: float  # from when it was due
    late: float  # of these, what the client itself was late by
    status: int


async def send_all(send: Send, *, rate: float, count: int, seed: int) -> list[Answered]:
    """Poisson arrivals: independent people, `rate` of them a second on average."""
    dice = random.Random(seed)
    due, moment = [], 0.0
    for _ in range(count):
        moment += dice.expovariate(rate)
        due.append(moment)
    started = time.perf_counter() + 0.2

    async def one(number: int) -> Answered:
        at = started + due[number]
        await asyncio.sleep(at - time.perf_counter())
        sent = time.perf_counter()
        status = await send(number)
        return Answered(seconds=time.perf_counter() - at, late=sent - at, status=status)

    return await asyncio.gather(*(one(number) for number in range(count)))


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest rank: a value that was measured, never one between two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
