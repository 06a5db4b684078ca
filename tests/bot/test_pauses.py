"""The collector's pauses in a process that has a model loaded."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from bot.rasa import prepare

prepare()

import rasa.core.run  # noqa: E402

from bot import pauses  # noqa: E402


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    interval = sys.getswitchinterval()
    yield
    gc.unfreeze()
    sys.setswitchinterval(interval)


async def test_what_was_loaded_is_looked_at_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    model: list[list[int]] = []

    async def load(size: int) -> str:
        model.extend([number] for number in range(size))
        return "agent"

    monkeypatch.setattr(rasa.core.run, "load_agent_on_start", load)
    pauses.install()
    pauses.install()
    assert sys.getswitchinterval() == pytest.approx(pauses.SWITCH_SECONDS)
    assert await rasa.core.run.load_agent_on_start(50_000) == "agent"
    assert gc.get_freeze_count() > 50_000
    assert not any(kept is model for kept in gc.get_objects())
    assert len(model) == 50_000
