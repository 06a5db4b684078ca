"""A conversation as the chat page gets it: JSON, with what can still be pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.inbox import Inbox
from connectors.transcript import opened
from servicedesk.buttons import Buttons, id_of
from servicedesk.conversations import Conversations, StoredMessage
from servicedesk.keys import KeyRing
from servicedesk.sealed_links import open_links
from servicedesk.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What is new since the page last asked, and whether an answer is still being worked on."""

    messages: list[dict[str, Any]]
    working: bool
    language: str | None


class Views:
    def __init__(
        self, store: Store, conversations: Conversations, buttons: Buttons, inbox: Inbox, keys: KeyRing
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._buttons = buttons
        self._inbox = inbox
        self._keys = keys

    def page(self, conversation: str, *, after: int) -> Page:
        """Messages with an id above `after`. Raises StoreUnavailable; blocks."""
        # Asked first: a reply that is stored in between is then in the messages, and not missed.
        working = self._inbox.has_work(conversation)
        stored = self._conversations.messages(conversation, after=after)
        live: frozenset[str] = frozenset()
        if any("choices" in message.content for message in stored):
            with self._store.transaction() as connection:
                live = self._buttons.live(connection, conversation)
        rendered = _rendered(stored, live)
        for message in rendered:  # only the owner's own page opens them
            message["text"] = open_links(self._keys, conversation, message["text"])
            if "custom" in message:
                message["custom"] = opened(self._keys, conversation, message["custom"])
        known = self._conversations.get(conversation)
        return Page(messages=rendered, working=working, language=known.language if known else None)


def _rendered(stored: Sequence[StoredMessage], live: frozenset[str]) -> list[dict[str, Any]]:
    pressed = {message.content.get("pressed") for message in stored}
    return [_message(message, live, pressed) for message in stored]


def _message(message: StoredMessage, live: frozenset[str], pressed: set[Any]) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "id": message.id,
        "at": message.at.isoformat(),
        "author": message.author,
        "name": message.author_name,
        "text": message.text,
    }
    for name in ("custom", "pressed", "ref"):
        if message.content.get(name):
            rendered[name] = message.content[name]
    if "choices" in message.content:
        rendered["choices"] = [_choice(choice, live, pressed) for choice in message.content["choices"]]
    return rendered


def _choice(choice: dict[str, str], live: frozenset[str], pressed: set[Any]) -> dict[str, str]:
    identifier = id_of(choice["token"])
    state = "live" if identifier in live else "pressed" if identifier in pressed else "closed"
    return {"id": identifier, "title": choice["title"], "token": choice["token"], "state": state}
