"""Who may help themselves, and with what they can prove who they are (S2, S7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from servicedesk.directory.port import Account
from servicedesk.settings import Settings

FactorKind = Literal["authenticator", "sms", "mail", "approval"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    kind: FactorKind
    hint: str  # the number's last two digits for SMS, who would be asked for an approval, else empty


def refusal(account: Account | None) -> str:
    """Why self-service must not touch this account, in one word for L1's eyes only; empty when it may (S7,
    S8)."""
    if account is None:
        return "unknown"
    if not account.enabled:
        return "disabled"
    if account.privileged:
        return "privileged"
    if account.vip:
        return "vip"
    if account.managed_elsewhere:
        return "password kept by another directory"
    return "guest" if account.guest else ""


def usable_factors(account: Account, settings: Settings, now: datetime) -> tuple[Factor, ...]:
    """What counts as proof for this account, best first: authenticator, SMS, then mail where it is allowed (S2).

    An approval is no property of the account: see approvals/approvers.py."""
    if refusal(account):
        return ()
    factors: list[Factor] = []
    if "authenticator" in settings.factors and _is_old_enough(account.authenticator_since, settings, now):
        factors.append(Factor(kind="authenticator", hint=""))
    phone = account.phone
    if "sms" in settings.factors and phone is not None and _is_old_enough(phone.registered_at, settings, now):
        factors.append(Factor(kind="sms", hint=phone.number[-2:]))
    if "mail" in settings.factors and account.alternate_email and not _same_address(account):
        factors.append(Factor(kind="mail", hint=""))
    return tuple(factors)


def has_new_factor(account: Account, since: datetime) -> bool:
    """Whether a phone or an authenticator was registered after `since`: what was proven before is void
    (S4)."""
    phone_since = account.phone.registered_at if account.phone else None
    return any(at is not None and at > since for at in (phone_since, account.authenticator_since))


def _is_old_enough(registered_at: datetime | None, settings: Settings, now: datetime) -> bool:
    return registered_at is not None and now - registered_at >= settings.limits.factor_min_age  # U6


def _same_address(account: Account) -> bool:
    """The mailbox that the employee is locked out of proves nothing."""
    return (account.alternate_email or "").casefold() == account.email.casefold()
