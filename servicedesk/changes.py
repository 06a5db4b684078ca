"""The journal of account changes: intent before, outcome after, and the news to the owner (D2, S6).

All methods join the caller's transaction."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.audit import Audit
from servicedesk.clock import Clock
from servicedesk.delivery.port import Medium
from servicedesk.directory.port import Account, AccountId
from servicedesk.keys import KeyRing
from servicedesk.outbox import Outbox
from servicedesk.sealed_links import seal_link
from servicedesk.settings import Settings
from servicedesk.store.tables import account_changes
from servicedesk.store.turns import Turn, wait_for_turn
from servicedesk.texts import say
from servicedesk.time_zones import local

Kind = Literal["reset", "unlock"]
State = Literal["intended", "queued", "done", "refused", "failed", "unknown"]

UNSETTLED = ("intended", "queued", "unknown")
ENDED: tuple[State, ...] = ("done", "refused", "failed")
ALARM_LIFETIME = timedelta(days=7)
ALARM_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    id: str
    account: AccountId
    kind: Kind
    conversation: str | None
    actor: str  # bot: in a chat; page: on the reset page


class Changes:
    def __init__(
        self, *, clock: Clock, keys: KeyRing, settings: Settings, audit: Audit, outbox: Outbox
    ) -> None:
        self._clock = clock
        self._keys = keys
        self._settings = settings
        self._audit = audit
        self._outbox = outbox

    def intend(
        self,
        connection: Connection,
        *,
        account: AccountId,
        kind: Kind,
        conversation: str | None,
        state: State = "intended",
        password_before: datetime | None = None,
    ) -> Change:
        """Write down what is about to be done; without this row nothing may be done."""
        wait_for_turn(connection, Turn.ACCOUNT, account)
        change = Change(
            id=uuid.uuid4().hex,
            account=account,
            kind=kind,
            conversation=conversation,
            actor="bot" if conversation else "page",
        )
        connection.execute(
            insert(account_changes).values(
                id=change.id,
                account=account,
                kind=kind,
                conversation=conversation,
                state=state,
                started_at=self._clock.now(),
                password_before=password_before,
            )
        )
        self._record(connection, change, state)
        return change

    def finish(
        self, connection: Connection, change: Change, state: State, *, unless: tuple[State, ...] = ENDED
    ) -> bool:
        """Write down how it ended; False when that stands there already, and nothing more may follow from
        it."""
        wait_for_turn(connection, Turn.ACCOUNT, change.account)
        ended = connection.execute(
            update(account_changes)
            .where(account_changes.c.id == change.id, account_changes.c.state.not_in(unless))
            .values(state=state, ended_at=None if state in UNSETTLED else self._clock.now())
        )
        if ended.rowcount != 1:
            return False
        self._record(connection, change, state)
        return True

    def refuse(
        self, connection: Connection, *, account: AccountId, kind: Kind, actor: str, reason: str
    ) -> None:
        """Nothing was begun, and the trail says why."""
        wait_for_turn(connection, Turn.ACCOUNT, account)
        self._audit.record(
            connection,
            event=f"account.{kind}",
            outcome="refused",
            actor=actor,
            subject=account,
            details={"reason": reason},
        )

    def unsettled(self, connection: Connection, identifier: str) -> Change | None:
        query = select(account_changes).where(
            account_changes.c.id == identifier, account_changes.c.state.in_(UNSETTLED)
        )
        row = connection.execute(query).one_or_none()
        return None if row is None else _change(row)

    def leave_behind(
        self,
        connection: Connection,
        account: AccountId,
        password_changed_at: datetime | None,
        before: datetime,
    ) -> None:
        """End resets of this account that began before that time and came to nothing: their process died, and
        the password is still the one that they found. Else they would take the next change for their own."""
        wait_for_turn(connection, Turn.ACCOUNT, account)
        query = select(account_changes).where(
            account_changes.c.account == account,
            account_changes.c.kind == "reset",
            account_changes.c.state.in_(UNSETTLED),
            account_changes.c.password_before == password_changed_at,
            account_changes.c.started_at <= before,
        )
        for row in connection.execute(query).all():
            self.finish(connection, _change(row), "failed")

    def count_today(self, connection: Connection, account: AccountId, kind: Kind) -> int:
        """How often this was done, or may have been, in the last 24 hours."""
        query = select(func.count()).where(
            account_changes.c.account == account,
            account_changes.c.kind == kind,
            account_changes.c.state.in_(("done", *UNSETTLED)),
            account_changes.c.started_at > self._clock.now() - timedelta(hours=24),
        )
        return int(connection.execute(query).scalar_one())

    def lockouts_today(self, connection: Connection, account_id: AccountId, account: Account | None) -> int:
        """How often the account was locked in the last 24 hours, as far as anybody knows: directories that keep the last
        lockout only say nothing of those before, but we have opened them."""
        opened = self.count_today(connection, account_id, "unlock")
        told = account.lockouts_today if account is not None else 0
        return max(told, opened)

    def tell_owner(self, connection: Connection, change: Change, account: Account) -> None:
        """News to every registered address, in the owner's language, with a way to say "that was not me"
        (S6). It waits in the queue with that link sealed: only who hands it over reads it (S4)."""
        token = secrets.token_urlsafe(ALARM_BYTES)
        connection.execute(
            update(account_changes).where(account_changes.c.id == change.id).values(alarm_hash=_hash(token))
        )
        values = {
            "company": self._settings.company,
            "name": account.given_name,
            "time": self._local_time(account),
            "alarm_url": seal_link(self._keys, change.id, f"{self._settings.desk_url}/not-me/{token}"),
        }
        language, kind = account.language, change.kind
        for number, address in enumerate(
            dict.fromkeys(filter(None, (account.email, account.alternate_email)))
        ):
            payload = {
                "change": change.id,
                "recipient": address,
                "subject": say(language, f"notice_{kind}_subject", **values),
                "text": say(language, f"notice_{kind}", **values),
                "language": language,
            }
            self._outbox.put(
                connection, kind="notice.mail", key=f"notice:{change.id}:mail{number}", payload=payload
            )
        if account.phone is not None and Medium.SMS in self._settings.delivery.media:
            text = say(language, f"notice_{kind}_sms", **values)
            payload = {
                "change": change.id,
                "recipient": account.phone.number,
                "subject": "",
                "text": text,
                "language": language,
            }
            self._outbox.put(connection, kind="notice.sms", key=f"notice:{change.id}:sms", payload=payload)

    def tell_chat(self, connection: Connection, change: Change, language: str, text: str) -> None:
        """News into the conversation that asked for the change; nothing where it was asked for on the
        page."""
        if change.conversation is None:
            return
        self._outbox.put(
            connection,
            kind="chat.say",
            key=f"chat:{change.id}:{text}",
            payload={
                "conversation": change.conversation,
                "text": say(language, text),
                "content": {},
                "author": "notice",
                "author_name": "",
            },
        )

    def revoke_sessions(self, connection: Connection, change: Change) -> None:
        """Have the worker end what the account is signed in to (S6)."""
        self._outbox.put(
            connection, kind="account.revoke", key=f"revoke:{change.id}", payload={"account": change.account}
        )

    def tell_l1(self, connection: Connection, change: Change, reason: str) -> None:
        self._outbox.put(
            connection,
            kind="case.report",
            key=f"report:{reason}:{change.id}",
            payload={
                "reason": reason,
                "account": change.account,
                "conversation": change.conversation,
                "proven": change.actor == "bot",
            },
        )

    def raise_alarm(self, connection: Connection, token: str) -> Change | None:
        """Use a notice's "not me" link up: once, within seven days."""
        now = self._clock.now()
        query = select(account_changes).where(account_changes.c.alarm_hash == _hash(token))
        row = connection.execute(query).one_or_none()
        if row is None or not row.started_at <= now < row.started_at + ALARM_LIFETIME:
            return None
        wait_for_turn(connection, Turn.ACCOUNT, row.account)
        used = connection.execute(
            update(account_changes)
            .where(account_changes.c.id == row.id, account_changes.c.alarm_at.is_(None))
            .values(alarm_at=now)
        )
        return _change(row) if used.rowcount == 1 else None

    def _local_time(self, account: Account) -> str:
        return local(self._clock.now(), account.country).strftime("%d.%m.%Y %H:%M %Z")

    def _record(self, connection: Connection, change: Change, outcome: str) -> None:
        self._audit.record(
            connection,
            event=f"account.{change.kind}",
            outcome=outcome,
            actor=change.actor,
            subject=change.account,
            details={"change": change.id},
        )


def _change(row: Row) -> Change:
    return Change(
        id=row.id,
        account=AccountId(row.account),
        kind=row.kind,
        conversation=row.conversation,
        actor="bot" if row.conversation else "page",
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
