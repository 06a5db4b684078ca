"""U2: guess codes, 500 at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from servicedesk import store as store_module
from servicedesk.verification import SelfServicePaused
from tests.servicedesk.world import World, at_once


def test_five_hundred_guesses_at_once_are_five_comparisons(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3: whatever the device that they come from; test_races.py has two processes and both stores"""
    monkeypatch.setattr(store_module, "BUSY_TIMEOUT_SECONDS", 60)  # a busy machine must not end it
    world.with_parts()
    talks = [world.talk("ola.hansen", user=f"device {number}") for number in range(10)]
    world.start(talks[0])
    right = world.code_for("ola.hansen")
    guesses = [f"{number:06}" for number in range(500) if f"{number:06}" != right]
    compared: list[str] = []
    real: Callable[..., bool] = world.services.verification.challenges.code_matches

    def counting(row: Any, code: str) -> bool:
        compared.append(code)
        return real(row, code)

    monkeypatch.setattr(world.services.verification.challenges, "code_matches", counting)
    outcomes = at_once(20, lambda thread: [world.check(talks[0], guess) for guess in guesses[thread::20]])
    assert len(compared) == 5
    assert all(result.outcome != "accepted" for results in outcomes for result in results)
    with pytest.raises(SelfServicePaused):
        world.start(talks[1])


def test_waiting_a_day_gives_five_more_and_no_more(world: World) -> None:
    """S3: at most five in any 24 hours, a code's chance stays below one in 100,000 a day"""
    talk = world.talk("ola.hansen")
    for _ in range(3):
        world.start(talk)
        wrong = world.wrong_code("ola.hansen")
        outcomes = [world.check(talk, wrong).outcome for _ in range(20)]
        assert outcomes[:5] == ["wrong"] * 4 + ["paused"]
        assert set(outcomes[5:]) <= {"none", "paused"}
        world.later(hours=24)
