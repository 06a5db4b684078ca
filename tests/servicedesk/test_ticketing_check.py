"""`python -m servicedesk.ticketing check` tells an administrator what is wrong."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.outbox import Outbox
from servicedesk.settings_reader import Reader
from servicedesk.store import Store
from servicedesk.store.tables import metadata
from servicedesk.ticket_hooks import TicketHooks
from servicedesk.ticketing.__main__ import main
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.test_servicenow import backstage
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow

__all__ = ["backstage"]
HOOK_SECRET = "7h3-5ecret-0f-th3-w3bh00ks-0f-th1s-t3st"


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


@pytest.fixture
def database(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """A desk with a secret for the webhook."""
    store = Store(f"sqlite:///{tmp_path}/tier0.db")
    metadata.create_all(store.engine)
    monkeypatch.setenv("TIER0_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("TIER0_DESK_URL", "https://desk.example.com")
    monkeypatch.setenv("TIER0_TICKETING_WEBHOOK_SECRET", HOOK_SECRET)
    return store


def test_who_has_no_webhook_is_told_how_often_we_ask(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    assert "off: TIER0_TICKETING_WEBHOOK_SECRET_FILE is not set; asked every 30 s" in capsys.readouterr().out


def test_the_check_says_whether_and_when_the_webhook_was_heard(
    database: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(datetime(2026, 11, 30, 14, 3, tzinfo=timezone.utc))
    settings = TicketingSettings.read(Reader(os.environ), "servicenow")
    hooks = TicketHooks(store=database, clock=clock, outbox=Outbox(database, clock), settings=settings)
    said = {}
    steps = {"never": ("", 0), "wrong": ("x", 1), "right": (HOOK_SECRET, 0), "later": ("x", 0)}
    for step, (secret, code) in steps.items():
        if secret and hooks.proven(lambda name: secret if name == "X-Tier0-Secret" else "", b""):  # noqa: B023
            hooks.heard(b'{"id": "1"}')
        assert main(["check"]) == code, step
        said[step] = capsys.readouterr().out
        clock.advance(timedelta(minutes=1))
    address = "POST https://desk.example.com/tickets/changed/servicenow"
    assert f"note   webhook      {address}: never called yet; asked every 30 s" in said["never"]
    assert (
        f"WRONG  webhook      {address}: called 30 Nov 2026 14:04 UTC without the right secret"
        in said["wrong"]
    )
    assert f"ok     webhook      {address}: heard last 30 Nov 2026 14:05 UTC" in said["right"]
    assert "called" not in said["right"]
    assert "note   webhook" in said["later"]
    assert HOOK_SECRET not in "".join(said.values())


def test_without_its_database_the_check_goes_on(
    database: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TIER0_STATE_DIR", str(tmp_path / "elsewhere"))
    assert main(["check"]) == 0
    assert "whether it was called is in the database" in capsys.readouterr().out


def test_a_webhook_secret_that_is_none_is_named(
    database: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIER0_TICKETING_WEBHOOK_SECRET", "short")
    assert main(["check"]) == 1
    assert "TIER0_TICKETING_WEBHOOK_SECRET: is under 32 characters" in capsys.readouterr().out
