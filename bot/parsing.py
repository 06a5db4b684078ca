"""A message is understood in a thread of its own. Rasa does it on the event loop: for a tenth of a second, and for most of a
second on a busy machine, nobody else would get an answer, and no platform its acknowledgement (S10).

One thread: the model sees one message after the other, as before."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from rasa.core.processor import MessageProcessor

from bot.steps import next_step

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parsing")


def install() -> None:
    """From now on every message is understood there, whoever asks. Idempotent."""
    parse = MessageProcessor.parse_message
    if getattr(parse, "in_thread", False):
        return

    async def parse_message(self: MessageProcessor, *args: Any, **kwargs: Any) -> Any:
        if self.http_interpreter:  # another process does it
            return await parse(self, *args, **kwargs)
        run = copy_context().run
        parsed = await asyncio.get_running_loop().run_in_executor(
            _thread, run, _finished, parse(self, *args, **kwargs)
        )
        await next_step()
        return parsed

    parse_message.in_thread = True  # type: ignore[attr-defined]
    MessageProcessor.parse_message = parse_message


def _finished(parsing: Coroutine[Any, Any, Any]) -> Any:
    """What it returns. It is written as a coroutine, and waits for nothing."""
    try:
        parsing.send(None)
    except StopIteration as done:
        return done.value
    parsing.close()
    raise RuntimeError("understanding a message waits for something: it cannot be done in a thread")
