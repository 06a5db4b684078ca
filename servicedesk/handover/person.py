"""Who asks, as the directory shows them when the case is opened."""

from __future__ import annotations

from datetime import datetime

from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.handover.checks import FRESH, lockouts
from servicedesk.handover.packet import Person

NO_NUMBER = "no phone number recorded"
NOT_IN_DIRECTORY = "the directory knows no such account"
DIRECTORY_DOWN = "the directory did not answer when this was written: look the account up"


def looked_up_in(directory: Directory, account: AccountId | None) -> tuple[Account | None, str]:
    """The account as it is now; where there is none, why."""
    if account is None:
        return None, ""
    try:
        found = directory.find(account)
    except DirectoryError:
        return None, DIRECTORY_DOWN
    return found, "" if found else NOT_IN_DIRECTORY


def person_of(account: AccountId | None, found: Account | None, note: str, now: datetime) -> Person:
    if account is None:
        return Person()
    if found is None:  # cannot tell: counts as privileged
        return Person(username=account, note=note, careful=True)
    return Person(
        name=found.display_name,
        username=found.username,
        email=found.email,
        department=found.department,
        site=found.site,
        country=found.country,
        account_state=_account_state(found, now),
        vip=found.vip,
        careful=found.privileged or found.vip or found.guest or not found.enabled,
    )


def _account_state(account: Account, now: datetime) -> tuple[str, ...]:
    """In words, the unusual first."""
    facts = (
        ("PRIVILEGED", account.privileged),
        ("VIP", account.vip),
        ("guest", account.guest),
        ("disabled", not account.enabled),
        (f"locked ({lockouts(account)})", account.locked),
        (f"not locked ({lockouts(account)})", not account.locked),
        ("password expired", account.password_expired),
        ("must change password", account.must_change_password),
        ("authenticator enrolled", account.authenticator_since is not None),
        ("no authenticator", account.authenticator_since is None),
        (NO_NUMBER, account.phone is None),
        (
            "PHONE NUMBER CHANGED IN THE LAST 72 H",
            account.phone is not None
            and account.phone.registered_at is not None
            and now - account.phone.registered_at < FRESH,
        ),
        (
            "nobody knows since when the phone number is recorded",
            account.phone is not None and account.phone.registered_at is None,
        ),
        ("lockouts end by themselves only", not account.unlockable),
        ("password kept by another directory", account.managed_elsewhere),
        (
            "AUTHENTICATOR ENROLLED IN THE LAST 72 H",
            account.authenticator_since is not None and now - account.authenticator_since < FRESH,
        ),
    )
    return tuple(text for text, holds in facts if holds)
