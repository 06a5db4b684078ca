"""Replacing a password with a link from the chat or the reset page (S4-S7, F1, F3, F4).

The password lives in this one request: it goes to the policy and to the directory, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from servicedesk import passwords
from servicedesk.changes import ENDED, Change, Changes, State
from servicedesk.clock import Clock
from servicedesk.directory.errors import (
    DirectoryError,
    DirectoryUnavailable,
    OutcomeUnknown,
    PasswordFault,
    PasswordRejected,
)
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.factors.rules import has_new_factor, refusal
from servicedesk.links import Claim, Links, LinkView
from servicedesk.outbox import Outbox, TryAgain
from servicedesk.settings import Settings
from servicedesk.store import Store, StoreUnavailable
from servicedesk.unlocking import Unlocking
from servicedesk.verification import Verification

logger = logging.getLogger(__name__)

SETTLE_AFTER = timedelta(seconds=60)  # F3: long after every time-out, well within five minutes
SETTLE_FOR = timedelta(hours=1)
SETTLE_AGAIN = timedelta(seconds=30)
WRITE_WITHIN = timedelta(
    seconds=20
)  # of the intent (F7): whoever slept longer leaves it, before SETTLE_AFTER


class ChangeResult(str, Enum):
    DONE = "done"
    REJECTED = "rejected"  # the password is not good enough, `reasons` says why; the link is still good
    LINK_GONE = "link_gone"  # used, expired, replaced or never there
    UNAVAILABLE = "unavailable"  # the directory is down: nothing was changed, the link is still good
    UNKNOWN = "unknown"  # the answer was lost: nobody knows yet, the employee hears within five minutes
    REFUSED = "refused"  # not by self-service
    STOPPED = "stopped"  # not now: a risk stands against it (handover/risk.py)


FORBIDDEN = {
    "changed elsewhere": ChangeResult.LINK_GONE,
    "new factor": ChangeResult.LINK_GONE,
    "risk": ChangeResult.STOPPED,
}  # by the reason in the trail; any other is REFUSED


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeOutcome:
    result: ChangeResult
    reasons: tuple[PasswordFault, ...] = ()
    still_locked: bool = False  # the password is set, the lockout is not over yet (F4)
    must_change: bool = False  # the directory asks for another password at the first sign-in all the same


class PasswordChange:
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
        unlocking: Unlocking,
        stopped: Callable[[AccountId], bool],  # by a risk
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._directory = directory
        self._verification = verification
        self._links = links
        self._changes = changes
        self._outbox = outbox
        self._unlocking = unlocking
        self._stopped = stopped

    def change(self, token: str, password: str) -> ChangeOutcome:
        """Claim the link, check, write, and say what is certain. Raises StoreUnavailable: nothing was
        changed."""
        claim = self._links.claim(token)
        if claim is None or claim.link is None:
            return ChangeOutcome(result=ChangeResult.LINK_GONE)
        link = claim.link
        try:
            account = self._directory.find(link.account)
            stop = self._stop(link, account)
            if account is None or stop is not None:
                return self._forbid(claim, link, stop or "unknown")
            if self._stopped(account.id):
                return self._forbid(claim, link, "risk")
            policy = self._directory.policy(account.id)
        except DirectoryUnavailable:
            return self._freed(claim, ChangeResult.UNAVAILABLE)
        except DirectoryError:
            return self._forbid(claim, link, "directory")
        limits = self._settings.limits
        reasons = passwords.faults(
            password, account, policy, min_length=limits.min_password_length, company=self._settings.company
        )
        if reasons:
            return self._freed(claim, ChangeResult.REJECTED, reasons)
        return self._write(claim, link, account, password)

    def settle(self, payload: dict[str, Any]) -> None:
        """Find out how a change ended whose process died or whose answer was lost. Never writes a password.

        Raises TryAgain while the directory does not tell."""
        with self._store.transaction() as connection:
            change = self._changes.unsettled(connection, str(payload["change"]))
        if change is None:
            return
        language = str(payload["language"])
        try:
            account = self._directory.find(change.account)
        except DirectoryUnavailable as err:
            if self._clock.now() < datetime.fromisoformat(str(payload["until"])):
                raise TryAgain("the directory does not answer", SETTLE_AGAIN) from err
            account = None
        before = payload["before"]
        claim = _claim(payload)
        if account is None or before is None or account.password_changed_at is None:
            self._close(change, claim, language, "unknown", "chat_password_unknown", report=True)
        elif account.password_changed_at.isoformat() == before:
            self._close(change, claim, language, "failed", "chat_password_unchanged")
        else:
            self._done(change, claim, account, language)

    def _stop(self, link: LinkView, account: Account | None) -> str | None:
        """Why this link may not change this account any more, or None."""
        if account is None or refusal(account):
            return refusal(account)
        changed_at = account.password_changed_at
        if changed_at is not None and changed_at > link.issued_at:
            return "changed elsewhere"
        return "new factor" if has_new_factor(account, link.issued_at) else None

    def _write(self, claim: Claim, link: LinkView, account: Account, password: str) -> ChangeOutcome:
        began = self._clock.now()
        try:
            change = self._intend(claim, link, account)
        except StoreUnavailable:  # no audit, no action
            return self._freed(claim, ChangeResult.UNAVAILABLE)
        if change is None:
            return ChangeOutcome(result=ChangeResult.LINK_GONE)
        if not began <= self._clock.now() < began + WRITE_WITHIN:
            return self._ended(claim, change, "failed", ChangeResult.UNAVAILABLE)
        try:
            self._directory.set_password(account.id, password)
        except PasswordRejected as err:
            return self._ended(claim, change, "refused", ChangeResult.REJECTED, err.reasons)
        except DirectoryUnavailable:
            return self._ended(claim, change, "failed", ChangeResult.UNAVAILABLE)
        except OutcomeUnknown:
            return self._read_back(claim, link, change, account)
        except DirectoryError:
            return self._ended(claim, change, "refused", ChangeResult.REFUSED, free=False)
        return self._succeeded(claim, link, change, account)

    def _intend(self, claim: Claim, link: LinkView, account: Account) -> Change | None:
        """Hold the link and write the intent down; None when we slept, and the link is another's by now."""
        before, now = account.password_changed_at, self._clock.now()
        with self._store.transaction() as connection:
            self._changes.leave_behind(connection, account.id, before, now - self._directory.settles_after)
            if not self._links.hold(claim, connection=connection):
                return None
            change = self._changes.intend(
                connection,
                account=account.id,
                kind="reset",
                conversation=link.conversation,
                password_before=before,
            )
            self._outbox.put(
                connection,
                kind="account.settle",
                key=f"settle:{change.id}",
                payload={
                    "change": change.id,
                    "account": account.id,
                    "before": before.isoformat() if before else None,
                    "language": link.language,
                    "until": (now + SETTLE_FOR).isoformat(),
                    "link": claim.token_hash,
                    "claimed_at": claim.at.isoformat(),
                },
                not_before=now + SETTLE_AFTER,
            )
        return change

    def _read_back(self, claim: Claim, link: LinkView, change: Change, before: Account) -> ChangeOutcome:
        """The answer was lost: look, and never set it twice (F3)."""
        try:
            after = self._directory.find(before.id)
        except DirectoryError:
            after = None
        if after is None or after.password_changed_at is None:
            return self._unknown(change)
        if after.password_changed_at == before.password_changed_at:
            if (
                self._directory.settles_after
            ):  # what we read may be older than what we wrote: the worker looks again
                return self._unknown(change)
            return self._ended(claim, change, "failed", ChangeResult.UNAVAILABLE)
        return self._succeeded(claim, link, change, before)

    def _unknown(self, change: Change) -> ChangeOutcome:
        try:
            with self._store.transaction() as connection:
                self._changes.finish(connection, change, "unknown")
        except StoreUnavailable:
            logger.exception("it stays written down as intended, and the worker settles it all the same")
        return ChangeOutcome(result=ChangeResult.UNKNOWN)

    def _succeeded(self, claim: Claim, link: LinkView, change: Change, account: Account) -> ChangeOutcome:
        try:
            # Also where the worker has looked too early and written "failed": who has written it knows better (F7).
            return self._done(change, claim, account, link.language, unless=("done",))
        except StoreUnavailable:
            # The password is set, and that is what the employee must hear. The worker settles the rest.
            logger.exception("a password was changed and its outcome could not be written yet")
            return ChangeOutcome(result=ChangeResult.DONE)

    def _done(
        self,
        change: Change,
        claim: Claim,
        account: Account,
        language: str,
        *,
        unless: tuple[State, ...] = ENDED,
    ) -> ChangeOutcome:
        after = self._look(account)
        still_locked = after is not None and after.locked and after.unlockable
        must_change = after is not None and after.must_change_password
        outcome = ChangeOutcome(result=ChangeResult.DONE, still_locked=still_locked, must_change=must_change)
        with self._store.transaction() as connection:
            if not self._changes.finish(connection, change, "done", unless=unless):
                return outcome
            self._links.spend(claim, connection=connection)
            self._verification.challenges.void_all(connection, account.id)
            self._links.void_all(account.id, connection=connection)
            self._changes.tell_owner(connection, change, account)
            self._changes.revoke_sessions(connection, change)
            self._changes.tell_chat(connection, change, language, _news(outcome))
            if still_locked:
                self._unlocking.queue(connection, account.id, change.conversation, language)
        return outcome

    def _look(self, account: Account) -> Account | None:
        try:
            return self._directory.find(account.id)
        except DirectoryError:
            return None  # nobody can tell; the employee will say so

    def _close(
        self, change: Change, claim: Claim, language: str, state: State, text: str, *, report: bool = False
    ) -> None:
        with self._store.transaction() as connection:
            if self._changes.finish(connection, change, state):
                if state == "failed":
                    self._links.free(claim, connection=connection)
                self._changes.tell_chat(connection, change, language, text)
                if report:
                    self._changes.tell_l1(connection, change, "password_unknown")

    def _ended(
        self,
        claim: Claim,
        change: Change,
        state: State,
        result: ChangeResult,
        reasons: tuple[PasswordFault, ...] = (),
        *,
        free: bool = True,
    ) -> ChangeOutcome:
        with self._store.transaction() as connection:
            self._changes.finish(connection, change, state)
            move = self._links.free if free else self._links.spend
            move(claim, connection=connection)
        return ChangeOutcome(result=result, reasons=reasons)

    def _forbid(self, claim: Claim, link: LinkView, reason: str) -> ChangeOutcome:
        with self._store.transaction() as connection:
            actor = "bot" if link.conversation else "page"
            self._changes.refuse(connection, account=link.account, kind="reset", actor=actor, reason=reason)
            self._links.spend(claim, connection=connection)
            self._verification.challenges.void_all(connection, link.account)
        return ChangeOutcome(result=FORBIDDEN.get(reason, ChangeResult.REFUSED))

    def _freed(
        self, claim: Claim, result: ChangeResult, reasons: tuple[PasswordFault, ...] = ()
    ) -> ChangeOutcome:
        try:
            self._links.free(claim)
        except StoreUnavailable:
            logger.exception("a link could not be freed: its claim lapses")
        return ChangeOutcome(result=result, reasons=reasons)


def _claim(payload: dict[str, Any]) -> Claim:
    """The claim that the change was begun with; an item that the release before has queued names none."""
    at = datetime.fromisoformat(str(payload.get("claimed_at") or payload["until"]))
    return Claim(token_hash=str(payload.get("link") or ""), at=at)


def _news(outcome: ChangeOutcome) -> str:
    if outcome.still_locked:
        return "chat_password_changed_locked"
    return "chat_password_changed_must_change" if outcome.must_change else "chat_password_changed"
