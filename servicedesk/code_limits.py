"""How often codes may be tried and sent (S3). Everything is counted in the database of record, never in
memory (F13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.settings import Limits
from servicedesk.store.tables import channel_tries, code_sends, code_tries
from servicedesk.store.turns import Turn, wait_for_turn

DAY = timedelta(hours=24)
IN_FLIGHT, WRONG = "in flight", "wrong"  # how a counted try stands
UNPROVEN_CHANNEL = "page"  # the only place where codes are typed without a proven identity (S2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One counted try. It stays counted unless it is given back, which only a right code does."""

    account: str
    proven: bool
    at: float
    channel_try: int | None


class CodeLimits:
    """All methods join the caller's transaction; whoever counts has the account's turn until that ends."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits

    def lock(self, connection: Connection, account: str, *, proven: bool) -> Row:
        """The account's counter, made on first sight, and nobody else's until the transaction ends."""
        wait_for_turn(connection, Turn.ACCOUNT, account)
        query = select(code_tries).where(_is(account, proven)).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is not None:
            return row
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(code_tries).values(account=account, proven=proven, wrong=0, recent=[])
                )
        except IntegrityError:
            pass  # another process made it in between
        return connection.execute(query).one()

    def paused_until(self, connection: Connection, account: str, *, proven: bool) -> datetime | None:
        """When codes are taken again for this account, or None when they are taken now."""
        row = connection.execute(select(code_tries).where(_is(account, proven))).one_or_none()
        return None if row is None else self._pause(row)

    def channel_paused_until(self, connection: Connection) -> datetime | None:
        """The unproven channel's own pause: many wrong codes in a short time, over all accounts."""
        query = (
            select(channel_tries.c.at)
            .where(channel_tries.c.channel == UNPROVEN_CHANNEL)
            .order_by(channel_tries.c.id.desc())
            .limit(self._limits.unproven_wrong_codes)
        )
        newest_first = list(connection.execute(query).scalars())
        if len(newest_first) < self._limits.unproven_wrong_codes:
            return None
        if newest_first[0] - newest_first[-1] > self._limits.unproven_window:
            return None
        until: datetime = newest_first[0] + self._limits.unproven_pause
        return until if self._clock.now() < until else None

    def tries_left(self, connection: Connection, account: str, *, proven: bool) -> int:
        row = connection.execute(select(code_tries).where(_is(account, proven))).one_or_none()
        if row is None:
            return self._limits.wrong_codes_per_day
        if self._pause(row) is not None:
            return 0
        return max(0, self._limits.wrong_codes_per_day - len(self._recent(row)))

    def count_try(self, connection: Connection, account: str, *, proven: bool) -> Try | None:
        """Count a try before its code is looked at; None when there is none left (U2)."""
        row = self.lock(connection, account, proven=proven)
        recent = self._recent(row)
        if self._pause(row) is not None:
            return None
        if not proven:
            wait_for_turn(connection, Turn.CHANNEL, UNPROVEN_CHANNEL)
            if self.channel_paused_until(connection) is not None:
                return None
        now = self._clock.now()
        counted = connection.execute(
            update(code_tries)
            .where(_is(account, proven), code_tries.c.wrong == row.wrong)
            .values(wrong=len(recent) + 1, recent=[*recent, [now.timestamp(), IN_FLIGHT]], paused_until=None)
        )
        if counted.rowcount != 1:
            return None
        channel_try = None
        if not proven:
            added = connection.execute(insert(channel_tries).values(channel=UNPROVEN_CHANNEL, at=now))
            channel_try = int(added.inserted_primary_key[0])
        return Try(account=account, proven=proven, at=now.timestamp(), channel_try=channel_try)

    def give_back(self, connection: Connection, counted: Try) -> None:
        """The code was right: it does not count as a wrong one."""
        recent = list(self.lock(connection, counted.account, proven=counted.proven).recent)
        if [counted.at, IN_FLIGHT] in recent:
            recent.remove([counted.at, IN_FLIGHT])
        connection.execute(
            update(code_tries)
            .where(_is(counted.account, counted.proven))
            .values(wrong=len(recent), recent=recent)
        )
        if counted.channel_try is not None:
            connection.execute(delete(channel_tries).where(channel_tries.c.id == counted.channel_try))

    def pause_if_used_up(self, connection: Connection, counted: Try) -> datetime | None:
        """The code was wrong: pause self-service if that was the last try. Returns until when, that one time.

        Tries that are still being compared do not pause: one of them may be the right one."""
        row = self.lock(connection, counted.account, proven=counted.proven)
        recent = list(row.recent)
        if [counted.at, IN_FLIGHT] in recent:
            recent[recent.index([counted.at, IN_FLIGHT])] = [counted.at, WRONG]
        connection.execute(
            update(code_tries).where(_is(counted.account, counted.proven)).values(recent=recent)
        )
        wrong = sum(state == WRONG for _, state in recent)
        if wrong < self._limits.wrong_codes_per_day or row.paused_until is not None:
            return None
        return self.pause(connection, counted.account, proven=counted.proven)

    def pause(self, connection: Connection, account: str, *, proven: bool) -> datetime:
        """Pause self-service for this account from now on."""
        self.lock(connection, account, proven=proven)
        until = self._clock.now() + self._limits.pause
        connection.execute(update(code_tries).where(_is(account, proven)).values(paused_until=until))
        return until

    def send_wait(self, connection: Connection, account: str, *, proven: bool) -> timedelta | None:
        """How long until another code may be sent to this account (U3); None when it may be sent now.

        Strangers on the reset page get all but one of the account's sends in an hour, and all but two in a
        day: they cannot use up what the owner needs (U14)."""
        for row_proven in (True, False):
            self.lock(connection, account, proven=row_proven)
        now = self._clock.now()
        query = select(code_sends).where(code_sends.c.account == account, code_sends.c.at > now - DAY)
        sends = connection.execute(query.order_by(code_sends.c.at)).all()
        every = [row.at for row in sends]
        hour, limits = timedelta(hours=1), self._limits
        rules = [
            (every, limits.code_send_gap, 1),
            (every, hour, limits.code_sends_per_hour),
            (every, DAY, limits.code_sends_per_day),
        ]
        if not proven:
            strangers = [row.at for row in sends if not row.proven]
            rules += [
                (strangers, hour, limits.code_sends_per_hour - 1),
                (strangers, DAY, limits.code_sends_per_day - 2),
            ]
        waits = [_wait(times, window, limit, now) for times, window, limit in rules]
        return max(waits) or None

    def count_send(self, connection: Connection, account: str, *, proven: bool) -> None:
        connection.execute(insert(code_sends).values(account=account, proven=proven, at=self._clock.now()))

    def _recent(self, row: Row) -> list[list[Any]]:
        since = (self._clock.now() - DAY).timestamp()
        # A time in the future counts too: clocks may go back (F14).
        return [[at, state] for at, state in row.recent if at > since]

    def _pause(self, row: Row) -> datetime | None:
        now = self._clock.now()
        if row.paused_until is not None and now < row.paused_until:
            return row.paused_until  # type: ignore[no-any-return]
        recent = self._recent(row)
        if len(recent) < self._limits.wrong_codes_per_day:
            return None
        # All tries are out, and a process may have died before it wrote the pause down.
        return datetime.fromtimestamp(min(at for at, _ in recent), timezone.utc) + DAY


def _is(account: str, proven: bool) -> object:
    return and_(code_tries.c.account == account, code_tries.c.proven.is_(proven))


def _wait(times: list[datetime], window: timedelta, limit: int, now: datetime) -> timedelta:
    inside = [at for at in times if at > now - window]
    return inside[-limit] + window - now if len(inside) >= limit else timedelta(0)
