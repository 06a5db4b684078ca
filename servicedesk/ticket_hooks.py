"""What a ticket system's webhook sets off: the worker reads that one ticket now, as polling would a while later.

Whoever has sent it need not be believed: the id only chooses among the tickets of our own cases, and what is told comes
from the ticket. Many calls for one ticket are one look, so that a system that repeats itself costs no more."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.outbox import LOOK, Outbox
from servicedesk.store import Store
from servicedesk.store.tables import cases, watermarks
from servicedesk.store.tables import outbox as items
from servicedesk.ticketing.hooks import HOOKS, Headers, comes_from, ticket_in
from servicedesk.ticketing.settings import TicketingSettings

log = logging.getLogger(__name__)

HEARD, REFUSED = "hook", "hook refused"
A_MOMENT = timedelta(
    seconds=1
)  # a rule may run before its change can be read; and one change often calls twice
NOTED_EVERY = timedelta(seconds=30)
PER_SECOND = 20  # calls that are right; more would only repeat themselves
BURST = 200
MOST_AT_A_CALL = 2


class NoTicket(Exception):
    """The call is right, and names no ticket where this system does."""


class TooMany(Exception):
    pass


class TicketHooks:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        outbox: Outbox,
        settings: TicketingSettings,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._secret = settings.webhook_secret
        self.system = settings.system
        self._hook = HOOKS[settings.system]
        self._allowance = Allowance(PER_SECOND, BURST, seconds)
        self._refused_at: datetime | None = None

    def proven(self, headers: Headers, body: bytes) -> bool:
        """Whether this call comes from the ticket system that we have. Raises SettingsError, StoreUnavailable."""
        if self._secret is not None and comes_from(self._hook, self._secret.read(), headers, body):
            return True
        self._note_refusal()
        return False

    def heard(self, body: bytes) -> bool:
        """Have the ticket read that a proven call names; False where it is none of ours.

        Raises NoTicket, TooMany, StoreUnavailable."""
        if not self._allowance.takes_one():
            raise TooMany
        ticket = ticket_in(self._hook, body)
        with self._store.transaction() as connection:
            _note(connection, HEARD, self.system, self._clock.now())
            # By its number as well: which of the two a rule sends is easily mixed up, and a look too many does no harm.
            named = or_(cases.c.ticket_id == ticket, cases.c.ticket_number == ticket)
            query = select(cases.c.reference).where(named).limit(MOST_AT_A_CALL)
            references = connection.execute(query).scalars().all() if ticket else []
            for reference in references:
                self._have_it_read(connection, reference)
        if ticket is None:
            raise NoTicket
        return bool(references)

    def _have_it_read(self, connection: Connection, reference: str) -> None:
        """Unless that is about to happen anyway; one that has begun may have read too early."""
        waiting = select(items.c.id).where(
            items.c.stream == f"look:{reference}", items.c.state == "queued", items.c.lease_until.is_(None)
        )
        if connection.execute(waiting.limit(1)).first() is None:
            self._outbox.put(
                connection,
                kind=LOOK,
                key=f"{LOOK}:{reference}:{secrets.token_hex(8)}",
                payload={"reference": reference},
                not_before=self._clock.now() + A_MOMENT,
            )

    def _note_refusal(self) -> None:
        """For the administrator who has mistyped the secret; a stranger who knocks costs one row, once in a while."""
        now = self._clock.now()
        if self._refused_at is not None and timedelta() <= now - self._refused_at < NOTED_EVERY:
            return
        self._refused_at = now
        log.warning("ticket hooks: a call without the right secret was refused")
        with self._store.transaction() as connection:
            _note(connection, REFUSED, self.system, now)


class Allowance:
    """So many a second, and so many more at a time."""

    def __init__(self, per_second: float, burst: int, seconds: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._seconds = seconds
        self._left, self._at = float(burst), seconds()
        self._lock = threading.Lock()

    def takes_one(self) -> bool:
        with self._lock:
            now = self._seconds()
            self._left = min(self._left + (now - self._at) * self._per_second, self._burst)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


# --- when it was heard ---


def last(connection: Connection, what: str, system: str) -> datetime | None:
    """When a call was HEARD or REFUSED; None for never."""
    query = select(watermarks.c.at).where(watermarks.c.name == f"{what}:{system}")
    found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def _note(connection: Connection, what: str, system: str, now: datetime) -> None:
    """To the half minute, so that many calls are few writes."""
    known, name = last(connection, what, system), f"{what}:{system}"
    if known is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(watermarks).values(name=name, at=now))
        except IntegrityError:
            return  # another process has just noted it
    elif abs(now - known) >= NOTED_EVERY:
        connection.execute(update(watermarks).where(watermarks.c.name == name).values(at=now))
