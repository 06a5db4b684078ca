"""Who may do what: every desk route for every role (S12, U13)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from desk.access import GRANTS, Right
from desk.context import Desk
from desk.staff import Role
from servicedesk.clock import ManualClock
from servicedesk.ticketing.port import TicketKind
from tests.desk.conftest import Browser

# What the rules say, written down apart from the code that enforces them.
EXPECTED: dict[str, set[Role]] = {
    "GET /desk/": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "GET /desk/tickets": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "GET /desk/tickets/<number>": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "POST /desk/tickets/<number>/assign": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "POST /desk/tickets/<number>/state": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "POST /desk/tickets/<number>/note": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "POST /desk/tickets/<number>/reply": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "GET /desk/tickets/<number>/attachments/<int:index>": {Role.AGENT, Role.LEAD, Role.ADMIN},
    "GET /desk/export": {Role.LEAD},
    "POST /desk/export": {Role.LEAD},
    "GET /desk/outages": {Role.LEAD, Role.ADMIN},
    "POST /desk/outages": {Role.LEAD, Role.ADMIN},
    "POST /desk/outages/<int:identifier>/end": {Role.LEAD, Role.ADMIN},
    "GET /desk/dead-letters": {Role.LEAD, Role.ADMIN},
    "POST /desk/dead-letters/<int:identifier>/requeue": {Role.LEAD, Role.ADMIN},
    "GET /desk/satisfaction": {Role.LEAD, Role.ADMIN},
    "GET /desk/knowledge": {Role.LEAD, Role.AUTHOR, Role.ADMIN},
    "GET /desk/knowledge/draft/<key>": {Role.LEAD, Role.AUTHOR, Role.ADMIN},
    "GET /desk/audit": {Role.AUDITOR, Role.ADMIN},
    "POST /desk/audit": {Role.AUDITOR, Role.ADMIN},
}
OPEN_TO_ALL = {
    "GET /desk/sign-in",
    "POST /desk/sign-in",
    "POST /desk/sign-out",
    "GET /desk/setup/<token>",
    "POST /desk/setup/<token>",
}


def desk_routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk")
        for method in rule.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}
    }


def test_every_desk_route_stands_in_the_table(app: Flask) -> None:
    """S12: a new route without a decision about who may use it fails here."""
    assert desk_routes(app) == set(EXPECTED) | OPEN_TO_ALL


def test_every_desk_view_asks_for_a_right(app: Flask) -> None:
    """S12: deny by default."""
    public = {"signin.form", "signin.sign_in", "signin.sign_out", "signin.setup", "signin.complete"}
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/desk")]
    assert [
        rule.endpoint
        for rule in rules
        if rule.endpoint not in public
        and not isinstance(getattr(app.view_functions[rule.endpoint], "right", None), Right)
    ] == []


def path_of(route: str, number: str) -> tuple[str, str]:
    method, path = route.split(" ")
    path = (
        path.replace("<number>", number)
        .replace("<int:index>", "0")
        .replace("<int:identifier>", "999")
        .replace("<key>", "0")
    )
    return method, path


@pytest.mark.parametrize("role", list(Role))
def test_each_route_obeys_the_role(
    role: Role, signed_in: Callable[..., Browser], open_ticket: Callable[..., str]
) -> None:
    """S12: 403 for everybody but the roles of the table, and never an error."""
    browser, number = signed_in(role), open_ticket()
    for route, allowed in EXPECTED.items():
        method, path = path_of(route, number)
        answer = browser.get(path) if method == "GET" else browser.post(path)
        if role in allowed:
            assert answer.status_code not in (401, 403), (route, role)
        else:
            assert answer.status_code == 403, (route, role)
        assert answer.status_code < 500, (route, role)


@pytest.mark.parametrize("route", list(EXPECTED))
def test_without_a_session_every_route_leads_to_the_sign_in(
    route: str, browser: Browser, open_ticket: Callable[..., str]
) -> None:
    method, path = path_of(route, open_ticket())
    browser.get("/desk/sign-in")
    answer = browser.get(path) if method == "GET" else browser.post(path)
    assert (answer.status_code, answer.location) == (303, "/desk/sign-in")


def test_only_the_lead_exports() -> None:
    assert {role for role in Role if Right.EXPORT in GRANTS[role]} == {Role.LEAD}


def test_a_complaint_is_the_leads_to_read(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str]
) -> None:
    """U13: for an agent a complaint does not exist, on no route."""
    number = open_ticket(kind=TicketKind.COMPLAINT, summary="About the agent who hung up")
    agent, lead = signed_in(Role.AGENT), signed_in(Role.LEAD)
    assert "hung up" not in agent.get("/desk/tickets?state=all").text
    assert agent.get(f"/desk/tickets/{number}").status_code == 404
    for action in ("assign", "state", "note", "reply"):
        assert (
            agent.post(f"/desk/tickets/{number}/{action}", {"text": "x", "state": "closed"}).status_code
            == 404
        )
    assert "hung up" in lead.get("/desk/tickets").text
    assert lead.get(f"/desk/tickets/{number}").status_code == 200


def test_an_attachment_is_reached_through_its_own_ticket_only(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str]
) -> None:
    with_file, without = open_ticket(attachment=b"<script>alert(1)</script>"), open_ticket()
    agent = signed_in(Role.AGENT)
    answer = agent.get(f"/desk/tickets/{with_file}/attachments/0")
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert agent.get(f"/desk/tickets/{with_file}/attachments/1").status_code == 404
    assert agent.get(f"/desk/tickets/{without}/attachments/0").status_code == 404


@pytest.mark.parametrize(
    ("steps", "alive"),
    [((29,), True), ((31,), False), ((25,) * 23, True), ((25,) * 25, False)],
)
def test_a_session_ends_idle_after_30_minutes_and_after_10_hours_in_all(
    steps: tuple[int, ...], alive: bool, signed_in: Callable[..., Browser], clock: ManualClock
) -> None:
    """S12."""
    browser = signed_in()
    answers = []
    for minutes in steps:
        clock.advance(timedelta(minutes=minutes))
        answers.append(browser.get("/desk/tickets").status_code)
    assert (answers[-1] == 200) is alive


@pytest.mark.parametrize(("role", "enabled"), [(Role.AUTHOR, None), (None, False)])
def test_a_session_is_dead_at_once_after_a_role_change_or_disabling(
    role: Role | None, enabled: bool | None, signed_in: Callable[..., Browser], desk: Desk
) -> None:
    browser = signed_in(username="ole")
    assert desk.staff.change("ole", role=role, enabled=enabled)
    assert browser.get("/desk/tickets").location == "/desk/sign-in"


def test_signing_out_ends_the_session_itself(signed_in: Callable[..., Browser]) -> None:
    """S12: the cookie of before is worth nothing, even when somebody kept it."""
    browser = signed_in()
    cookie = browser.client.get_cookie("tier0-desk", domain="127.0.0.1")
    assert cookie is not None
    assert browser.post("/desk/sign-out").status_code == 303
    browser.client.set_cookie("tier0-desk", cookie.value, domain="127.0.0.1")
    assert browser.get("/desk/tickets").location == "/desk/sign-in"


def test_all_pairs_of_role_and_right_are_decided() -> None:
    assert {(role, right) for role, right in itertools.product(Role, Right) if right in GRANTS[role]} == {
        *((role, Right.TICKETS) for role in (Role.AGENT, Role.LEAD, Role.ADMIN)),
        *((role, Right.COMPLAINTS) for role in (Role.LEAD, Role.ADMIN)),
        *((role, Right.OUTAGES) for role in (Role.LEAD, Role.ADMIN)),
        *((role, Right.DEAD_LETTERS) for role in (Role.LEAD, Role.ADMIN)),
        *((role, Right.KNOWLEDGE) for role in (Role.LEAD, Role.AUTHOR, Role.ADMIN)),
        *((role, Right.AUDIT) for role in (Role.AUDITOR, Role.ADMIN)),
        (Role.LEAD, Right.EXPORT),
    }
