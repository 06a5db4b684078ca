"""Where a dialogue goes on after it waited, it may be asked to wait for its turn (connectors/precedence.py)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

_turn: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("turn", default=None)


def wait_with(turn: Callable[[], Awaitable[None]]) -> None:
    """From now on this task, and those that it starts, wait for `turn` before each step."""
    _turn.set(turn)


async def next_step() -> None:
    """Where nothing was said of turns, at once."""
    turn = _turn.get()
    if turn is not None:
        await turn()
