"""`python -m servicedesk.ticketing check` tells an administrator what is wrong."""

from __future__ import annotations

import pytest

from servicedesk.ticketing.__main__ import main
from tests.contracts.test_servicenow import backstage
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow

__all__ = ["backstage"]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, backstage: FakeServiceNow) -> dict[str, str]:
    values = {
        "TIER0_TICKETING": "servicenow",
        "TIER0_TICKETING_URL": backstage.wire.url,
        "TIER0_TICKETING_USER": USER,
        "TIER0_TICKETING_SECRET": PASSWORD,
        "TIER0_TICKETING_CALLS_PER_SECOND": "100",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def test_a_good_setup_lives_through_a_ticket(
    environment: dict[str, str], backstage: FakeServiceNow, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--try"]) == 0
    out = capsys.readouterr().out
    assert "WRONG" not in out
    assert out.count("ok ") >= 8
    assert PASSWORD not in out
    assert backstage.tickets("") == 1
    assert {row["state"] for row in backstage.incidents.values()} == {"1", "8"}


def test_without_try_nothing_is_changed(environment: dict[str, str], backstage: FakeServiceNow) -> None:
    before = len(backstage.incidents)
    assert main(["check", "servicenow"]) == 0
    assert len(backstage.incidents) == before
    assert not [line for line in backstage.wire.requests if not line.startswith("GET ")]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TIER0_TICKETING", "servicenov", "is none of"),
        ("TIER0_TICKETING_URL", "", "TIER0_TICKETING_URL: needed"),
        ("TIER0_TICKETING_URL", "http://itsm.example.com", "must start with https://"),
        ("TIER0_TICKETING_URL", "https://user:pw@itsm.example.com", "an address only"),
        ("TIER0_TICKETING_SECRET", "", "exactly one of the two"),
        ("TIER0_TICKETING_SECRET", "wrong", "AccessRefused: 401"),
        ("TIER0_TICKETING_USER", "", "TIER0_TICKETING_USER: needed"),
        ("TIER0_TICKETING_MAPPING", "/no/such/file.yml", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["check"]) == 1
    assert said in capsys.readouterr().out


def test_a_field_that_our_user_cannot_see_is_named(
    environment: dict[str, str], backstage: FakeServiceNow, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it a lost answer would end in a second ticket."""
    for row in backstage.incidents.values():
        del row["correlation_id"]
    assert main(["check"]) == 1
    assert "incident has no correlation_id, or our user may not read it" in capsys.readouterr().out


def test_there_is_nothing_to_check_on_the_embedded_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TIER0_TICKETING", raising=False)
    assert main(["check"]) == 0
    assert "there is no outside ticket system" in capsys.readouterr().out
