"""Writing a conversation down: what the employee said, and each reply with its buttons, once per key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from connectors.reply import Reply
from servicedesk.buttons import Buttons, id_of
from servicedesk.conversations import Conversations
from servicedesk.keys import KeyRing
from servicedesk.sealed_links import open_links
from servicedesk.store import Store
from servicedesk.store.tables import messages

TYPED = "typed"  # in a message's content
LOOK_BACK = 100  # messages of a conversation among which a pressed button is looked for


@dataclass(frozen=True, kw_only=True, slots=True)
class SentReply:
    """A stored reply; `choices` are (title, token)."""

    text: str
    choices: tuple[tuple[str, str], ...]
    custom: dict[str, Any]


class Transcript:
    """Calls each of `listeners` with the conversation's id after a reply is stored, from whatever thread
    stores it."""

    def __init__(self, store: Store, conversations: Conversations, buttons: Buttons, keys: KeyRing) -> None:
        self._store = store
        self._conversations = conversations
        self._buttons = buttons
        self._keys = keys
        self.listeners: list[Callable[[str], None]] = []

    def heard(
        self,
        connection: Connection,
        *,
        key: str,
        conversation: str,
        text: str,
        pressed: str = "",
        ref: str = "",
        typed: bool = False,
    ) -> None:
        """What the employee said: redacted words, "[code]", or the title of the button `pressed`.

        `ref` is the channel's own id of the message, for a client that shows it before it is stored. `typed`: they are
        words that the dialogue answers, and the conversation goes on with them (connectors/outgoing.py)."""
        facts = (("pressed", pressed), ("ref", ref), (TYPED, typed))
        content = {name: value for name, value in facts if value}
        self._conversations.say(
            conversation=conversation,
            key=f"{key}.e",
            author="employee",
            text=text,
            content=content,
            connection=connection,
        )

    def said(self, *, key: str, name: str, conversation: str, reply: Reply) -> None:
        """One reply to the message `key`; the same `name` again stores nothing: a re-run repeats nothing.

        Names start with an r."""
        issued = self._buttons.make(
            conversation, [(choice.title, choice.payload) for choice in reply.choices]
        )
        content: dict[str, Any] = {}
        if issued:
            content["choices"] = [{"title": button.title, "token": button.token} for button in issued]
        if reply.custom:
            content["custom"] = dict(reply.custom)
        with self._store.transaction() as connection:
            new = self._conversations.say(
                conversation=conversation,
                key=f"{key}.{name}",
                author="bot",
                text=reply.text,
                content=content,
                connection=connection,
            )
            if new:
                self._buttons.keep(connection, conversation, issued)
        for listener in self.listeners:
            listener(conversation)

    def card_of(self, connection: Connection, conversation: str, button: str) -> dict[str, Any]:
        """The `custom` of the reply that this button stands in, {} where there is none."""
        query = (
            select(messages.c.content)
            .where(messages.c.conversation == conversation, messages.c.author == "bot")
            .order_by(messages.c.id.desc())
            .limit(LOOK_BACK)
        )
        for content in connection.execute(query).scalars():
            if any(id_of(choice["token"]) == button for choice in content.get("choices", ())):
                return dict(content.get("custom", {}))
        return {}

    def replies_to(self, *, key: str, conversation: str) -> tuple[SentReply, ...]:
        """Everything that was answered to the message `key`, in order."""
        query = (
            select(messages.c.text, messages.c.content)
            .where(messages.c.conversation == conversation, messages.c.key.startswith(f"{key}.r"))
            .order_by(messages.c.id)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(
            SentReply(
                text=open_links(self._keys, conversation, row.text),
                choices=tuple(
                    (choice["title"], choice["token"]) for choice in row.content.get("choices", ())
                ),
                custom=opened(self._keys, conversation, row.content.get("custom", {})),
            )
            for row in rows
        )


def opened(keys: KeyRing, conversation: str, custom: Mapping[str, Any]) -> dict[str, Any]:
    """The card with its address readable."""
    return {
        name: open_links(keys, conversation, value) if isinstance(value, str) else value
        for name, value in custom.items()
    }
