"""What Tier0 does for accounts: look, unlock, and replace a password (design.md, security.md S1-S8,
F1-F4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy.engine import Connection

from servicedesk.audit import Audit
from servicedesk.changes import Changes
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation
from servicedesk.directory.errors import (
    DirectoryError,
    DirectoryUnavailable,
    NotSupported,
    OutcomeUnknown,
)
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.factors.rules import refusal
from servicedesk.keys import KeyRing
from servicedesk.links import Links
from servicedesk.outbox import GiveUp, Outbox, TryAgain
from servicedesk.password_change import ChangeOutcome, ChangeResult, PasswordChange
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.unlocking import Unlocking, UnlockOutcome, UnlockResult
from servicedesk.verification import Verification

__all__ = [
    "Accounts",
    "ChangeOutcome",
    "ChangeResult",
    "Condition",
    "Diagnosis",
    "UnlockOutcome",
    "UnlockResult",
]

logger = logging.getLogger(__name__)


class Condition(str, Enum):
    FINE = "fine"
    LOCKED = "locked"
    EXPIRED = "expired"
    MUST_CHANGE = "must_change"
    REFUSED = "refused"  # unknown, disabled, privileged, guest, no factor, ...: one word outside (S8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    account: Account | None
    condition: Condition
    lockouts_today: int
    paused_until: datetime | None
    reason: str  # why it is refused, for L1's eyes only; empty otherwise

    @property
    def paused(self) -> bool:
        return self.paused_until is not None


class Accounts:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        keys: KeyRing,
        settings: Settings,
        directory: Directory,
        verification: Verification,
        links: Links,
        audit: Audit,
        outbox: Outbox,
        suspicious_lockouts: int,
        stopped: Callable[[AccountId], bool] = lambda account: False,  # by a risk (handover/risk.py)
    ) -> None:
        self._store = store
        self._directory = directory
        self._verification = verification
        self._links = links
        self._audit = audit
        self._changes = Changes(clock=clock, keys=keys, settings=settings, audit=audit, outbox=outbox)
        self._unlocking = Unlocking(
            store=store,
            clock=clock,
            settings=settings,
            directory=directory,
            verification=verification,
            links=links,
            changes=self._changes,
            outbox=outbox,
            suspicious=suspicious_lockouts,
        )
        self._password_change = PasswordChange(
            store=store,
            clock=clock,
            settings=settings,
            directory=directory,
            verification=verification,
            links=links,
            changes=self._changes,
            outbox=outbox,
            unlocking=self._unlocking,
            stopped=stopped,
        )

    def diagnose(self, account_id: AccountId) -> Diagnosis:
        """What is wrong with this account, before anything is asked for. Raises DirectoryUnavailable."""
        account = self._directory.find(account_id)
        reason = refusal(account)
        if account is not None and not reason and not self._verification.factors(account):
            reason = "no factor that counts"
        return Diagnosis(
            account=account,
            condition=Condition.REFUSED if account is None or reason else _condition(account),
            lockouts_today=self._lockouts_today(account_id, account),
            paused_until=self._verification.paused_until(account_id, proven=True),
            reason=reason,
        )

    def _lockouts_today(self, account_id: AccountId, account: Account | None) -> int:
        with self._store.transaction() as connection:
            before = self._changes.lockouts_today(connection, account_id, None)
        now = int(account is not None and account.locked)
        return max(before + now, account.lockouts_today if account is not None else 0)

    def begin_reset_link(self, conversation: Conversation, language: str) -> str | None:
        """Turn this conversation's accepted proof into a link to the reset page; None when there is no such
        proof.

        Nothing is asked of the directory here: the page's POST checks everything again before it writes."""
        if not conversation.proven:
            return None
        with self._store.transaction() as connection:
            account = self._verification.spend_accepted(conversation.id, "reset", connection=connection)
            if account is None or account != conversation.account:
                return None
            token = self._links.issue(account, conversation.id, language, connection=connection)
            self._record(connection, "link.issued", account)
        return self._links.url(token)

    def unlock(self, conversation: Conversation) -> UnlockOutcome:
        """End the lockout of the account that this conversation has proven to be its own."""
        return self._anchored(self._unlocking.unlock(conversation))

    def retry_unlock(self, payload: dict[str, Any]) -> None:
        """The worker's handler of "account.unlock". Raises TryAgain while the directory is down."""
        self._unlocking.retry(payload)

    def change_password(self, token: str, password: str) -> ChangeOutcome:
        """Replace the password of the account that this link is for. The password is kept nowhere.

        Raises StoreUnavailable when not even the link could be claimed: nothing was changed then."""
        return self._anchored(self._password_change.change(token, password))

    def settle(self, payload: dict[str, Any]) -> None:
        """The worker's handler of "account.settle": find out how a change ended. Raises TryAgain."""
        self._password_change.settle(payload)

    def revoke_sessions(self, payload: dict[str, Any]) -> None:
        """The worker's handler of "account.revoke": where the directory can (S6). Raises TryAgain, GiveUp."""
        try:
            self._directory.revoke_sessions(AccountId(str(payload["account"])))
        except NotSupported:
            return
        except (DirectoryUnavailable, OutcomeUnknown) as err:  # twice does no harm
            raise TryAgain("the directory does not answer") from err
        except DirectoryError as err:
            raise GiveUp("the directory refuses to end the sessions") from err

    def alarm(self, token: str) -> bool:
        """The owner says "that was not me" (S6): self-service stops for a day, everything open ends, L1 is
        alarmed.

        For the POST of the page behind the notice's link; False when the link is used, too old or unknown."""
        with self._store.transaction() as connection:
            change = self._changes.raise_alarm(connection, token)
            if change is None:
                return False
            for proven in (True, False):
                self._verification.limits.pause(connection, change.account, proven=proven)
            self._verification.challenges.void_all(connection, change.account)
            self._links.void_all(change.account, connection=connection)
            self._record(connection, "account.alarm", change.account)
            self._changes.tell_l1(connection, change, "not_me")
        return True

    def _anchored(self, outcome: Any) -> Any:
        """A tail that is cut right after a change shows as well (D2)."""
        try:
            self._audit.anchor()
        except OSError:
            logger.exception("the audit trail's head could not be written")
        return outcome

    def _record(self, connection: Connection, event: str, account: AccountId) -> None:
        self._audit.record(connection, event=event, outcome="done", actor="bot", subject=account)


def _condition(account: Account) -> Condition:
    if account.locked:
        return Condition.LOCKED
    if account.must_change_password:
        return Condition.MUST_CHANGE
    return Condition.EXPIRED if account.password_expired else Condition.FINE
