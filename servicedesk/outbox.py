"""Everything that must reach another system, exactly once (F5-F7, F12, F16).

A change and the items that follow from it are written in one transaction; the worker carries the items out.
An item is leased, not taken: a killed worker's item comes back when its lease ends, so what it does must be
harmless to repeat, and each item has a key to make it so."""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import APART, Clock, runs
from servicedesk.errors import Tier0Error
from servicedesk.pauses import Pauses
from servicedesk.store import Store, StoreBusy, StoreUnavailable
from servicedesk.store.tables import outbox

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
LIFETIME = timedelta(hours=24)  # F5: then a person looks at it
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)
LONGEST_RETRY_AFTER = timedelta(hours=1)  # whatever a server asks for
UNEXPECTED_TRIES = 3  # F12: an error that nobody foresaw is tried again this often, then parked
MAX_LAPSES = 10  # F12: so many workers died or hung on it
SHORT_WAITS: Mapping[str, timedelta] = {  # somebody sits and waits
    "account.unlock": timedelta(seconds=15),
    "account.settle": timedelta(seconds=15),
    "chat.say": timedelta(seconds=15),
}

LOOK = "ticket.look"  # a webhook has named a ticket: L1 may have answered
# What goes before what where much is waiting: an employee's answer never stands behind a thousand tickets, and L1 sees
# all tickets before the first gets its file.
_TURNS = (
    or_(~outbox.c.kind.startswith("ticket."), outbox.c.kind == LOOK),
    outbox.c.kind == "ticket.open",
    and_(outbox.c.kind.startswith("ticket."), outbox.c.kind.not_in(("ticket.open", LOOK))),
)


class TryAgain(Tier0Error):
    """The other side is busy or down; `after` is the time it asked for.

    `system`: the beginning of all kinds that go to it ("ticket."), where the others had better wait as well."""

    def __init__(self, reason: str, after: timedelta | None = None, *, system: str = "") -> None:
        super().__init__(reason)
        self.after = after
        self.system = system


class GiveUp(Tier0Error):
    """The other side refuses, and another try will not help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempt: int  # 1 at the first try
    created_at: datetime
    fresh: bool = (
        False  # put in the queue since this worker began: no backup that was restored knows it (F19)
    )
    untried: bool = False  # no worker has had it in hand before
    lease_until: datetime | None = None  # then another worker may have it in hand (F7)
    lapsed_at: datetime | None = None  # then the lease of one that had it ended: what it did, it did not say


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    id: int
    key: str
    kind: str
    stream: str | None  # "ticket:T0-7KQ2M" or "chat:<conversation>": whom it concerns; its text is not shown
    attempts: int
    last_error: str
    created_at: datetime
    ended_at: datetime


Settle = Callable[[Connection], None]
"""What a handler learnt, written in the transaction that ends the item: both or neither."""

Handler = Callable[[Item], Settle | None]
"""Carries an item out, and may be called again for the same key. Raises TryAgain or GiveUp."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lease:
    id: int
    fence: int
    kind: str
    attempt: int
    lapses: int
    give_up_at: datetime
    fresh: bool
    until: datetime
    lapsed_at: datetime | None


class Outbox:
    def __init__(
        self, store: Store, clock: Clock, *, lease: timedelta = LEASE, dice: random.Random | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._dice = dice or random.Random()
        self._pauses = Pauses(clock, self._dice)
        self._newest_before: int | None = None  # the newest item that was there when this worker began

    def put(
        self,
        connection: Connection,
        *,
        kind: str,
        key: str,
        payload: dict[str, Any],
        not_before: datetime | None = None,
    ) -> bool:
        """Queue an item in the caller's transaction; the same key again queues nothing and is False.

        What is said in a chat now takes along what was held there, which it could not go before."""
        now = self._clock.now()
        due = max(now, not_before) if not_before else now
        values = {
            "key": fitting(key),
            "kind": kind,
            "stream": _stream(kind, payload),
            "payload": payload,
            "state": "queued",
            "not_before": due,
            "give_up_at": due + LIFETIME,
            "created_at": now,
        }
        try:
            with connection.begin_nested():
                connection.execute(insert(outbox).values(**values))
        except IntegrityError:
            return False
        if kind == "chat.say" and not_before is None and payload.get("conversation"):
            release(connection, str(payload["conversation"]), now)
        return True

    def run_due(
        self, handlers: Mapping[str, Handler], limit: int = 100, stopping: Callable[[], bool] = lambda: False
    ) -> int:
        """Carry out up to `limit` due items, one after another, and say how many; `stopping()` ends it early.

        Several threads may do so at a time. Raises StoreUnavailable."""
        try:
            for done in range(limit):
                if stopping():
                    return done
                lease = self._claim()
                if lease is None:
                    return done
                self._carry_out(lease, handlers)
            return limit
        except StoreBusy:
            raise
        except StoreUnavailable:
            self._newest_before = None  # it may come back as another, from a backup (F19)
            raise

    def waits_for(self, reference: str, kinds: Sequence[str]) -> bool:
        """Whether a step of one of these kinds has still to reach the case's ticket."""
        query = select(outbox.c.id).where(
            outbox.c.stream == _stream("ticket.", {"reference": reference}),
            outbox.c.state == "queued",
            outbox.c.kind.in_(kinds),
        )
        with self._store.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def dead_letters(self, limit: int = 200) -> tuple[DeadLetter, ...]:
        """What needs a person, newest first."""
        columns = [outbox.c[name] for name in DeadLetter.__dataclass_fields__]
        query = (
            select(*columns).where(outbox.c.state == "dead").order_by(outbox.c.ended_at.desc()).limit(limit)
        )
        with self._store.transaction() as connection:
            return tuple(DeadLetter(**row._mapping) for row in connection.execute(query))

    def requeue(self, identifier: int) -> bool:
        """Give a dead letter another 24 h; False when it is none."""
        now = self._clock.now()
        change = (
            update(outbox)
            .where(outbox.c.id == identifier, outbox.c.state == "dead")
            .values(
                state="queued",
                attempts=0,
                lapses=0,
                not_before=now,
                give_up_at=now + LIFETIME,
                lease_until=None,
                ended_at=None,
                fence=outbox.c.fence + 1,
            )
        )
        with self._store.transaction() as connection:
            return bool(connection.execute(change).rowcount)

    def counts(self) -> dict[str, int]:
        """How many items there are in each state: queued, done, dead."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        with self._store.transaction() as connection:
            found = {state: number for state, number in connection.execute(query)}
        return {state: found.get(state, 0) for state in ("queued", "done", "dead")}

    # --- one item ---

    def _claim(self) -> _Lease | None:
        """Lease the oldest due item of the first turn that has one, or None. Two workers never hold the same one."""
        while True:
            with self._store.transaction() as connection:
                newest_before = self._began_at(connection)
                query = _due(self._clock.now(), self._lease, self._pauses.under_way())
                found = (connection.execute(query.where(turn)).first() for turn in _TURNS)
                row = next((row for row in found if row is not None), None)
                if row is None:
                    return None
                lease = self._take(connection, row, fresh=row.id > newest_before)
            if lease is not None:
                return lease

    def _began_at(self, connection: Connection) -> int:
        if self._newest_before is None:
            newest = connection.execute(select(func.max(outbox.c.id))).scalar_one()
            self._newest_before = newest or 0
            return newest or 0
        return self._newest_before

    def _take(self, connection: Connection, row: Row, *, fresh: bool) -> _Lease | None:
        now = self._clock.now()
        if runs(row.lease_until, now, self._lease):
            return None  # another worker has taken it since we looked at the clock for our query (F7)
        lapses = row.lapses + (row.lease_until is not None)
        lapsed_at = min(row.lease_until, now) if row.lease_until else None
        taken = connection.execute(
            update(outbox)
            .where(outbox.c.id == row.id, outbox.c.state == "queued", outbox.c.fence == row.fence)
            .values(
                fence=row.fence + 1,
                attempts=row.attempts + 1,
                lapses=lapses,
                lease_until=now + self._lease,
            )
        ).rowcount
        if not taken:
            return None
        return _Lease(
            id=row.id,
            fence=row.fence + 1,
            kind=row.kind,
            attempt=row.attempts + 1,
            lapses=lapses,
            give_up_at=row.give_up_at,
            fresh=fresh,
            until=now + self._lease,
            lapsed_at=lapsed_at,
        )

    def _carry_out(self, lease: _Lease, handlers: Mapping[str, Handler]) -> None:
        if lease.lapses > MAX_LAPSES:
            self._bury(lease, "its worker died or hung each time")
            return
        try:
            item = self._read(lease)
            handler = handlers.get(lease.kind)
            if handler is None:
                raise TryAgain(f"no handler for {lease.kind}")  # from a newer release, whose worker is coming
            settle = handler(item)
            self._pauses.answered(lease.kind)
            self._finish(lease, settle)
        except TryAgain as err:
            if err.system:
                self._pauses.failed(err.system, err.after)
            self._put_off(lease, str(err), err.after)
        except StoreUnavailable:
            log.warning("outbox: the store took nothing; item %d comes back when its lease ends", lease.id)
            raise
        except GiveUp as err:
            self._pauses.answered(lease.kind)
            self._bury(lease, str(err))
        except Exception as err:
            # The outermost edge of all handlers: one bad item must not stop the rest (F12). The log gets the
            # type and the place, not the text: it may quote what must not be in a log (D1).
            log.error("outbox: item %d, %s in %s", lease.id, type(err).__name__, _place(err))
            if lease.attempt >= UNEXPECTED_TRIES:
                self._bury(lease, f"{type(err).__name__} in {_place(err)}")
            else:
                self._put_off(lease, type(err).__name__, None)

    def _read(self, lease: _Lease) -> Item:
        """Apart from the claim, so that a payload which cannot be read is this item's trouble alone."""
        with self._store.transaction() as connection:
            row = connection.execute(select(outbox).where(outbox.c.id == lease.id)).one()
        return Item(
            id=row.id,
            key=row.key,
            kind=row.kind,
            payload=row.payload,
            attempt=lease.attempt,
            created_at=row.created_at,
            fresh=lease.fresh,
            untried=lease.fence == 1,
            lease_until=lease.until,
            lapsed_at=lease.lapsed_at,
        )

    def _finish(self, lease: _Lease, settle: Settle | None) -> bool:
        with self._store.transaction() as connection:
            # The row stays, so that its key is known; what it carried is no longer needed (D4).
            ended = self._end(
                connection, lease, state="done", lease_until=None, ended_at=self._clock.now(), payload={}
            )
            if ended and settle is not None:
                settle(connection)
        if not ended:
            log.warning("outbox: item %d finished after its lease; left to the next holder", lease.id)
        return ended

    def _put_off(self, lease: _Lease, reason: str, after: timedelta | None) -> None:
        now = self._clock.now()
        if now >= lease.give_up_at:
            self._bury(lease, reason)
            return
        until = min(now + self._wait(lease, after), lease.give_up_at)
        with self._store.transaction() as connection:
            self._end(connection, lease, not_before=until, lease_until=None, last_error=_short(reason))

    def _bury(self, lease: _Lease, reason: str) -> None:
        log.error("outbox: item %d (%s) is a dead letter after %d tries", lease.id, lease.kind, lease.attempt)
        now = self._clock.now()
        with self._store.transaction() as connection:
            self._end(
                connection, lease, state="dead", lease_until=None, ended_at=now, last_error=_short(reason)
            )

    def _end(self, connection: Connection, lease: _Lease, **values: Any) -> bool:
        """Change the item while the lease is still ours; False when it is not (F7)."""
        change = (
            update(outbox)
            .where(
                outbox.c.id == lease.id,
                outbox.c.fence == lease.fence,
                outbox.c.state == "queued",
                outbox.c.lease_until > self._clock.now(),
            )
            .values(**values)
        )
        return bool(connection.execute(change).rowcount)

    def _wait(self, lease: _Lease, after: timedelta | None) -> timedelta:
        """Full jitter; what the other side asked for comes on top."""
        longest = SHORT_WAITS.get(lease.kind, LONGEST_WAIT)
        ceiling = min(FIRST_WAIT * 2 ** min(lease.attempt - 1, 20), longest)
        jitter = ceiling * self._dice.random()
        if after is None:
            return jitter
        return min(max(after, timedelta()), LONGEST_RETRY_AFTER) + min(jitter, FIRST_WAIT)


def _chat(conversation: str) -> str:
    return f"chat:{conversation}"


_RELEASE = (  # built once: it runs with every message
    update(outbox)
    .where(
        outbox.c.stream == bindparam("chat"),
        outbox.c.state == "queued",
        outbox.c.attempts == 0,
        outbox.c.not_before > bindparam("now"),
    )
    .values(not_before=bindparam("now"))
)


def release(connection: Connection, conversation: str, now: datetime) -> None:
    """Let go what is to be said there and was held for a better time (quiet_hours.py)."""
    connection.execute(_RELEASE, {"chat": _chat(conversation), "now": now})


def fitting(key: str, limit: int = 160) -> str:
    """The key as it is stored: a longer one by its hash."""
    if len(key) <= limit:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{key[: limit - 65]}:{digest}"


def _due(now: datetime, lease: timedelta, pauses: tuple[str, ...]) -> Any:
    """The oldest item that may go: due, leased by nobody, none before it in its stream, its system not left alone."""
    earlier = outbox.alias("earlier")
    free = or_(
        outbox.c.lease_until.is_(None),
        outbox.c.lease_until <= now,
        outbox.c.lease_until > now + lease + APART,  # F14: no lease is that long; the clock was set back
    )
    due = or_(
        outbox.c.not_before <= now,
        # F14: no wait between tries is that long either
        and_(outbox.c.attempts > 0, outbox.c.not_before > now + LONGEST_RETRY_AFTER + FIRST_WAIT + APART),
    )
    waits = (
        select(earlier.c.id)
        .where(earlier.c.stream == outbox.c.stream, earlier.c.id < outbox.c.id, earlier.c.state == "queued")
        .exists()
    )
    # After its day it is tried all the same, and is a dead letter (F5): a person waits to see it.
    allowed = [or_(~outbox.c.kind.startswith(kinds), outbox.c.give_up_at <= now) for kinds in pauses]
    columns = (
        outbox.c.id,
        outbox.c.kind,
        outbox.c.fence,
        outbox.c.attempts,
        outbox.c.lapses,
        outbox.c.lease_until,
        outbox.c.give_up_at,
    )
    return (
        select(*columns)
        .where(outbox.c.state == "queued", free, due, ~waits, *allowed)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(1)
    )


def _stream(kind: str, payload: Mapping[str, Any]) -> str | None:
    """Replies of one conversation, and steps of one ticket, go out in the order they were put."""
    if kind == LOOK:  # waits for nothing, and nothing for it
        return f"look:{payload['reference']}"
    if kind == "chat.say" and payload.get("conversation"):
        return _chat(str(payload["conversation"]))
    if kind.startswith("ticket.") and payload.get("reference"):
        return f"ticket:{payload['reference']}"
    return None


def _place(err: BaseException) -> str:
    """File and line where it was raised."""
    trace = err.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"


def _short(reason: str) -> str:
    return " ".join(reason.split())[:200]
