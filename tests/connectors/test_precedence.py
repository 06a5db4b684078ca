"""Who waits on the line comes before the work, and the work still goes on (S10)."""

from __future__ import annotations

import asyncio
import time

import pytest

from connectors import precedence
from connectors.precedence import Precedence
from tests.connectors.support import Chat, until


async def test_no_step_begins_while_somebody_is_on_the_line() -> None:
    first, steps = Precedence(), []

    async def work() -> None:
        await first.go_on()
        steps.append("work")

    with first.on_the_line():
        working = asyncio.create_task(work())
        await asyncio.sleep(precedence.LONGEST_SECONDS / 5)
        assert steps == []
    await working
    assert steps == ["work"]


async def test_however_long_the_line_is_the_work_does_not_stand_still() -> None:
    first = Precedence()
    with first.on_the_line():
        started = time.monotonic()
        await first.go_on()
    assert time.monotonic() - started >= precedence.LONGEST_SECONDS * 0.9


async def test_between_two_steps_the_loop_looks_at_what_has_arrived() -> None:
    """A hundred steps want to go on at once: who comes then waits for one of them, not for all."""
    first, order = Precedence(), []

    async def work(number: int) -> None:
        await first.go_on()
        order.append(f"step {number}")

    async def arrive() -> None:
        for _ in range(precedence.LOOKS):  # from the first byte to the handler
            await asyncio.sleep(0)
        with first.on_the_line():
            order.append("arrived")
            await asyncio.sleep(0.01)
            order.append("answered")

    await asyncio.gather(*(work(number) for number in range(100)), arrive())
    assert order.index("arrived") <= 2
    assert order.index("answered") == order.index("arrived") + 1


async def test_what_has_begun_goes_on_before_more_is_begun() -> None:
    first, order = Precedence(), []

    async def step(name: str, turn: object) -> None:
        await turn()  # type: ignore[operator]
        order.append(name)

    await asyncio.gather(
        *(step(name, first.begin) for name in ("running", "new", "newer")),
        *(step(name, first.go_on) for name in ("begun", "begun too")),
    )
    assert order == ["running", "begun", "begun too", "new", "newer"]


@pytest.mark.parametrize("when", ["waiting", "just let go"])
async def test_who_gives_up_waiting_leaves_the_turn_to_the_next(
    when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Precedence()
    monkeypatch.setattr(precedence, "LONGEST_SECONDS", 60.0)
    with first.on_the_line():
        running, impatient, patient = (asyncio.create_task(first.go_on()) for _ in range(3))
        await asyncio.sleep(0.01)
        if when == "waiting":
            impatient.cancel()
            await asyncio.sleep(0)
    await running
    if when == "just let go":
        impatient.cancel()
    await asyncio.wait_for(patient, 1)
    assert impatient.cancelled()


async def test_an_answer_waits_for_who_is_on_the_line(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST_SECONDS", 60.0)
    with chat.runtime.precedence.on_the_line():
        await chat.send("hello", wait=False)
        await asyncio.sleep(0.3)
        assert chat.runtime.inbox.has_work(chat.conversation())
        assert chat.dialogue.texts == []
    await until(lambda: chat.dialogue.texts == ["hello"])
