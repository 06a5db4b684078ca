"""Shared rooms: knowledge is for all to read, everything else goes on in the private chat (S1).

The message that asked for it is carried there, so nobody has to write it twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from connectors.envelope import Item, ItemKind
from connectors.inbox import Inbox
from connectors.platform import Platform
from connectors.reply import Reply
from connectors.transcript import Transcript
from servicedesk.conversations import KEEP, Conversation, Conversations
from servicedesk.store import Store

# What may be talked about where others read. An intent that is not here is private: a new one is safe.
FOR_ALL = frozenset(
    {
        *("affirm", "deny", "cancel", "greet", "goodbye", "thank", "help", "bot_challenge", "complaint"),
        *("kb_question", "kb_solved", "kb_not_solved", "kb_choice", "nlu_fallback", "out_of_scope"),
        *("outage_check", "change_language", "next_wish", "skip_wish"),
    }
)
GO_PRIVATE = "go_private"  # the `custom` of a reply that an action gives in a shared room


class Rooms:
    def __init__(
        self,
        *,
        store: Store,
        inbox: Inbox,
        conversations: Conversations,
        transcript: Transcript,
        platforms: Mapping[str, Platform],
        say: Callable[..., dict[str, Any]],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._conversations = conversations
        self._transcript = transcript
        self._platforms = platforms
        self._say = say

    async def carry_over(self, conversation: Conversation, key: str, text: str, language: str) -> None:
        """Have `text`, words or a payload, worked on in the private chat with who wrote it; once a key."""
        platform = self._platforms.get(conversation.channel)
        if platform is not None:
            private = await asyncio.to_thread(self._private, conversation, platform, language)
            await platform.meet(private)
            await asyncio.to_thread(self._carry_over, private, f"{key}p", text, language)

    def _private(self, room: Conversation, platform: Platform, language: str) -> Conversation:
        private = self._conversations.open(
            channel=room.channel,
            tenant=room.tenant,
            channel_user=platform.user_of(room),
            account=KEEP,
            private=True,
            language=language,
        )
        address = platform.private_address(room)
        if address is None or private.address:
            return private
        self._conversations.set_address(private.id, address)
        return replace(private, address=address)

    def _carry_over(self, private: Conversation, key: str, text: str, language: str) -> None:
        if self._inbox.is_known(key):
            return
        opening = Reply.from_rasa(self._say("utter_from_room", language))
        self._transcript.said(key=key, name="r-room", conversation=private.id, reply=opening)
        pressed = text.startswith("/")
        item = Item(kind=ItemKind.PAYLOAD if pressed else ItemKind.TEXT, value=text)
        with self._store.transaction() as connection:
            if self._inbox.put(connection, key=key, conversation=private.id, item=item):
                said = "…" if pressed else text
                self._transcript.heard(connection, key=key, conversation=private.id, text=said)


def intent_of(payload: str) -> str:
    """The intent that a button's payload names."""
    return payload.lstrip("/").split("{")[0]
