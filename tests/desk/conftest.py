"""The desk with the real services on a SQLite file of its own, a clock that stands still, and agents of every role."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from desk.app import create_app
from desk.context import Desk
from desk.staff import Role
from servicedesk.bootstrap import Services, build_services
from servicedesk.clock import ManualClock
from servicedesk.directory.port import Account
from servicedesk.feedback import Verdict
from servicedesk.handover.gathering import CaseRequest
from servicedesk.handover.policy import load as load_handover
from servicedesk.settings import Settings
from servicedesk.ticketing.port import Attachment, Impact, TicketDraft, TicketKind, Urgency
from servicedesk.worker import build_worker
from tests.state import StartedBefore

PASSWORD = "a long walk by the fjord"
BASE = "http://127.0.0.1:8090"
SAME_SITE = {"Origin": BASE}
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """A test client that keeps cookies and sends the form token of the page it saw last."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **options: object) -> TestResponse:
        return self._seen(self.client.get(path, base_url=BASE, **options))  # type: ignore[arg-type]

    def post(self, path: str, data: dict[str, str] | None = None, **options: object) -> TestResponse:
        headers = {**SAME_SITE, **dict(options.pop("headers", {}))}  # type: ignore[call-overload]
        form = {"csrf_token": self.token, **(data or {})}
        return self._seen(self.client.post(path, data=form, headers=headers, base_url=BASE, **options))  # type: ignore[arg-type]

    def _seen(self, response: TestResponse) -> TestResponse:
        if response.mimetype == "text/html" and (found := CSRF.search(response.text)):
            self.token = found[1]
        return response


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def services(tmp_path: Path, clock: ManualClock, started_before: StartedBefore) -> Iterator[Services]:
    started_before(tmp_path)
    settings = Settings(
        state_dir=tmp_path, keys_dir=tmp_path / "keys", database_url=f"sqlite:///{tmp_path / 'tier0.db'}"
    )
    built = build_services(settings, clock)
    yield built
    built.store.close()


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def desk(app: Flask) -> Desk:
    return app.extensions["desk"]


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def hire(app: Flask, desk: Desk, clock: ManualClock) -> Callable[..., str]:
    """Set up an agent; returns the authenticator's secret."""

    def hire(username: str, role: Role = Role.AGENT) -> str:
        token = desk.staff.invite(username, username.title(), role)
        setup = desk.staff.pending(token)
        assert setup is not None
        code = pyotp.TOTP(setup.secret).at(clock.now())
        assert desk.staff.complete(
            token, username=username, display_name=username.title(), password=PASSWORD, code=code
        )
        return setup.secret

    return hire


@pytest.fixture
def signed_in(app: Flask, hire: Callable[..., str], clock: ManualClock) -> Callable[..., Browser]:
    """A browser that is signed in as a new agent with this role."""

    def sign_in(role: Role = Role.AGENT, username: str = "") -> Browser:
        name = username or f"ann-{role.value}"
        secret = hire(name, role)
        browser = Browser(app.test_client())
        browser.get("/desk/sign-in")
        answer = browser.post(
            "/desk/sign-in",
            {"username": name, "password": PASSWORD, "code": pyotp.TOTP(secret).at(clock.now())},
        )
        assert answer.status_code == 303, answer.text
        browser.get(answer.location)
        return browser

    return sign_in


@pytest.fixture
def kari(services: Services) -> Account:
    """An employee with nothing wrong, a phone and an authenticator."""
    account = services.directory.find_by_username("kari.nordmann")
    assert account is not None
    return account


@pytest.fixture
def open_ticket(services: Services) -> Callable[..., str]:
    """Open a ticket that no bot wrote; returns its number."""
    count = itertools.count(1)

    def open_ticket(
        *,
        kind: TicketKind = TicketKind.INCIDENT,
        summary: str = "VPN drops",
        requester_name: str = "Kari Nordmann",
        description: str = "It drops.",
        attachment: bytes | None = None,
        **other: Any,
    ) -> str:
        files = (Attachment(name="a.html", media_type="text/html", content=attachment),) if attachment else ()
        values: dict[str, Any] = {
            "requester": None,
            "contact": "by mail",
            "language": "nb",
            "conversation": None,
            "impact": Impact.PERSON,
            "urgency": Urgency.HINDERED,
            "assignment_group": "Service desk",
            "category": "network.vpn",
        }
        said = {**values, **other}
        priority = load_handover().priorities.of(kind, said["impact"], said["urgency"])
        draft = TicketDraft(
            key=f"T0-{next(count):05}",
            kind=kind,
            priority=priority,
            summary=summary,
            description=description,
            requester_name=requester_name,
            attachments=files,
            **said,
        )
        return services.tickets.open(draft).number

    return open_ticket


@dataclass(frozen=True)
class Handed:
    """A case as the bot hands it over, with its ticket and conversation."""

    reference: str
    number: str
    conversation: str


@pytest.fixture
def handed(services: Services, kari: Account) -> Handed:
    talk = services.conversations.open(
        channel="web", tenant="demo", channel_user="kari", account=kari.id, private=True, language="nb"
    )
    services.conversations.say(
        conversation=talk.id, key="1", author="employee", text="VPN faller ut hele tiden"
    )
    services.conversations.say(conversation=talk.id, key="2", author="bot", text="Prøv **dette** først.")
    services.feedback.record(
        conversation=talk.id, language="nb", question="vpn", verdict=Verdict.NOT_SOLVED, article="vpn-connect"
    )
    case = services.cases.open(
        CaseRequest(
            conversation=talk.id,
            key="case-1",
            language="nb",
            words="VPN faller ut hele tiden",
            because={"answers_failed": {"count": 1}},
            intent="kb_question",
            confidence=0.91,
            entities={"application": "vpn"},
            answers={"Since when": "i morges"},
            tried=("restarted the client",),
        )
    )
    build_worker(services).round()
    ticket = services.tickets.find(case.reference)
    assert ticket is not None
    return Handed(case.reference, ticket.number, talk.id)
