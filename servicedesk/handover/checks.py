"""What an agent does first, as it fits this person: on which number to call back, and what of the account is unusual."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from servicedesk.directory.port import Account

FRESH = timedelta(hours=72)  # S2, U6: what is younger proves nothing
NOT_VERIFIED = "not verified: call back on the recorded number, two agents"  # S7
CALL_BACK = "verified by {by}: call back on the recorded number before you change an account or a factor"
CHANNEL, AND_A_FACTOR = "the channel only", "the channel and a second factor"
UNKNOWN_ACCOUNT = (
    "not verified, and the directory knows no such account: "
    "change nothing until it is clear who this is, two agents"
)
THE_MANAGER = (
    "let the manager who stands in the directory confirm the person, on the manager's recorded number, "
    "or see them in person"
)
OLDER_SESSION = "; the session in the chat may be older than that"
LETS_IN = (
    "access.",
    "request.access",
    "request.account",
    "request.leaver",  # a mailbox that is forwarded is one that is opened
    "request.name_change",
    "request.new_starter",
    "security",
)


class Number(str, Enum):
    """What a call back to the number in the directory is worth; the value says why it is worth nothing."""

    RECORDED = ""
    NONE = "no phone number is recorded"
    NEW = "the phone number was changed in the last 72 h, so do not call it"
    UNDATED = "nobody knows since when the phone number is recorded, so a call to it proves nothing"
    DISABLED = "the account is disabled, so a call back to its owner is not enough"


def number_of(account: Account | None, now: datetime) -> Number:
    """Where nobody is proven there is no account to look at: whoever it turns out to be has a recorded number."""
    if account is None:
        return Number.RECORDED
    if not account.enabled:
        return Number.DISABLED
    if account.phone is None:
        return Number.NONE
    if account.phone.registered_at is None:
        return Number.UNDATED
    return Number.NEW if now - account.phone.registered_at < FRESH else Number.RECORDED


def lockouts(account: Account) -> str:
    number = account.lockouts_today
    return f"{number} lockout{'' if number == 1 else 's'} in 24 h"


def about_access(category: str) -> bool:
    """Whether what is asked for would let somebody in."""
    return category.startswith(LETS_IN)


def checks_to_make(
    account: Account | None,
    *,
    proven: bool,
    careful: bool,
    category: str,
    now: datetime,
    second_factor: bool = False,
) -> tuple[str, ...]:
    """What must be done before what is asked for (S7, U1, U7), then what an agent should know of the account."""
    number = number_of(account, now)
    if not proven or careful:
        first = (
            f"not verified, and {number.value}: {THE_MANAGER}; two agents" if number.value else NOT_VERIFIED
        )
    elif about_access(category):
        by = AND_A_FACTOR if second_factor else CHANNEL
        instead = (
            f"verified by {by}, and {number.value}: before you change an account or a factor, {THE_MANAGER}"
        )
        first = instead if number.value else CALL_BACK.format(by=by)
    else:
        first = (
            f"{number.value}: if you must be sure who it is, {THE_MANAGER}" if number is Number.NEW else ""
        )
    return (*([first] if first else []), *_unusual(account, now))


def _unusual(account: Account | None, now: datetime) -> tuple[str, ...]:
    if account is None:
        return ()
    often = f" ({lockouts(account)})" if account.lockouts_today else ""
    enrolled = account.authenticator_since
    found = (
        (f"the account is disabled: find out why before anything is done for it{OLDER_SESSION}", not account.enabled),
        (f"the account is locked{often}: find out what locks it before it is unlocked{OLDER_SESSION}", account.locked),
        (f"the password has expired: whoever signs in anew must change it first{OLDER_SESSION}", account.password_expired),
        (
            "an authenticator was enrolled in the last 72 h: it proves nothing yet; ask whether that was the owner",
            enrolled is not None and now - enrolled < FRESH,
        ),
    )  # fmt: skip
    return tuple(text for text, holds in found if holds)
