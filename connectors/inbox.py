"""The table `inbound`: what a channel delivered and the dialogue has not finished (F7, F11, F12).

One row is worked on at a time in a conversation, over all processes: the oldest one, under a lease. Whoever
took a row over after a lease has ended counts one attempt more, and the earlier holder's `finish` then does
nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from connectors.envelope import Item
from servicedesk.clock import Clock, runs
from servicedesk.store import Store
from servicedesk.store.tables import inbound

LEASE = timedelta(seconds=30)
# Built once: for each message anew, making these costs as much as running them.
_PUT = insert(inbound)
_OLDEST = (
    select(inbound)
    .where(inbound.c.conversation == bindparam("conversation"), inbound.c.done_at.is_(None))
    .order_by(inbound.c.id)
    .limit(1)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    id: int
    key: str
    conversation: str
    item: Item
    attempt: int  # 1 on the first try


class Inbox:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def put(
        self, connection: Connection, *, key: str, conversation: str, item: Item, held: bool = False
    ) -> bool:
        """Store what came in; False when it is there already. `held`: nobody takes it before `settle`, or
        before the lease ends."""
        now = self._clock.now()
        values = {
            "key": key,
            "conversation": conversation,
            "text": item.dump(),
            "at": now,
            "attempts": 0,
            "lease_until": now + LEASE if held else None,
        }
        return _insert(connection, values)

    def note(self, connection: Connection, *, key: str, conversation: str) -> bool:
        """Store that something came in to which nothing is said; False when it is there already."""
        now = self._clock.now()
        values = {"key": key, "conversation": conversation, "text": "", "at": now, "attempts": 0}
        return _insert(connection, {**values, "lease_until": None, "done_at": now})

    def settle(self, connection: Connection, *, key: str, item: Item) -> bool:
        """Say what a held row turned out to be, and free it. False when somebody took it after its lease."""
        changed: int = connection.execute(
            update(inbound)
            .where(inbound.c.key == key, inbound.c.attempts == 0, inbound.c.done_at.is_(None))
            .values(text=item.dump(), lease_until=None)
        ).rowcount
        return bool(changed)

    def claim(self, conversation: str) -> Job | None:
        """The conversation's oldest open row, ours for `LEASE`; None without one, or when somebody has it."""
        with self._store.transaction() as connection:
            row = connection.execute(_OLDEST, {"conversation": conversation}).one_or_none()
            now = self._clock.now()
            if row is None or runs(row.lease_until, now, LEASE):
                return None
            taken = connection.execute(
                update(inbound)
                .where(
                    inbound.c.id == row.id, inbound.c.attempts == row.attempts, inbound.c.done_at.is_(None)
                )
                .where(
                    inbound.c.lease_until == row.lease_until
                    if row.lease_until
                    else inbound.c.lease_until.is_(None)
                )
                .values(attempts=row.attempts + 1, lease_until=now + LEASE)
            ).rowcount
        if not taken:
            return None
        return Job(
            id=row.id,
            key=row.key,
            conversation=row.conversation,
            item=Item.load(row.text),
            attempt=row.attempts + 1,
        )

    def renew(self, job: Job) -> bool:
        """Hold on to the row for another `LEASE`; False when it is ours no longer."""
        return self._update(job, lease_until=self._clock.now() + LEASE)

    def finish(self, job: Job) -> bool:
        """Done: the row stays, so that a redelivery is recognised, but its text is no longer needed."""
        return self._update(job, done_at=self._clock.now(), lease_until=None, text="")

    def release(self, job: Job) -> bool:
        """Give the row back untouched, so that another process takes it at once (F17)."""
        return self._update(job, lease_until=None, attempts=job.attempt - 1)

    def is_done(self, key: str) -> bool:
        """Also True for a row that is not there: it was purged long after it was done."""
        with self._store.reading() as connection:
            row = connection.execute(select(inbound.c.done_at).where(inbound.c.key == key)).one_or_none()
        return row is None or row.done_at is not None

    def is_known(self, key: str) -> bool:
        with self._store.reading() as connection:
            return connection.execute(select(inbound.c.id).where(inbound.c.key == key)).first() is not None

    def is_first(self, key: str) -> bool:
        """Whether nothing older is open in the row's conversation."""
        with self._store.reading() as connection:
            own = connection.execute(
                select(inbound.c.id, inbound.c.conversation).where(inbound.c.key == key)
            ).one()
            older = select(inbound.c.id).where(
                inbound.c.conversation == own.conversation, inbound.c.id < own.id, inbound.c.done_at.is_(None)
            )
            return connection.execute(older.limit(1)).first() is None

    def conversations_with_work(self, limit: int = 200) -> tuple[str, ...]:
        """Those with an open row that nobody holds or whose holder has gone, longest waiting first."""
        query = select(inbound.c.conversation, inbound.c.lease_until).where(inbound.c.done_at.is_(None))
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(inbound.c.id).limit(limit * 5)).all()
        now = self._clock.now()
        waiting = dict.fromkeys(row.conversation for row in rows if not runs(row.lease_until, now, LEASE))
        return tuple(waiting)[:limit]

    def has_work(self, conversation: str) -> bool:
        query = select(inbound.c.id).where(
            inbound.c.conversation == conversation, inbound.c.done_at.is_(None)
        )
        with self._store.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def _update(self, job: Job, **values: object) -> bool:
        with self._store.transaction() as connection:
            changed: int = connection.execute(
                update(inbound)
                .where(inbound.c.id == job.id, inbound.c.attempts == job.attempt, inbound.c.done_at.is_(None))
                .values(**values)
            ).rowcount
        return bool(changed)


def _insert(connection: Connection, values: dict[str, Any]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(_PUT, values)
    except IntegrityError:
        return False
    return True
