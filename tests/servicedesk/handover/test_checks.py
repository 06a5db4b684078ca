"""What an agent does first fits the person: no call back on a number that is not there, or may be a stranger's (S7, U6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from servicedesk.directory.port import Account, AccountId, Phone
from servicedesk.handover.checks import AND_A_FACTOR, CALL_BACK, CHANNEL, NOT_VERIFIED, checks_to_make
from servicedesk.handover.criteria import FACTOR_LOST
from servicedesk.handover.policy import load

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
LONG_AGO = NOW - timedelta(days=400)
WELL = Account(
    id=AccountId("1"),
    username="a",
    display_name="A",
    given_name="A",
    email="a@nordlys.example",
    language="en",
    country="GB",
    site="London",
    department="Sales",
    enabled=True,
    guest=False,
    privileged=False,
    vip=False,
    locked=False,
    locked_at=None,
    lockouts_today=0,
    password_expired=False,
    must_change_password=False,
    password_changed_at=None,
    phone=Phone(number="+4740000101", registered_at=LONG_AGO),
    authenticator_since=LONG_AGO,
    alternate_email=None,
    manager=None,
)
NO_CALL = {
    "none": {"phone": None},
    "new": {"phone": Phone(number="+4740000101", registered_at=NOW - timedelta(hours=71))},
    "undated": {"phone": Phone(number="+4740000101", registered_at=None)},
    "disabled": {"enabled": False},
}


def _checks(account: Account | None, *, category: str = "access.mfa", **more: bool) -> tuple[str, ...]:
    given = {"proven": account is not None, "careful": False, **more}
    return checks_to_make(account, category=category, now=NOW, **given)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (_checks(WELL, category="network.vpn"), ()),
        (_checks(WELL), (CALL_BACK.format(by=CHANNEL),)),
        (_checks(WELL, second_factor=True), (CALL_BACK.format(by=AND_A_FACTOR),)),
        (_checks(WELL, category="network.vpn", careful=True), (NOT_VERIFIED,)),
        (_checks(None, category="network.vpn"), (NOT_VERIFIED,)),
    ],
)
def test_a_number_that_counts_is_called_back(checks: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert checks == expected


@pytest.mark.parametrize("state", NO_CALL)
@pytest.mark.parametrize("careful", [False, True])
def test_nobody_is_sent_to_a_number_that_proves_nothing(state: str, careful: bool) -> None:
    checks = _checks(replace(WELL, **NO_CALL[state]), careful=careful)
    assert "call back on the recorded number" not in " ".join(checks)
    assert "let the manager" in checks[0]
    assert ("two agents" in checks[0]) is careful


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"locked": True, "lockouts_today": 3}, "the account is locked (3 lockouts in 24 h)"),
        ({"password_expired": True}, "the password has expired"),
        ({"authenticator_since": NOW - timedelta(hours=1)}, "an authenticator was enrolled in the last 72 h"),
        (NO_CALL["new"], "the phone number was changed in the last 72 h, so do not call it"),
        (NO_CALL["disabled"], "the account is disabled: find out why"),
    ],
)
def test_what_is_unusual_of_the_account_is_said_whatever_it_is_about(
    state: dict[str, object], says: str
) -> None:
    checks = _checks(replace(WELL, **state), category="network.vpn")
    assert len(checks) == 1
    assert checks[0].startswith(says)


def test_the_check_list_of_a_stop_fits_who_has_no_number() -> None:
    criteria = load().criteria
    called, instead = (criteria.checks_of((FACTOR_LOST,), with_number=each) for each in (True, False))
    assert called[0].startswith("Call back on the number")
    assert not [each for each in instead if "Call back" in each or "Nobody answers" in each]
    assert called[2:] == instead[2:]
