"""Ending a lockout: the gates, the write, and what follows when the directory does not answer (S6, S7,
F1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy.engine import Connection

from servicedesk.changes import Change, Changes, State
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation
from servicedesk.directory.errors import (
    ChangeForbidden,
    DirectoryError,
    DirectoryUnavailable,
    NotSupported,
    OutcomeUnknown,
)
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.factors.rules import has_new_factor, refusal
from servicedesk.links import Links
from servicedesk.outbox import Outbox, TryAgain
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.verification import Verification

RETRY_FOR = timedelta(minutes=10)  # F1: then L1
RETRY_AFTER = timedelta(seconds=15)
CRASH_CHECK = timedelta(seconds=60)  # when the worker looks whether a process died over it (F7)


class UnlockResult(str, Enum):
    DONE = "done"
    NOT_LOCKED = "not_locked"
    AGAIN_LOCKED = (
        "again_locked"  # unlocked, and locked again at once: something keeps trying an old password
    )
    REFUSED = "refused"
    LIMIT = "limit"  # as often as self-service may in a day
    QUEUED = "queued"  # the directory is down: tried again for ten minutes, then L1
    FAILED = "failed"
    NOT_SUPPORTED = "not_supported"  # this directory's lockouts end by themselves only
    NO_PROOF = "no_proof"  # nothing proven in this conversation, or too long ago


NEWS = {  # after any other end the employee reads that it failed, and L1 gets the case
    UnlockResult.DONE: "chat_unlocked",
    UnlockResult.AGAIN_LOCKED: "chat_unlocked",
    UnlockResult.NOT_SUPPORTED: "chat_lockout_temporary",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnlockOutcome:
    result: UnlockResult
    lockouts_today: int = 0
    given_name: str = ""


class Unlocking:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        directory: Directory,
        verification: Verification,
        links: Links,
        changes: Changes,
        outbox: Outbox,
        suspicious: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._directory = directory
        self._verification = verification
        self._links = links
        self._changes = changes
        self._outbox = outbox
        self._suspicious = suspicious  # lockouts in a day: L1 hears of it, it may be an attack

    def unlock(self, conversation: Conversation) -> UnlockOutcome:
        if not conversation.proven or conversation.account is None:
            return UnlockOutcome(result=UnlockResult.NO_PROOF)
        try:
            account, down = self._directory.find(conversation.account), False
        except DirectoryUnavailable:
            account, down = None, True
        with self._store.transaction() as connection:
            begun = self._begin(connection, conversation, conversation.account, account, down=down)
        if isinstance(begun, UnlockResult):
            return _outcome(begun, account)
        language = conversation.language or (account.language if account else "en")
        return self._carry_out(begun, language, self._clock.now() + RETRY_FOR)

    def queue(
        self, connection: Connection, account: AccountId, conversation: str | None, language: str
    ) -> None:
        """Have the worker unlock an account whose gates were passed (F4: the password is set, the lock is
        left)."""
        change = self._changes.intend(
            connection, account=account, kind="unlock", conversation=conversation, state="queued"
        )
        self._put(connection, change, language, self._clock.now() + RETRY_FOR, step="now")

    def retry(self, payload: dict[str, Any]) -> None:
        """Try a queued unlock again, or one whose process died. Raises TryAgain while the directory is
        down."""
        with self._store.transaction() as connection:
            change = self._changes.unsettled(connection, str(payload["change"]))
        if change is None:
            return
        until = datetime.fromisoformat(str(payload["until"]))
        language = str(payload["language"])
        outcome = self._carry_out(change, language, until, later=True)
        if outcome.result is UnlockResult.QUEUED:
            if self._clock.now() < until:
                raise TryAgain("the directory does not answer", RETRY_AFTER)
            self._end(change, None, "failed", UnlockResult.FAILED, tell=language)

    def _begin(
        self,
        connection: Connection,
        conversation: Conversation,
        account_id: AccountId,
        account: Account | None,
        *,
        down: bool,
    ) -> Change | UnlockResult:
        spent = self._verification.spend(connection, conversation.id, "unlock")
        if spent is None or spent.account != account_id:
            return UnlockResult.NO_PROOF
        if (
            self._changes.count_today(connection, account_id, "unlock")
            >= self._settings.limits.unlocks_per_day
        ):
            return self._refuse(connection, account_id, "limit", UnlockResult.LIMIT)
        language = conversation.language or (account.language if account else "en")
        if down:
            self.queue(connection, account_id, conversation.id, language)
            return UnlockResult.QUEUED
        reason = refusal(account)
        if account is None or reason:
            return self._refuse(connection, account_id, reason, UnlockResult.REFUSED)
        if has_new_factor(account, spent.issued_at):
            return self._refuse(connection, account_id, "new factor", UnlockResult.NO_PROOF)
        if not account.locked:
            return UnlockResult.NOT_LOCKED
        change = self._changes.intend(
            connection, account=account_id, kind="unlock", conversation=conversation.id
        )
        self._put(connection, change, language, self._clock.now() + RETRY_FOR, step="check")
        return change

    def _carry_out(
        self, change: Change, language: str, until: datetime, *, later: bool = False
    ) -> UnlockOutcome:
        """`later`: the employee is not waiting for the answer any more, and reads in the chat how it ended."""
        tell = language if later else None
        try:
            account = self._directory.find(change.account)
            if account is None or refusal(account):  # checked again at the write (S7, U15)
                return self._end(change, account, "refused", UnlockResult.REFUSED, tell=tell)
            after = self._write(account)
        except (DirectoryUnavailable, OutcomeUnknown):  # unlocking twice does no harm
            return (
                UnlockOutcome(result=UnlockResult.QUEUED) if later else self._later(change, language, until)
            )
        except ChangeForbidden:
            return self._end(change, None, "refused", UnlockResult.REFUSED, tell=tell)
        except NotSupported:
            return self._end(change, None, "failed", UnlockResult.NOT_SUPPORTED, tell=tell)
        except DirectoryError:
            return self._end(change, None, "failed", UnlockResult.FAILED, tell=tell)
        result = UnlockResult.AGAIN_LOCKED if after is not None and after.locked else UnlockResult.DONE
        return self._end(change, account, "done", result, tell=tell)

    def _write(self, account: Account) -> Account | None:
        """Unlock and look again. The look only tells more: without it the unlock counts all the same."""
        try:
            self._directory.unlock(account.id)
        except OutcomeUnknown:
            after = self._directory.find(account.id)
            if after is None or after.locked:
                raise
            return after
        try:
            return self._directory.find(account.id)
        except DirectoryUnavailable:
            return None

    def _end(
        self,
        change: Change,
        account: Account | None,
        state: State,
        result: UnlockResult,
        *,
        tell: str | None,
    ) -> UnlockOutcome:
        """Write down how it ended, with all that follows from it; `tell` is the language of the chat's news."""
        with self._store.transaction() as connection:
            lockouts = self._changes.lockouts_today(connection, change.account, account)
            if self._changes.finish(connection, change, state):
                if state == "done" and account is not None:
                    self._verification.challenges.void_all(connection, change.account)
                    self._links.void_all(change.account, connection=connection)
                    self._changes.tell_owner(connection, change, account)
                    if lockouts >= self._suspicious:
                        self._changes.tell_l1(connection, change, "locked_again")
                if tell is not None:
                    self._changes.tell_chat(connection, change, tell, NEWS.get(result, "chat_unlock_failed"))
                    if result not in NEWS:
                        self._changes.tell_l1(connection, change, "unlock_failed")
        return replace(_outcome(result, account), lockouts_today=lockouts)

    def _later(self, change: Change, language: str, until: datetime) -> UnlockOutcome:
        with self._store.transaction() as connection:
            if self._changes.finish(connection, change, "queued"):
                self._put(connection, change, language, until, step="now")
        return UnlockOutcome(result=UnlockResult.QUEUED)

    def _refuse(
        self, connection: Connection, account: AccountId, reason: str, result: UnlockResult
    ) -> UnlockResult:
        self._changes.refuse(connection, account=account, kind="unlock", actor="bot", reason=reason)
        return result

    def _put(
        self, connection: Connection, change: Change, language: str, until: datetime, *, step: str
    ) -> None:
        wait = RETRY_AFTER if step == "now" else CRASH_CHECK
        self._outbox.put(
            connection,
            kind="account.unlock",
            key=f"unlock:{change.id}:{step}",
            payload={
                "change": change.id,
                "account": change.account,
                "conversation": change.conversation,
                "language": language,
                "until": until.isoformat(),
            },
            not_before=self._clock.now() + wait,
        )


def _outcome(result: UnlockResult, account: Account | None) -> UnlockOutcome:
    if account is None:
        return UnlockOutcome(result=result)
    return UnlockOutcome(result=result, given_name=account.given_name)
