"""Proving who asks: codes that are sent, codes that an authenticator shows, and what was proven (S2, S3).

Codes are in no table, log or queue: the store keeps a MAC, and the SMS is sent while the caller waits."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.engine import Connection, Row

from servicedesk.approvals.approvers import APPROVAL, Approvers
from servicedesk.audit import Audit
from servicedesk.challenges import Challenges, Request, Spent
from servicedesk.clock import Clock
from servicedesk.code_limits import CodeLimits, Try
from servicedesk.code_message import code_message
from servicedesk.delivery.errors import DeliveryError, DeliveryUnclear
from servicedesk.delivery.port import Delivery
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.errors import Tier0Error
from servicedesk.factors.rules import Factor, refusal, usable_factors
from servicedesk.keys import KeyRing
from servicedesk.outbox import Outbox
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.turns import Turn, wait_for_turn

MAX_TYPED = 64  # characters of a typed code that are looked at
_NOISE = re.compile(r"[\s\-.\u200b-\u200f\u2060\ufeff]+")


class VerificationError(Tier0Error):
    """VerificationError
    ├── CodesExhausted        another code after `wait`
    ├── SelfServicePaused     too many wrong codes: nothing until `until`
    └── FactorNotUsable       this account has no such factor that counts
    """


class CodesExhausted(VerificationError):
    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"no code for another {wait.total_seconds():.0f} s")
        self.wait = wait


class SelfServicePaused(VerificationError):
    def __init__(self, until: datetime) -> None:
        super().__init__("self-service is paused")
        self.until = until


class FactorNotUsable(VerificationError):
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenge:
    id: str
    factor: str
    hint: str
    digits: int
    expires_at: datetime
    unclear: bool = False  # handed over without an answer: the code may arrive, or not (F15)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChallengeView:
    """How the newest proof of a conversation stands."""

    purpose: str
    factor: str
    hint: str
    digits: int
    state: Literal["open", "accepted", "expired"]
    wrong: int  # wrong codes typed for this one
    tries_left: int  # of the account, over all codes
    paused_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    outcome: Literal["accepted", "wrong", "expired", "paused", "none"]
    tries_left: int


class Verification:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        keys: KeyRing,
        settings: Settings,
        directory: Directory,
        delivery: Delivery,
        audit: Audit,
        outbox: Outbox,
        approvers: Approvers,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._directory = directory
        self._delivery = delivery
        self._audit = audit
        self._outbox = outbox
        self._approvers = approvers
        self.limits = CodeLimits(clock, settings.limits)
        self.challenges = Challenges(clock, keys, settings.limits)

    def factors(self, account: Account, *, proven: bool = True) -> tuple[Factor, ...]:
        """What this account can prove itself with, best first; nothing where self-service must not touch it.

        Only for who is known already may somebody else vouch."""
        own = usable_factors(account, self._settings, self._clock.now())
        if refusal(account) or not proven:
            return own
        approver = self._approvers.choose(account)
        return (
            own if approver is None else (*own, Factor(kind="approval", hint=approver.account.display_name))
        )

    def paused_until(self, account: str, *, proven: bool) -> datetime | None:
        with self._store.transaction() as connection:
            return self.limits.paused_until(connection, account, proven=proven)

    def start(
        self,
        account: Account,
        *,
        purpose: str,
        factor: str,
        conversation: str,
        channel_user: str,
        proven: bool,
        language: str,
    ) -> Challenge:
        """Ask for a proof: send a code, or expect one from the authenticator. Ends older open ones.

        Raises CodesExhausted, SelfServicePaused, FactorNotUsable, DeliveryError."""
        own = usable_factors(account, self._settings, self._clock.now())
        hints = {known.kind: known.hint for known in own}
        if factor not in hints:
            raise FactorNotUsable(factor)
        request = Request(
            account=account.id,
            conversation=conversation,
            channel_user=channel_user,
            proven=proven,
            purpose=purpose,
            factor=factor,
            hint=hints[factor],  # type: ignore[index]  # a key, as just checked
        )
        code = None if factor == "authenticator" else self.new_code(proven=proven)
        identifier = self.open(request, code)
        sent = code is None or self._send(account, request, code, identifier, language)
        return Challenge(
            id=identifier,
            factor=factor,
            hint=request.hint,
            digits=self.challenges.digits(proven=proven, factor=factor),
            expires_at=self._clock.now() + self._settings.limits.code_lifetime,
            unclear=not sent,
        )

    def new_code(self, *, proven: bool) -> str:
        digits = self.challenges.digits(proven=proven, factor="sms")
        return f"{secrets.randbelow(10**digits):0{digits}}"

    def open(self, request: Request, code: str | None, *, connection: Connection | None = None) -> str:
        """Count the send, end older ones, store the MAC. Raises CodesExhausted, SelfServicePaused."""
        if connection is None:
            with self._store.transaction() as own:
                return self.open(request, code, connection=own)
        self.limits.lock(connection, request.account, proven=request.proven)
        until = self.limits.paused_until(connection, request.account, proven=request.proven)
        if until is not None:
            raise SelfServicePaused(until)
        if code is not None:
            wait = self.limits.send_wait(connection, request.account, proven=request.proven)
            if wait is not None:
                raise CodesExhausted(wait)
            self.limits.count_send(connection, request.account, proven=request.proven)
        identifier = self.challenges.open(connection, request, code)
        self.record(connection, "code.started", "done", request.account, request.proven, request.factor)
        return identifier

    def check(self, *, conversation: str, channel_user: str, code: str) -> CheckResult:
        """Check a typed code against what this conversation waits for.

        The try is counted, and committed, before anything is compared (S3)."""
        with self._store.transaction() as connection:
            row = self.challenges.newest(connection, conversation, states=("open",))
            if row is None or row.channel_user != channel_user or row.factor == APPROVAL:
                # Whoever sees the number of an approval must not be the one who gives it.
                return CheckResult(outcome="none", tries_left=0)
        return self._check(row, code)

    def check_open(self, identifier: str, code: str) -> CheckResult:
        """The same for a number that an approver chose in a conversation of their own."""
        with self._store.transaction() as connection:
            row = self.challenges.get(connection, identifier)
        if row is None or row.state != "open":
            return CheckResult(outcome="none", tries_left=0)
        return self._check(row, code)

    def is_open(self, connection: Connection, identifier: str) -> bool:
        """Whether this one still waits, and is not too old."""
        row = self.challenges.get(connection, identifier)
        return row is not None and row.state == "open" and self.challenges.is_alive(row)

    def _check(self, row: Row, code: str) -> CheckResult:
        with self._store.transaction() as connection:
            left = self.limits.tries_left(connection, row.account, proven=row.proven)
            if not self.challenges.is_alive(row):
                return CheckResult(outcome="expired", tries_left=left)
            counted = self.limits.count_try(connection, row.account, proven=row.proven)
        if counted is None:
            return CheckResult(outcome="paused", tries_left=0)
        right = self._is_right(row, normalised(code))
        with self._store.transaction() as connection:
            return self._settle(connection, row, counted, right)

    def state(self, conversation: str) -> ChallengeView | None:
        """How the newest proof of this conversation stands; None when there is none, or it was used or
        cancelled."""
        with self._store.transaction() as connection:
            row = self.challenges.newest(connection, conversation)
            if row is None or row.state in ("spent", "cancelled"):
                return None
            left = self.limits.tries_left(connection, row.account, proven=row.proven)
            paused = self.limits.paused_until(connection, row.account, proven=row.proven)
        return ChallengeView(
            purpose=row.purpose,
            factor=row.factor,
            hint=row.hint if row.proven else "",
            digits=self.challenges.digits(proven=row.proven, factor=row.factor),
            state=self._shown_state(row),
            wrong=row.wrong,
            tries_left=left,
            paused_until=paused,
        )

    def spend_accepted(
        self, conversation: str, purpose: str, *, connection: Connection | None = None
    ) -> AccountId | None:
        """Use up what this conversation has proven for this purpose: once, within ten minutes of the right
        code."""
        if connection is not None:
            spent = self.spend(connection, conversation, purpose)
            return None if spent is None else spent.account
        with self._store.transaction() as own:
            return self.spend_accepted(conversation, purpose, connection=own)

    def spend(self, connection: Connection, conversation: str, purpose: str) -> Spent | None:
        """The same, with the time at which the proof was asked for. Proven identities only: see
        page_proof.py."""
        row = self.challenges.newest(connection, conversation, states=("accepted",))
        if row is None or row.purpose != purpose or not row.proven:
            return None
        return self.challenges.spend(connection, row)

    def cancel(self, conversation: str) -> bool:
        """End what this conversation waits for; whether it waited for anything."""
        with self._store.transaction() as connection:
            return self.challenges.cancel(connection, conversation)

    def void_all(self, account: AccountId) -> None:
        """End every open or accepted proof of this account, wherever it was asked for (S4)."""
        with self._store.transaction() as connection:
            self.challenges.void_all(connection, account)

    def _is_right(self, row: Row, code: str) -> bool:
        if row.factor != "authenticator":
            return self.challenges.code_matches(row, code)
        try:
            return self._directory.check_authenticator(AccountId(row.account), code)
        except DirectoryError:
            return False  # a check that cannot be made is a no

    def _settle(self, connection: Connection, row: Row, counted: Try, right: bool) -> CheckResult:
        wait_for_turn(connection, Turn.ACCOUNT, row.account)
        if right and self.challenges.accept(connection, row.id):
            self.limits.give_back(connection, counted)
            self.record(connection, "code.checked", "accepted", row.account, row.proven, row.factor)
            left = self.limits.tries_left(connection, row.account, proven=row.proven)
            return CheckResult(outcome="accepted", tries_left=left)
        if right:  # the same code from two places at once: one was faster
            self.limits.give_back(connection, counted)
            return CheckResult(outcome="none", tries_left=0)
        self.challenges.count_wrong(connection, row.id)
        self.record(connection, "code.checked", "wrong", row.account, row.proven, row.factor)
        until = self.limits.pause_if_used_up(connection, counted)
        if until is not None:
            self.pause(connection, row.account, proven=row.proven, conversation=row.conversation, until=until)
            return CheckResult(outcome="paused", tries_left=0)
        left = self.limits.tries_left(connection, row.account, proven=row.proven)
        return CheckResult(outcome="wrong", tries_left=left)

    def pause(
        self, connection: Connection, account: str, *, proven: bool, conversation: str, until: datetime
    ) -> None:
        """Write down that self-service is paused, end what is open, and tell L1 (S3)."""
        self.challenges.void_all(connection, account, proven=proven)
        self.record(connection, "selfservice.paused", "done", account, proven, "")
        if is_nobody(account):
            return
        self._outbox.put(
            connection,
            kind="case.report",
            key=f"paused:{account}:{int(proven)}:{int(until.timestamp())}",
            payload={
                "reason": "paused",
                "account": account,
                "conversation": conversation if proven else None,
                "proven": proven,
            },
        )

    def _send(self, account: Account, request: Request, code: str, identifier: str, language: str) -> bool:
        """Once and never again: a second code on its way would only confuse. False when nobody knows whether it
        arrives: then it stays good, for it may."""
        message = code_message(self._settings, account, request, code, identifier, language)
        try:
            self._delivery.send(message)
        except DeliveryUnclear:
            with self._store.transaction() as connection:
                self.record(
                    connection, "code.sent", "unclear", request.account, request.proven, request.factor
                )
            return False
        except DeliveryError:
            with self._store.transaction() as connection:
                self.challenges.void(connection, identifier)
                self.record(
                    connection, "code.sent", "failed", request.account, request.proven, request.factor
                )
            raise
        return True

    def _shown_state(self, row: Row) -> Literal["open", "accepted", "expired"]:
        if row.state == "accepted":
            alive = self._clock.now() < row.accepted_at + self._settings.limits.code_lifetime
            return "accepted" if alive else "expired"
        return "open" if row.state == "open" and self.challenges.is_alive(row) else "expired"

    def record(
        self, connection: Connection, event: str, outcome: str, account: str, proven: bool, factor: str
    ) -> None:
        """Put a step of a proof into the audit trail, in the caller's transaction (D2)."""
        self._audit.record(
            connection,
            event=event,
            outcome=outcome,
            actor="bot" if proven else "page",
            subject=account,
            details={"factor": factor, "proven": proven},
        )


def is_nobody(account: str) -> bool:
    """Whether this stands for a name that no account has (page_proof.py counts those alike, S8)."""
    return account.startswith("name:")


def normalised(code: str) -> str:
    """A code as people type it: full-width digits, spaces, dashes and invisible characters fall away."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", code[:MAX_TYPED]))[:MAX_TYPED]
