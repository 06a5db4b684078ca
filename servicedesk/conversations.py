"""Who talks to Tier0 where, and what was said: the record that connectors write and everything else reads.

A conversation's identity is what its channel proved (S1). It is looked up here by every action, and never read from
slots, entities or metadata. Texts come in redacted (D3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.store import Store
from servicedesk.store.tables import conversations, messages, sendings
from servicedesk.store.turns import Turn, wait_for_turn

LANGUAGES = ("nb", "sv", "de", "en")
PUSHED = ("slack", "teams")  # channels that are handed each message; a page comes and asks
SENDING_LIFETIME = timedelta(hours=24)


# Built once: for each message anew, making these costs as much as running them.
_ONE = select(conversations).where(conversations.c.id == bindparam("identifier"))
_RENEW = update(conversations).where(conversations.c.id == bindparam("identifier"))


class _Keep(Enum):
    KEEP = "keep"


KEEP: Final = _Keep.KEEP
"""In place of an account: what the channel proved before stays until somebody asks the platform again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    id: str  # Rasa's sender_id
    channel: str  # web, rest, slack, teams
    tenant: str
    channel_user: str
    account: AccountId | None  # None: the channel did not prove who this is
    private: bool  # one to one: account actions happen nowhere else (S1)
    language: str | None
    language_chosen: bool  # the employee asked for it: only the employee changes it
    address: Mapping[str, Any] = field(default_factory=dict)  # where its chat platform reaches it

    @property
    def proven(self) -> bool:
        return self.account is not None and self.private


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMessage:
    id: int
    at: datetime
    author: str  # employee, bot, agent, notice
    author_name: str
    text: str
    content: dict[str, Any]


def conversation_id(channel: str, tenant: str, channel_user: str) -> str:
    """Channel, tenant and user make one id: user ids are unique only within their tenant (connectors.md)."""
    return hashlib.sha256(
        "\x1f".join((channel, tenant, channel_user)).encode("utf-8", "surrogatepass")
    ).hexdigest()[:40]


class Conversations:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open(
        self,
        *,
        channel: str,
        tenant: str,
        channel_user: str,
        account: AccountId | _Keep | None,
        private: bool,
        language: str | None = None,
        address: Mapping[str, Any] | None = None,
        connection: Connection | None = None,
    ) -> Conversation:
        """The conversation of this channel user, made on first sight; what the channel proves now replaces what it
        proved before. `language` is a first guess from the profile and never replaces a known one; without an
        `address` the known one stays. Joins the caller's transaction if given."""
        if connection is None:
            with self._store.transaction() as own:
                return self.open(
                    channel=channel,
                    tenant=tenant,
                    channel_user=channel_user,
                    account=account,
                    private=private,
                    language=language,
                    address=address,
                    connection=own,
                )
        identifier = conversation_id(channel, tenant, channel_user)
        now = self._clock.now()
        proof: dict[str, Any] = {"private": private, "seen_at": now}
        if account is not KEEP:
            proof["account"] = account
        if address is not None:
            proof["address"] = dict(address)
        changed = connection.execute(_RENEW, {"identifier": identifier, **proof}).rowcount
        if not changed:
            _insert_unless_there(
                connection,
                conversations,
                id=identifier,
                channel=channel,
                tenant=tenant,
                channel_user=channel_user,
                language=language,
                language_chosen=False,
                created_at=now,
                **proof,
            )
        return _conversation(connection.execute(_ONE, {"identifier": identifier}).one())

    def get(self, identifier: str) -> Conversation | None:
        with self._store.reading() as connection:
            row = connection.execute(_ONE, {"identifier": identifier}).one_or_none()
        return None if row is None else _conversation(row)

    @staticmethod
    def of_row(row: Row) -> Conversation:
        """A row of the table, for who has read it in a transaction of their own."""
        return _conversation(row)

    def latest_of(self, account: AccountId) -> Conversation | None:
        """Where this person was last seen, one to one: where news for them go."""
        query = (
            select(conversations)
            .where(conversations.c.account == account, conversations.c.private.is_(True))
            .order_by(conversations.c.seen_at.desc())
            .limit(1)
        )
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _conversation(row)

    def prove(self, identifier: str, account: AccountId | None) -> None:
        """What the channel's platform says now about who this is; None: nothing that proves an account."""
        with self._store.transaction() as connection:
            connection.execute(
                update(conversations).where(conversations.c.id == identifier).values(account=account)
            )

    def set_address(self, identifier: str, address: Mapping[str, Any]) -> None:
        with self._store.transaction() as connection:
            connection.execute(
                update(conversations).where(conversations.c.id == identifier).values(address=dict(address))
            )

    def set_language(self, identifier: str, language: str, *, chosen: bool) -> None:
        with self._store.transaction() as connection:
            connection.execute(
                update(conversations)
                .where(conversations.c.id == identifier)
                .values(language=language, language_chosen=chosen)
            )

    def say(
        self,
        *,
        conversation: str,
        key: str,
        author: str,
        text: str,
        author_name: str = "",
        content: dict[str, Any] | None = None,
        connection: Connection | None = None,
    ) -> bool:
        """Store one message; the same key again stores nothing and is False. Joins the caller's transaction if given.

        What is said to somebody on a chat platform is queued for its connector in the same transaction (F16)."""
        if connection is None:
            with self._store.transaction() as own:
                return self.say(
                    conversation=conversation,
                    key=key,
                    author=author,
                    text=text,
                    author_name=author_name,
                    content=content,
                    connection=own,
                )
        # Who reads on from the last number seen misses none: within a conversation they are committed in order.
        wait_for_turn(connection, Turn.CONVERSATION, conversation)
        new = _insert_unless_there(
            connection,
            messages,
            key=key,
            conversation=conversation,
            at=self._clock.now(),
            author=author,
            author_name=author_name,
            text=text,
            content=content or {},
        )
        if new and author != "employee":
            self._queue_for_platform(connection, key)
        return new

    def _queue_for_platform(self, connection: Connection, key: str) -> None:
        now = self._clock.now()
        values = {
            "state": "queued",
            "platform_id": "",
            "attempts": 0,
            "last_error": "",
            "not_before": now,
            "give_up_at": now + SENDING_LIFETIME,
        }
        columns = [literal(value, sendings.c[name].type).label(name) for name, value in values.items()]
        of_platform = (
            select(messages.c.id, messages.c.conversation, *columns)
            .join(conversations, conversations.c.id == messages.c.conversation)
            .where(messages.c.key == key, conversations.c.channel.in_(PUSHED))
        )
        connection.execute(insert(sendings).from_select(["message", "conversation", *values], of_platform))

    def messages(self, identifier: str, *, after: int = 0, limit: int = 500) -> tuple[StoredMessage, ...]:
        """Oldest first, those with an id above `after`; of more than `limit`, the newest."""
        query = (
            select(messages)
            .where(messages.c.conversation == identifier, messages.c.id > after)
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(
            StoredMessage(
                id=row.id,
                at=row.at,
                author=row.author,
                author_name=row.author_name,
                text=row.text,
                content=row.content,
            )
            for row in reversed(rows)
        )


def _insert_unless_there(connection: Connection, table: Any, **values: Any) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(table.insert(), values)
    except IntegrityError:
        return False
    return True


def _conversation(row: Row) -> Conversation:
    return Conversation(
        id=row.id,
        channel=row.channel,
        tenant=row.tenant,
        channel_user=row.channel_user,
        account=AccountId(row.account) if row.account else None,
        private=row.private,
        language=row.language,
        language_chosen=row.language_chosen,
        address=row.address or {},
    )
