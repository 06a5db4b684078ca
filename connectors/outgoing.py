"""The table `sendings`: what was said to somebody on a chat platform and has to be handed to it (F16).

In order within a conversation, at least once: a row is done only when the platform has taken it. What is sent
is the stored message, so a channel shows the same words as the chat page and the desk.

What a message looks like now is read from the store each time it is shown, and `platform_id` stands there too: a button
that was pressed, or that typed words went past, is shown so by any process, after a restart as well."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection, Row

from connectors.envelope import CODE_PLACEHOLDER
from connectors.transcript import TYPED, opened
from servicedesk.buttons import Buttons, id_of
from servicedesk.clock import Clock, runs
from servicedesk.conversations import Conversation, Conversations
from servicedesk.keys import KeyRing
from servicedesk.sealed_links import open_links
from servicedesk.store import Store
from servicedesk.store.tables import conversations, messages, sendings

LEASE = timedelta(seconds=60)
LOOK_BACK = 100  # messages of a conversation among which a pressed button is looked for
SINCE_WORDS = 20  # messages among which those that typed words go past are looked for
OPEN = ("queued", "edit")
# Built once: it is asked for each message that is stored.
_NEWEST = (
    select(messages.c.id, messages.c.author, messages.c.content)
    .where(messages.c.conversation == bindparam("conversation"))
    .order_by(messages.c.id.desc())
    .limit(SINCE_WORDS)
)


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
        """The conversation's next open row, ours for `LEASE`; None when there is none, it is held or has to wait.

        What is new goes in order, and waits for nothing that only has to be shown anew (`_next`)."""
        oldest = select(func.min(sendings.c.message)).where(
            sendings.c.conversation == conversation, sendings.c.state.in_(OPEN)
        )
        with self._store.transaction() as connection:
            rows = connection.execute(
                select(sendings).where(sendings.c.message.in_(oldest.group_by(sendings.c.state)))
            ).all()
            now = self._clock.now()
            row = _next({row.state: row for row in rows}, now)
            if row is None:
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

    def talked_on(self, connection: Connection, conversation: str) -> None:
        """In the transaction that stores typed words, before they are: what the employee did not press is to be shown
        without its buttons, once. What stood before the words before these was dealt with then.

        Closed are the choices under our own answers, which offered how to go on from there. Live stay:
        - what stands in a message that nobody asked for (a notice, an approval, an agent's): it is about no question here;
        - buttons about a ticket and of reminders, wherever they stand (`Buttons.answers`);
        - a field for a code, and other ways to one: it is waited for until it is given (`code_given`);
        - links, which are no choices: an article's page, the page for a new password.

        A button that somebody still sees does what it may (S9): only what is shown changes here. Slack's Home tab is no
        message, and stands beside the conversation."""
        newest = connection.execute(_NEWEST, {"conversation": conversation}).all()
        rows = takewhile(lambda row: not row.content.get(TYPED), newest)
        offers = {row.id: _tokens(row) for row in rows if _is_passed_by(row) and _tokens(row)}
        for message, tokens in offers.items():
            if self._buttons.answers(connection, tokens):
                self._edit(connection, message)

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
            spent = accepted and self._buttons.spend(connection, conversation, _tokens(row))
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
        """Those on `channels` whose next open row (`claim`) may go now, longest waiting first."""
        query = (
            select(sendings.c.conversation, sendings.c.state, sendings.c.not_before, sendings.c.lease_until)
            .join(conversations, conversations.c.id == sendings.c.conversation)
            .where(sendings.c.state.in_(OPEN), conversations.c.channel.in_(tuple(channels)))
            .order_by(sendings.c.message)
            .limit(limit * 5)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        now = self._clock.now()
        oldest: dict[str, dict[str, Row]] = {}
        for row in rows:
            oldest.setdefault(row.conversation, {}).setdefault(row.state, row)
        return tuple(name for name, by_state in oldest.items() if _next(by_state, now) is not None)[:limit]

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
        later = select(messages.c.text, messages.c.content).where(
            messages.c.conversation == row.conversation,
            messages.c.id > row.message,
            messages.c.author == "employee",
        )
        heard = connection.execute(later).all()
        pressed = {said.content.get("pressed") for said in heard}
        live = self._buttons.live(connection, row.conversation)
        if _is_passed_by(stored) and any(said.content.get(TYPED) for said in heard):
            live -= self._buttons.answers(connection, _tokens(stored))
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


def _tokens(message: Row) -> list[str]:
    return [choice["token"] for choice in message.content.get("choices", ())]


def _is_passed_by(message: Row) -> bool:
    """Whether typed words go past what the message offers (`talked_on`)."""
    return message.author == "bot" and message.content.get("custom", {}).get("type") != "code_field"


def _looks(message: Outgoing) -> tuple[Any, ...]:
    """What of a message can change after it was said."""
    asks_code = message.custom.get("type") == "code_field"
    return message.choices, asks_code and message.closed


def _next(oldest: Mapping[str, Row], now: datetime) -> Row | None:
    """Of a conversation's oldest open rows by state, the one that may go now.

    While what is new has to wait, the platform is left alone. What is to be shown anew stands further up and goes
    first, but where it has to wait itself, the rest does not."""
    queued, edit = oldest.get("queued"), oldest.get("edit")
    if queued is not None and not _may_go(queued, now):
        return None
    return edit if edit is not None and _may_go(edit, now) else queued


def _may_go(row: Row, now: datetime) -> bool:
    held = runs(row.lease_until, now, LEASE)
    waits = runs(row.not_before, now, timedelta(hours=2))
    return not held and not waits


def _offered(choice: dict[str, str], live: frozenset[str], pressed: set[Any]) -> OfferedChoice:
    identifier = id_of(choice["token"])
    state = "live" if identifier in live else "pressed" if identifier in pressed else "closed"
    return OfferedChoice(title=choice["title"], token=choice["token"], state=state)
