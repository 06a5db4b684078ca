"""What Tier0 asks of a directory. Every adapter passes tests/contracts/directory.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType, Protocol

AccountId = NewType("AccountId", str)
"""The directory's own stable id of an account (an object GUID, say): never a name that can be given to another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    number: str  # E.164, "+4790012345"
    registered_at: datetime | None  # younger than 72 h, or None for unknown: the factor does not count (S2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One person's account as the directory shows it now."""

    id: AccountId
    username: str
    display_name: str
    given_name: str
    email: str
    language: str  # nb, sv, de or en: the profile's preferred language
    country: str  # ISO 3166, "NO"
    site: str
    department: str
    enabled: bool
    guest: bool
    privileged: bool  # also true where the directory could not tell (S7)
    vip: bool
    locked: bool
    locked_at: datetime | None
    lockouts_today: int  # lockouts in the last 24 h, this one included; 0 where the directory cannot tell
    password_expired: bool
    must_change_password: bool
    password_changed_at: datetime | None
    phone: Phone | None
    authenticator_since: datetime | None  # None: no authenticator enrolled
    alternate_email: str | None
    manager: AccountId | None
    unlockable: bool = (
        True  # False: a lockout of this account ends by itself only, and `locked` may come late
    )
    managed_elsewhere: bool = False  # its password belongs to another directory: not ours to set


@dataclass(frozen=True, kw_only=True, slots=True)
class Expiry:
    account: AccountId
    at: datetime  # when the password runs out


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordPolicy:
    min_length: int  # characters
    history: int  # how many former passwords are refused
    max_age_days: int | None
    ascii_only: bool = (
        False  # no å, ö, ü: letters a to z, digits, spaces and the signs of an English keyboard
    )
    kinds: int = (
        0  # how many of capital letters, small letters, digits and signs must be mixed; 0: no such rule
    )


class Directory(Protocol):
    """Accounts and their passwords. All calls are synchronous, end within 5 s, and may raise DirectoryUnavailable."""

    settles_after: timedelta
    """How long `find` may still show what was before a write; zero where the same server answers both."""

    def find(self, account: AccountId) -> Account | None:
        """The account as it is now, or None."""

    def find_by_username(self, username: str) -> Account | None:
        """The one account with this sign-in name or e-mail address, whatever its case; None if none or several."""

    def policy(self, account: AccountId) -> PasswordPolicy:
        """The password rules that hold for this account. Raises AccountNotFound."""

    def unlock(self, account: AccountId) -> None:
        """End the lockout; an account that is not locked stays as it is.

        Raises AccountNotFound, ChangeForbidden, NotSupported, OutcomeUnknown."""

    def set_password(self, account: AccountId, password: str) -> None:
        """Replace the password, clear "must change" and "expired", and end a lockout: all of it or nothing.

        After OutcomeUnknown, `find` shows within `settles_after` whether it happened (F3). Raises PasswordRejected,
        AccountNotFound, ChangeForbidden, NotSupported, OutcomeUnknown."""

    def revoke_sessions(self, account: AccountId) -> None:
        """End what the account is signed in to, wherever it is; doing it twice does no harm (S6).

        Raises AccountNotFound, ChangeForbidden, NotSupported, OutcomeUnknown."""

    def check_authenticator(self, account: AccountId, code: str) -> bool:
        """Whether this is the account's current authenticator code (RFC 6238, one step either way).

        A code is good once: the same one again is False. Raises AccountNotFound, and NotSupported where the directory
        keeps no authenticators."""

    def locked_since(self, since: datetime) -> tuple[AccountId, ...]:
        """Who was locked out at or after `since` and still is, in one question however many people there are.

        Disabled accounts are left out; privileged ones are not, that is the caller's to see to (S7). Raises NotSupported
        where this directory cannot be asked that, or nobody could open what it tells."""

    def expiring(self, first: datetime, last: datetime) -> tuple[Expiry, ...]:
        """Whose password runs out from `first` to `last`, the same way. Who must change it anyway, or never has to, is
        left out. Raises NotSupported where this directory cannot be asked that."""
