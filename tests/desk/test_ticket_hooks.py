"""U9, S10: what a ticket system may set off by calling us, and what anybody else may not; over all ten systems."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from desk.app import create_app
from servicedesk.bootstrap import OUTSIDE_TICKETS, Services, build_services
from servicedesk.clock import ManualClock
from servicedesk.errors import SettingsError
from servicedesk.handover.gathering import CaseRequest
from servicedesk.secret import Secret
from servicedesk.settings import Settings
from servicedesk.store.tables import cases, outbox
from servicedesk.ticket_hooks import HEARD, REFUSED, Allowance, last
from servicedesk.ticketing.hooks import HOOKS, SECRET_SHAPE
from servicedesk.ticketing.settings import TicketingSettings
from tests.desk.conftest import BASE
from tests.fakes.ticketing.hooks import Call, sent, signed
from tests.state import StartedBefore

SYSTEMS = sorted(OUTSIDE_TICKETS)
SECRET = "7h3-5ecret-0f-th3-w3bh00ks-0f-th1s-t3st"
OLD = "an-0lder-5ecret-that-is-being-replaced-now"
TICKET = "7001"


@pytest.fixture
def services(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock, started_before: StartedBefore
) -> Iterator[Services]:
    """A desk whose tickets are in the system that a test names, without the system: nothing here reads a ticket."""
    started_before(tmp_path)
    file = tmp_path / "webhook"
    file.write_text(f"{SECRET}\n{OLD}\n")
    outside = TicketingSettings(
        system=getattr(request, "param", "servicenow"),
        url="https://itsm.invalid",
        user="",
        secret=Secret(name="TIER0_TICKETING_SECRET", value="x"),
        webhook_secret=Secret(name="TIER0_TICKETING_WEBHOOK_SECRET", file=file, shape=SECRET_SHAPE),
    )
    settings = Settings(
        state_dir=tmp_path,
        keys_dir=tmp_path / "keys",
        database_url=f"sqlite:///{tmp_path / 'tier0.db'}",
        outside_tickets=outside,
    )
    built = build_services(settings, clock)
    yield built
    built.store.close()


@pytest.fixture
def system(services: Services) -> str:
    assert services.settings.outside_tickets is not None
    return services.settings.outside_tickets.system


@pytest.fixture
def reference(services: Services) -> str:
    """A case whose ticket is TICKET."""
    talk = services.conversations.open(
        channel="web", tenant="demo", channel_user="kari", account=None, private=True, language="nb"
    )
    request = CaseRequest(
        conversation=talk.id, key="case", language="nb", words="VPN", because={"asked_for_person": {}}
    )
    case = services.cases.open(request)
    with services.store.transaction() as connection:
        connection.execute(update(cases).values(ticket_id=TICKET, ticket_number=TICKET))
    return case.reference


def call(app: Flask, system: str, call: Call, **options: Any) -> TestResponse:
    headers, body = call
    path = f"/tickets/changed/{system}"
    return app.test_client().post(path, data=body, headers=headers, base_url=BASE, **options)


def looks(services: Services) -> list[str]:
    """The references whose tickets are to be read now."""
    query = select(outbox.c.payload).where(outbox.c.kind == "ticket.look", outbox.c.state == "queued")
    with services.store.transaction() as connection:
        return [payload["reference"] for payload in connection.execute(query).scalars()]


over_all = pytest.mark.parametrize("services", SYSTEMS, indirect=True)


def test_every_system_has_its_way_to_prove_itself() -> None:
    assert sorted(HOOKS) == SYSTEMS


@over_all
def test_a_call_that_is_proven_has_the_ticket_read_once(
    app: Flask, services: Services, system: str, reference: str, clock: ManualClock
) -> None:
    """However often it comes, and with the older of two secrets, too."""
    assert [call(app, system, sent(system, secret, TICKET)).status_code for secret in (SECRET, OLD)] == [
        202
    ] * 2
    replayed = sent(system, SECRET, TICKET)
    assert {call(app, system, replayed).status_code for _ in range(5)} == {202}
    assert looks(services) == [reference]


@over_all
def test_without_the_secret_nothing_is_read_or_told(
    app: Flask, services: Services, system: str, reference: str
) -> None:
    """Missing, wrong, another's body, another system's way: one answer, and nothing of the body is looked at."""
    headers, body = sent(system, SECRET, TICKET)
    plain = {"Content-Type": "application/json"}
    other = "another-5ecret-0f-the-same-length-as-ours"
    tried: list[Call] = [
        (plain, body),
        ({**plain, **signed(system, other, body)}, body),
        ({**plain, **signed(system, "", body)}, body),
        ({**headers, "X-Hub-Signature": "md5=" + "0" * 32, "X-Tier0-Secret": "æ"}, body + b" "),
        ({"X-Hub-Signature": "sha256=\xff", "Authorization": "Basic %%%"}, b"[" * 100_000),
        ({**plain, "Authorization": "Basic " + "A" * 5}, b"\xff\xfe"),
    ]
    answers = [call(app, system, each) for each in tried]
    assert [answer.status_code for answer in answers] == [401] * len(tried)
    assert len({answer.data for answer in answers}) == 1
    assert looks(services) == []
    with services.store.transaction() as connection:
        assert last(connection, HEARD, system) is None
        assert last(connection, REFUSED, system) is not None


@over_all
def test_a_ticket_that_is_none_of_ours_is_nobodys_news(
    app: Flask, services: Services, system: str, reference: str
) -> None:
    """Unknown, or of other people in the same system: taken, so that nobody learns which are ours, and not read."""
    ours = call(app, system, sent(system, SECRET, TICKET))
    theirs = call(app, system, sent(system, SECRET, "7002"))
    assert (ours.status_code, ours.data) == (theirs.status_code, theirs.data)
    assert looks(services) == [reference]


@over_all
def test_a_huge_call_is_not_taken_in(app: Flask, services: Services, system: str, reference: str) -> None:
    body = b'{"id": "' + b"7" * (1024 * 1024) + b'"}'
    assert call(app, system, (signed(system, SECRET, body), body)).status_code == 413
    assert looks(services) == []


@over_all
def test_a_call_that_names_no_ticket_says_so_to_who_set_it_up(
    app: Flask, services: Services, system: str, reference: str
) -> None:
    for body in (
        b"",
        b"{}",
        b"[]",
        b'{"id": {"id": 1}}',
        b'{"id": true, "ticket": 7, "issue": []}',
        b"[" * 90_000,
    ):
        answer = call(app, system, (signed(system, SECRET, body), body))
        assert (answer.status_code, answer.mimetype) == (400, "text/plain"), body[:40]
    with services.store.transaction() as connection:
        assert last(connection, HEARD, system) is not None
    assert looks(services) == []


def test_a_look_that_has_begun_does_not_stand_for_a_later_call(
    app: Flask, services: Services, reference: str, clock: ManualClock
) -> None:
    """It may have read the ticket before the change that this call is about."""
    call(app, "servicenow", sent("servicenow", SECRET, TICKET))
    with services.store.transaction() as connection:
        connection.execute(
            update(outbox).where(outbox.c.kind == "ticket.look").values(lease_until=clock.now())
        )
    call(app, "servicenow", sent("servicenow", SECRET, TICKET))
    assert looks(services) == [reference] * 2


def test_who_calls_too_often_is_told_to_wait(
    services: Services, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicedesk.ticket_hooks.BURST", 3)
    monkeypatch.setattr("servicedesk.ticket_hooks.PER_SECOND", 0.001)
    app, right = create_app(services), sent("servicenow", SECRET, TICKET)
    assert [call(app, "servicenow", right).status_code for _ in range(5)] == [202, 202, 202, 429, 429]
    assert call(app, "servicenow", right).headers["Retry-After"] == "10"
    assert call(app, "servicenow", ({}, b"")).status_code == 401, "a stranger is not told that it is busy"


def test_an_allowance_grows_again_up_to_its_burst() -> None:
    now = [0.0]
    allowance = Allowance(2, 3, lambda: now[0])
    assert [allowance.takes_one() for _ in range(4)] == [True, True, True, False]
    now[0] += 0.5
    assert [allowance.takes_one() for _ in range(2)] == [True, False]
    now[0] += 1000
    assert [allowance.takes_one() for _ in range(4)] == [True, True, True, False]


def test_another_system_than_ours_has_no_address(app: Flask, reference: str) -> None:
    for name in ("zammad", "nothing", "embedded"):
        assert call(app, name, sent("servicenow", SECRET, TICKET)).status_code == 404


def test_the_hook_is_the_only_thing_that_needs_no_page_of_ours(app: Flask, services: Services) -> None:
    """S12: the exemption from Origin and form token holds for this one address."""
    headers, body = sent("servicenow", SECRET, TICKET)
    client = app.test_client()
    assert client.post("/desk/sign-in", data=body, headers=headers, base_url=BASE).status_code == 403
    assert client.get("/tickets/changed/servicenow", base_url=BASE).status_code == 405
    path = "/tickets/changed/servicenow"
    assert client.post(path, data=body, headers=headers, base_url="http://evil.example").status_code == 400


def test_without_a_secret_there_is_no_address(services: Services) -> None:
    plain = build_services(Settings(**{**_of(services.settings), "outside_tickets": None}))
    app = create_app(plain)
    assert "hooks" not in app.blueprints
    assert call(app, "servicenow", sent("servicenow", SECRET, TICKET)).status_code == 403, "as anywhere else"
    plain.store.close()


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 40, f"{SECRET}\n{OLD}\n{OLD}", "two words of thirty-two characters"]
)
def test_a_secret_that_is_none_stops_the_start(services: Services, tmp_path: Path, text: str) -> None:
    """S14"""
    (tmp_path / "webhook").write_text(text)
    with pytest.raises(SettingsError, match="TIER0_TICKETING_WEBHOOK_SECRET_FILE"):
        create_app(services)


def test_the_secret_is_in_no_log_and_no_table(
    app: Flask, services: Services, reference: str, caplog: pytest.LogCaptureFixture
) -> None:
    call(app, "servicenow", sent("servicenow", SECRET, TICKET))
    call(app, "servicenow", sent("servicenow", SECRET[:-1] + "x", TICKET))
    assert SECRET[:-1] not in caplog.text
    assert "refused" in caplog.text
    with closing(sqlite3.connect(services.settings.state_dir / "tier0.db")) as database:
        assert SECRET[:-1] not in "\n".join(database.iterdump())


def test_it_answers_at_once(app: Flask, reference: str) -> None:
    """S10: the reading is the worker's, so no ticket system is waited for."""
    began = time.monotonic()
    assert call(app, "servicenow", sent("servicenow", SECRET, TICKET)).status_code == 202
    assert time.monotonic() - began < 1.0


def _of(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in ("state_dir", "keys_dir", "database_url")}
