"""Deletes what may no longer be kept (D4): a bounded number of rows a run, so that no lock is held long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, delete, exists, or_, select
from sqlalchemy.engine import Connection

from servicedesk.buttons import is_asked_anew
from servicedesk.clock import Clock
from servicedesk.store import Store
from servicedesk.store.tables import (
    account_changes,
    approvals,
    buttons,
    cases,
    challenges,
    channel_tries,
    code_sends,
    code_tries,
    conversations,
    deliveries,
    directory_lockouts,
    feedback,
    inbound,
    messages,
    outages,
    outbox,
    reminders,
    reset_links,
    resolutions,
    sendings,
    sign_in_tries,
    spent_states,
)

CODES = timedelta(hours=24)
LIMITS = timedelta(hours=48)
INBOUND = timedelta(days=7)  # S10: a webhook that comes again within a week is known
CONVERSATIONS = timedelta(days=30)
SETTLED_OUTBOX = timedelta(days=7)
DEMO_PHONE = timedelta(days=7)
LOGS = timedelta(days=90)
BATCH = 2_000
ENDED = ("resolved", "closed", "withdrawn")  # the ticket itself stays with its system


class Retention:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def purge(self) -> dict[str, int]:
        """How many rows went, by table; only those with any. Raises StoreUnavailable."""
        gone: dict[str, int] = {}
        for table, condition in self._due():
            with self._store.transaction() as connection:
                number = _delete(connection, table, condition)
            if number:
                gone[table.name] = gone.get(table.name, 0) + number
        with self._store.transaction() as connection:
            forgotten = self._forget_tries(connection)
        self._store.forget_deleted()
        return {**gone, code_tries.name: forgotten} if forgotten else gone

    def _forget_tries(self, connection: Connection) -> int:
        """Counters whose wrong codes are all too old. Their times are in one JSON column, so they are read."""
        now = self._clock.now()
        oldest = (now - LIMITS).timestamp()
        query = (
            select(code_tries)
            .where(or_(code_tries.c.paused_until.is_(None), code_tries.c.paused_until < now))
            .limit(BATCH)
            .with_for_update()
        )
        old = [
            row
            for row in connection.execute(query).all()
            if all(float(moment) < oldest for moment, _state in row.recent)
        ]
        for row in old:
            mine = and_(code_tries.c.account == row.account, code_tries.c.proven == row.proven)
            connection.execute(delete(code_tries).where(mine))
        return len(old)

    def _due(self) -> list[tuple[Table, Any]]:
        """What is too old, those that point to others first."""
        now = self._clock.now()
        old = messages.c.at < now - CONVERSATIONS
        unseen = conversations.c.seen_at < now - CONVERSATIONS
        return [
            (challenges, challenges.c.expires_at < now - CODES),
            (reset_links, reset_links.c.expires_at < now - CODES),
            # Those that are asked anew as long as the message they stand in.
            (buttons, and_(buttons.c.expires_at < now - CODES, ~is_asked_anew())),
            (buttons, buttons.c.expires_at < now - CONVERSATIONS),
            (spent_states, spent_states.c.expires_at < now - CODES),
            (deliveries, or_(deliveries.c.at < now - DEMO_PHONE, _code_older_than(now - CODES))),
            (approvals, approvals.c.asked_at < now - LIMITS),
            (code_sends, code_sends.c.at < now - LIMITS),
            (channel_tries, channel_tries.c.at < now - LIMITS),
            (sign_in_tries, sign_in_tries.c.at < now - LIMITS),
            (directory_lockouts, directory_lockouts.c.at < now - LIMITS),
            (inbound, and_(inbound.c.done_at.is_not(None), inbound.c.at < now - INBOUND)),
            (sendings, sendings.c.message.in_(select(messages.c.id).where(old))),
            (
                messages,
                and_(old, ~exists(select(sendings.c.message).where(sendings.c.message == messages.c.id))),
            ),
            (feedback, feedback.c.at < now - LOGS),
            (resolutions, resolutions.c.asked_at < now - LOGS),
            (outages, outages.c.ended_at < now - LOGS),
            (cases, and_(cases.c.state.in_(ENDED), cases.c.opened_at < now - LOGS)),
            (reminders, reminders.c.at < now - LOGS),
            (account_changes, account_changes.c.ended_at < now - LOGS),
            # A dead letter stays until a person has seen to it.
            (outbox, and_(outbox.c.state == "done", outbox.c.ended_at < now - SETTLED_OUTBOX)),
            (conversations, and_(unseen, *(~_used(table) for table in (messages, inbound, buttons)))),
        ]


def _code_older_than(moment: datetime) -> Any:
    return and_(deliveries.c.key.startswith("code:"), deliveries.c.at < moment)


def _used(table: Table) -> Any:
    return exists(select(table.c.conversation).where(table.c.conversation == conversations.c.id))


def _delete(connection: Connection, table: Table, condition: Any) -> int:
    key = next(iter(table.primary_key.columns))
    some = select(key).where(condition).limit(BATCH)
    return int(connection.execute(delete(table).where(key.in_(some))).rowcount)
