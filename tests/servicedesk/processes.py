"""Other processes that work on a test's world, forked off: what they inherit costs them no start."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

from tests.servicedesk.world import World

T = TypeVar("T")
FORK = multiprocessing.get_context("fork")
PATIENCE = 120.0


def in_two_processes(world: World, work: Callable[[int], T]) -> list[T]:
    """What `work` gives in each of two processes that begin at the same time; 0 and 1 say which one it is."""
    world.services.store.close()  # no two processes may share a connection
    gate = FORK.Barrier(2)

    def run(number: int, answer: Connection) -> None:
        gate.wait(PATIENCE)
        answer.send(work(number))

    processes, answers = [], []
    for number in range(2):
        here, there = FORK.Pipe(duplex=False)
        process = FORK.Process(target=run, args=(number, there))
        process.start()
        there.close()
        processes.append(process)
        answers.append(here)
    results = [answer.recv() for answer in answers]
    for process in processes:
        process.join(PATIENCE)
    return results


def until_killed(world: World, work: Callable[[], None]) -> None:
    """Run it in another process, to its end or until something kills that."""
    world.services.store.close()
    process = FORK.Process(target=work)
    process.start()
    process.join(PATIENCE)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
