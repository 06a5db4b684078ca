"""Rasa's way out: every reply is stored as it is sent: it is there after a crash and on every device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import OutputChannel

from connectors.reply import Reply

Store = Callable[[Reply], Awaitable[None]]


class StoringOutput(OutputChannel):
    """One message's replies. Text, buttons and custom stay one reply; Rasa would send them one by one."""

    def __init__(self, channel: str, store: Store) -> None:
        self._channel = channel
        self._store = store
        self.count = 0

    def name(self) -> str:  # type: ignore[override]  # Rasa asks the object, not the class, when it sends
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        reply = Reply.from_rasa(message)
        if reply.empty:
            return
        await self._store(reply)
        self.count += 1

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        await self.send_response(recipient_id, {"text": text})
