"""Python's collector looks through everything that lives, all threads waiting: with a model loaded that is 400,000 objects
and 0.4 s of the processor, every fifteen seconds under load. Whoever waits for an acknowledgement waited for it, too (S10).

What is loaded at start stays until the end. It is set aside, and the collector looks at what came after."""

from __future__ import annotations

import gc
from typing import Any

import rasa.core.run


def install() -> None:
    """From now on what lives when Rasa has loaded its model is left alone by the collector. Idempotent."""
    load = rasa.core.run.load_agent_on_start
    if getattr(load, "sets_aside", False):
        return

    async def load_and_set_aside(*args: Any, **kwargs: Any) -> Any:
        agent = await load(*args, **kwargs)
        gc.collect()  # else garbage would be kept, too
        gc.freeze()
        return agent

    load_and_set_aside.sets_aside = True  # type: ignore[attr-defined]
    rasa.core.run.load_agent_on_start = load_and_set_aside
