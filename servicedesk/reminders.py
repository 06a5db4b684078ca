"""What the worker tells people unasked: the account was locked a moment ago, the password is about to expire.

Only where a private chat has proven whose account it is, in working hours of the person's country, each occasion
once, and never to those whom self-service must not touch (S1, S7). Who wants none gets none."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from sqlalchemy import and_, delete, exists, insert, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.directory.errors import NotSupported
from servicedesk.directory.port import Account, AccountId, Directory, Expiry
from servicedesk.factors.rules import refusal
from servicedesk.outbox import Outbox
from servicedesk.private_chats import private_chats
from servicedesk.quiet_hours import is_quiet
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import reminders, reminders_off
from servicedesk.texts import say
from servicedesk.time_zones import local
from servicedesk.verification import Verification

log = logging.getLogger(__name__)

JUST = timedelta(minutes=15)  # a lockout older than this is no news
ROUND_SECONDS = 5.0  # the worker has other work, and the next round is near
OFF = '/reminders{"switch": "off"}'
DATE_PATTERNS = {"nb": "EEEE d. MMMM", "sv": "EEEE d MMMM", "de": "EEEE, d. MMMM", "en": "EEEE d MMMM"}


class Reminders:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        directory: Directory,
        verification: Verification,
        outbox: Outbox,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._directory = directory
        self._verification = verification
        self._outbox = outbox
        self._cannot: set[str] = set()

    # --- the off switch ---

    def turn(self, account: AccountId, *, on: bool) -> None:
        with self._store.transaction() as connection:
            connection.execute(delete(reminders_off).where(reminders_off.c.account == account))
            if not on:
                connection.execute(insert(reminders_off).values(account=account, since=self._clock.now()))

    def are_on(self, account: AccountId) -> bool:
        query = select(reminders_off.c.account).where(reminders_off.c.account == account)
        with self._store.transaction() as connection:
            return self._settings.reminders.on and connection.execute(query).first() is None

    # --- the worker's chores ---

    def look_for_lockouts(self) -> int:
        """Ask those who were locked out a moment ago whether to open it; how many were asked. Raises
        DirectoryUnavailable, StoreUnavailable."""
        now = self._clock.now()
        locked: Sequence[AccountId] = self._found(
            "lockouts", lambda: self._directory.locked_since(now - JUST)
        )
        return self._each(locked, self._ask_to_open)

    def look_for_expiries(self) -> int:
        """Remind those whose password is about to expire; how many were. Raises as above."""
        now, days = self._clock.now(), self._settings.reminders.days
        if not days:
            return 0
        last = now + timedelta(days=max(days))
        found: Sequence[Expiry] = self._found("expiries", lambda: self._directory.expiring(now, last))
        return self._each(found, self._remind)

    # --- one person ---

    def _ask_to_open(self, account_id: AccountId) -> bool | None:
        chat = self._chat(account_id)
        account = self._helpable(account_id) if chat is not None else None
        if chat is None or account is None or account.locked_at is None or not account.unlockable:
            return None
        if chat.seen_at >= account.locked_at:  # is talking to us already
            return None
        if self._verification.paused_until(account_id, proven=True) or not self._verification.factors(
            account
        ):
            return None
        occasion = f"locked:{account.locked_at.isoformat(timespec='seconds')}"
        return self._say(chat, account, occasion, "reminder_locked", ("unlock", "/account_unlock"))

    def _remind(self, expiry: Expiry) -> bool | None:
        chat = self._chat(expiry.account)
        if chat is None:
            return None
        left = max(1, math.ceil((expiry.at - self._clock.now()) / timedelta(days=1)))
        step = min(step for step in self._settings.reminders.days if step >= left)
        occasion = f"expires:{expiry.at.date().isoformat()}:{step}"
        if self._was_said(expiry.account, occasion):
            return None
        account = self._helpable(expiry.account)
        if account is None or account.password_expired or account.must_change_password:
            return None
        text = "reminder_expires" if left > 1 else "reminder_expires_soon"
        return self._say(
            chat,
            account,
            occasion,
            text,
            ("reset", "/password_reset"),
            days=left,
            date=self._date(chat, account, expiry.at),
        )

    def _say(
        self, chat: Row, account: Account, occasion: str, text: str, button: tuple[str, str], **values: Any
    ) -> bool | None:
        """Once: whoever comes second with the same occasion says nothing."""
        language = chat.language or account.language
        if is_quiet(self._settings.reminders, self._clock.now(), account.country):
            return None
        with self._store.transaction() as connection:
            if not self._claim(connection, account.id, occasion):
                return None
            self._outbox.put(
                connection,
                kind="chat.say",
                key=f"reminder:{account.id}:{occasion}",
                payload={
                    "conversation": chat.id,
                    "text": say(language, text, name=account.given_name, **values),
                    "choices": [
                        {"title": say(language, f"button_{button[0]}"), "payload": button[1]},
                        {"title": say(language, "button_reminders_off"), "payload": OFF},
                    ],
                    "author": "notice",
                },
            )
        return True

    # --- inside ---

    def _found(self, what: str, ask: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        if not self._settings.reminders.on:
            return ()
        try:
            return ask()
        except NotSupported as err:
            if what not in self._cannot:
                log.info("reminders: nobody is told of %s: %s", what, err)
                self._cannot.add(what)
            return ()

    def _each(self, found: Sequence[Any], work: Callable[[Any], bool | None]) -> int:
        """As many as there is time for. In no order, or those who cannot be helped would stand before the others each
        time."""
        said, started = 0, time.monotonic()
        for one in random.sample(found, len(found)):
            said += bool(work(one))
            if time.monotonic() - started > ROUND_SECONDS:
                break
        return said

    def _helpable(self, account_id: AccountId) -> Account | None:
        """The account as it is this moment, where self-service may touch it (S7)."""
        account = self._directory.find(account_id)
        return None if account is None or refusal(account) else account

    def _chat(self, account: AccountId) -> Row | None:
        """Where this person was last seen, one to one and proven, and on a chat platform still linked; None also for who
        wants no reminders."""
        wanted = ~exists(select(reminders_off.c.account).where(reminders_off.c.account == account))
        query = private_chats(account).where(wanted).limit(1)
        with self._store.transaction() as connection:
            return connection.execute(query).one_or_none()

    def _was_said(self, account: AccountId, occasion: str) -> bool:
        query = select(reminders.c.at).where(
            and_(reminders.c.account == account, reminders.c.occasion == occasion)
        )
        with self._store.transaction() as connection:
            return connection.execute(query).first() is not None

    def _claim(self, connection: Connection, account: AccountId, occasion: str) -> bool:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(reminders).values(account=account, occasion=occasion, at=self._clock.now())
                )
        except IntegrityError:
            return False
        return True

    def _date(self, chat: Row, account: Account, at: datetime) -> str:
        language = chat.language or account.language
        locale = "en_GB" if language == "en" else language
        return str(
            format_datetime(
                local(at, account.country), DATE_PATTERNS.get(language, "EEEE d MMMM"), locale=locale
            )
        )
