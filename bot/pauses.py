"""What keeps every thread of the rasa process waiting while somebody waits for an acknowledgement (S10).

Python's collector looks through everything that lives, all threads waiting: with a model loaded that is 400,000 objects
and 0.4 s of the processor, every fifteen seconds under load. What is loaded at start stays until the end: it is set aside,
and the collector looks at what came after.

A thread that computes lets another one go on after five milliseconds only, and storing a message gives way at each of its
fifteen looks at the database: it is asked to do so sooner."""

from __future__ import annotations

import gc
import sys
from typing import Any

import rasa.core.run

SWITCH_SECONDS = 0.0005  # of Python's 0.005


def install() -> None:
    """From now on threads take turns more often, and what lives when Rasa has loaded its model is left alone by the
    collector. Idempotent."""
    sys.setswitchinterval(SWITCH_SECONDS)
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
