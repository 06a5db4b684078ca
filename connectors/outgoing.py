"""The table `sendings`: what was said to somebody on a chat platform and has to be handed to it (F16).

In order within a conversation, at least once: a row is done only when the platform has taken it. What is sent
is the stored message, so a channel shows the same words as the chat page and the desk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row

from connectors.envelope import CODE_PLACEHOLDER
from connectors.transcript import opened
from servicedesk.buttons import Buttons, id_of
from servicedesk.clock import Clock, runs
from servicedesk.conversations import Conversation, Conversations
from servicedesk.keys import KeyRing
from servicedesk.sealed_links import open_links
from servicedesk.store import Store
from servicedesk.store.tables import conversations, messages, sendings

LEASE = timedelta(seconds=60)
LOOK_BACK = 100  # messages of a conversation among which a pressed button is looked for
OPEN = ("queued", "edit")


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedChoice:
    title: str
    token: str  # what the button carries; pressing sends it back (Envelope.button)
    state: str  # live, pressed, closed


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One stored message, as a connector has to show it now. `text` is Markdown (connectors/richtext.py)."""

    id: int
    conversation: Conversation
    author: str  # bot, agent, notice
    author_name: str
    text: str
    choices: tuple[OfferedChoice, ...]
    custom: dict[str, Any]  # connectors/reply.py
    closed: bool  # a code was given since: a field for one asks no more
    platform_id: str  # "" until the platform has taken it

    @property
    def live(self) -> tuple[OfferedChoice, ...]:
        return tuple(choice for choice in self.choices if choice.state == "live")

    @property
    def pressed(self) -> str:
        """The title of the button that was chosen, "" while none was."""
        return next((choice.title for choice in self.choices if choice.state == "pressed"), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """A claimed row. `attempt` is also the fence: who slept past the lease changes nothing."""

    message: Outgoing
    edit: bool
    attempt: int
    give_up_at: datetime


class OutgoingQueue:
    def __init__(
        self, store: Store, clock: Clock, conversations: Conversations, buttons: Buttons, keys: KeyRing
    ) -> None:
        self._store = store
        self._clock = clock
        self._conversations = conversations
        self._buttons = buttons
        self._keys = keys

    def claim(self, conversation: str) -> Sending | None:
        """The conversation's oldest open row, ours for `LEASE`; None when there is none, it is held or has to wait."""
        with self._store.transaction() as connection:
            row = connection.execute(
                select(sendings)
                .where(sendings.c.conversation == conversation, sendings.c.state.in_(OPEN))
                .order_by(sendings.c.message)
                .limit(1)
            ).one_or_none()
            now = self._clock.now()
            if row is None or not _may_go(row, now):
                return None
            taken = connection.execute(
                update(sendings)
                .where(sendings.c.message == row.message, sendings.c.attempts == row.attempts)
                .values(attempts=row.attempts + 1, lease_until=now + LEASE)
            ).rowcount
            message = self._message(connection, row) if taken else None
        if message is None:
            return None
        return Sending(
            message=message, edit=row.state == "edit", attempt=row.attempts + 1, give_up_at=row.give_up_at
        )

    def sent(self, sending: Sending, platform_id: str = "") -> bool:
        """The platform has it; False when the row is ours no longer. What changed while it was under way, a
        button pressed at once, is shown anew."""
        known = {"platform_id": platform_id} if platform_id else {}
        with self._store.transaction() as connection:
            row = connection.execute(
                select(sendings).where(sendings.c.message == sending.message.id)
            ).one_or_none()
            if row is None:
                return False
            stale = _looks(self._message(connection, row)) != _looks(sending.message)
            state = "edit" if stale else "sent"
            return self._end(connection, sending, state=state, last_error="", **known)

    def put_off(self, sending: Sending, until: datetime, reason: str) -> bool:
        with self._store.transaction() as connection:
            return self._end(connection, sending, not_before=until, last_error=reason[:200])

    def bury(self, sending: Sending, reason: str) -> bool:
        """It will not be sent; what comes after it may go."""
        with self._store.transaction() as connection:
            return self._end(connection, sending, state="dead", last_error=reason[:200])

    def changed(self, connection: Connection, conversation: str, button: str) -> None:
        """In the transaction of a press: the message that this button stands in is to be shown anew."""
        query = (
            select(messages.c.id, messages.c.content)
            .where(messages.c.conversation == conversation, messages.c.author != "employee")
            .order_by(messages.c.id.desc())
            .limit(LOOK_BACK)
        )
        for row in connection.execute(query):
            if any(id_of(choice["token"]) == button for choice in row.content.get("choices", ())):
                self._edit(connection, row.id)
                return

    def code_given(self, connection: Connection, conversation: str, *, accepted: bool) -> None:
        """In the transaction that stores a code: the newest field that asked for one is to be closed. Once a code was
        accepted, no field asks any more, and none offers another way to one."""
        query = (
            select(messages.c.id, messages.c.content)
            .where(messages.c.conversation == conversation, messages.c.author == "bot")
            .order_by(messages.c.id.desc())
            .limit(LOOK_BACK)
        )
        newest = True
        for row in connection.execute(query).all():
            if row.content.get("custom", {}).get("type") != "code_field":
                continue
            tokens = [choice["token"] for choice in row.content.get("choices", ())]
            spent = accepted and self._buttons.spend(connection, conversation, tokens)
            if newest or spent:
                self._edit(connection, row.id)
            if not accepted:
                return
            newest = False

    def find(self, conversation: str, platform_id: str) -> Outgoing | None:
        """The message that the platform knows by this id."""
        query = select(sendings).where(
            sendings.c.conversation == conversation, sendings.c.platform_id == platform_id
        )
        with self._store.reading() as connection:
            row = connection.execute(query.limit(1)).one_or_none()
            return None if row is None else self._message(connection, row)

    def conversations_with_work(self, channels: Collection[str], limit: int = 200) -> tuple[str, ...]:
        """Those on `channels` whose oldest open row may go now, longest waiting first."""
        query = (
            select(sendings.c.conversation, sendings.c.not_before, sendings.c.lease_until)
            .join(conversations, conversations.c.id == sendings.c.conversation)
            .where(sendings.c.state.in_(OPEN), conversations.c.channel.in_(tuple(channels)))
            .order_by(sendings.c.message)
            .limit(limit * 5)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        now = self._clock.now()
        oldest: dict[str, Row] = {}
        for row in rows:
            oldest.setdefault(row.conversation, row)
        return tuple(name for name, row in oldest.items() if _may_go(row, now))[:limit]

    def _edit(self, connection: Connection, message: int) -> None:
        """Only what was sent can be edited; what is not, is looked at again when it is (`sent`)."""
        now = self._clock.now()
        connection.execute(
            update(sendings)
            .where(sendings.c.message == message, sendings.c.state == "sent")
            .values(state="edit", not_before=now, give_up_at=now + timedelta(hours=1))
        )

    def _message(self, connection: Connection, row: Row) -> Outgoing:
        stored = connection.execute(select(messages).where(messages.c.id == row.message)).one()
        own = connection.execute(select(conversations).where(conversations.c.id == row.conversation)).one()
        live = self._buttons.live(connection, row.conversation)
        later = select(messages.c.text, messages.c.content).where(
            messages.c.conversation == row.conversation,
            messages.c.id > row.message,
            messages.c.author == "employee",
        )
        heard = connection.execute(later).all()
        pressed = {said.content.get("pressed") for said in heard}
        return Outgoing(
            id=stored.id,
            conversation=self._conversations.of_row(own),
            author=stored.author,
            author_name=stored.author_name,
            text=open_links(self._keys, row.conversation, stored.text),
            choices=tuple(_offered(choice, live, pressed) for choice in stored.content.get("choices", ())),
            custom=opened(self._keys, row.conversation, stored.content.get("custom", {})),
            closed=any(said.text == CODE_PLACEHOLDER for said in heard),
            platform_id=row.platform_id,
        )

    @staticmethod
    def _end(connection: Connection, sending: Sending, **values: Any) -> bool:
        change = (
            update(sendings)
            .where(
                sendings.c.message == sending.message.id,
                sendings.c.attempts == sending.attempt,
                sendings.c.state == ("edit" if sending.edit else "queued"),
            )
            .values(lease_until=None, **values)
        )
        return bool(connection.execute(change).rowcount)


def _looks(message: Outgoing) -> tuple[Any, ...]:
    """What of a message can change after it was said."""
    asks_code = message.custom.get("type") == "code_field"
    return message.choices, asks_code and message.closed


def _may_go(row: Row, now: datetime) -> bool:
    held = runs(row.lease_until, now, LEASE)
    waits = runs(row.not_before, now, timedelta(hours=2))
    return not held and not waits


def _offered(choice: dict[str, str], live: frozenset[str], pressed: set[Any]) -> OfferedChoice:
    identifier = id_of(choice["token"])
    state = "live" if identifier in live else "pressed" if identifier in pressed else "closed"
    return OfferedChoice(title=choice["title"], token=choice["token"], state=state)
