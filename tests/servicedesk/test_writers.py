from __future__ import annotations

import threading
import time

import pytest

from servicedesk.store.writers import Busy, Turns


def test_in_the_order_of_arrival_but_for_who_may_go_first() -> None:
    turns, order, threads = Turns(), [], []

    def take(name: str, first: bool) -> None:
        with turns.turn(first=first, timeout=20):
            order.append(name)

    with turns.turn(first=False, timeout=1):
        for number, name in enumerate(["a", "b", "c!", "d", "e!"], start=1):
            threads.append(threading.Thread(target=take, args=(name, name.endswith("!"))))
            threads[-1].start()
            while len(turns._waiting) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(20)
    assert order == ["c!", "e!", "a", "b", "d"]


def test_who_gives_up_keeps_nobody_waiting() -> None:
    turns = Turns()
    with turns.turn(first=False, timeout=1), pytest.raises(Busy), turns.turn(first=True, timeout=0.05):
        pass
    with turns.turn(first=False, timeout=0):
        assert turns._waiting == []


def test_never_two_at_once_whoever_gives_up() -> None:
    turns, inside, most, gave_up = Turns(), 0, 0, 0

    def work(seed: int) -> None:
        nonlocal inside, most, gave_up
        for number in range(60):
            try:
                with turns.turn(first=(seed + number) % 3 == 0, timeout=0.002 if number % 4 == 0 else 20):
                    inside += 1
                    most = max(most, inside)
                    time.sleep(0.0002)
                    inside -= 1
            except Busy:
                gave_up += 1

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (most, inside, turns._waiting) == (1, 0, [])
    with turns.turn(first=False, timeout=0):
        pass
