"""U13: somebody on the desk reads or exports what is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from desk.context import Desk
from desk.staff import Role
from servicedesk.bootstrap import Services
from servicedesk.clock import ManualClock
from servicedesk.ticketing.port import TicketKind
from tests.desk.conftest import (
    Browser,
    app,
    browser,
    clock,
    desk,
    hire,
    open_ticket,
    services,
    signed_in,
)

__all__ = ["app", "browser", "clock", "desk", "hire", "open_ticket", "services", "signed_in"]

SECRET = "the agent who hung up on me"
NOT_FOR_TICKETS = (Role.AUTHOR, Role.AUDITOR)
REASON = {"reason": "figures for the works council"}


@pytest.fixture
def complaint(open_ticket: Callable[..., str]) -> str:
    return open_ticket(kind=TicketKind.COMPLAINT, summary=SECRET, attachment=SECRET.encode())


def try_everything(browser: Browser, number: str) -> str:
    """Every way to a ticket's words, and what came back from all of them."""
    read = [
        browser.get(path).text
        for path in (
            "/desk/",
            "/desk/tickets",
            "/desk/tickets?state=all",
            f"/desk/tickets?state=all&q={SECRET}",
            f"/desk/tickets/{number}",
            f"/desk/tickets/{number.lower()}",
            f"/desk/tickets/%20{number}",
            f"/desk/tickets/{number}/attachments/0",
            "/desk/export",
            "/desk/audit",
            "/desk/dead-letters",
        )
    ]
    for action in ("assign", "state", "note", "reply"):
        form = {"text": "seen", "state": "closed", "to": "me"}
        read.append(browser.post(f"/desk/tickets/{number}/{action}", form).text)
    read.append(browser.post("/desk/export", REASON).text)
    return "\n".join(read)


@pytest.mark.parametrize("role", [Role.AGENT, *NOT_FOR_TICKETS])
def test_a_complaint_is_neither_read_changed_nor_exported_by_who_may_not(
    role: Role, signed_in: Callable[..., Browser], services: Services, complaint: str
) -> None:
    before = services.tickets.get(complaint)  # type: ignore[attr-defined]
    assert SECRET not in try_everything(signed_in(role), complaint)
    assert services.tickets.get(complaint) == before  # type: ignore[attr-defined]
    assert SECRET in try_everything(signed_in(Role.LEAD), complaint), "or the test proves nothing"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.LEAD])
def test_nobody_but_the_lead_takes_all_tickets_home(
    role: Role, signed_in: Callable[..., Browser], services: Services, open_ticket: Callable[..., str]
) -> None:
    open_ticket(summary="a printer of mine")
    thief = signed_in(role)
    assert thief.get("/desk/export").status_code == 403
    assert thief.post("/desk/export", REASON).status_code == 403
    assert not [row for row in services.audit.export() if row["event"] == "tickets.exported"]


def test_what_is_no_longer_theirs_is_gone_within_a_minute(
    signed_in: Callable[..., Browser], desk: Desk, clock: ManualClock, complaint: str
) -> None:
    """S12: an open page of one who was a lead, or who has left."""
    lead, gone = signed_in(Role.LEAD, "was-lead"), signed_in(Role.AGENT, "has-left")
    assert desk.staff.change("was-lead", role=Role.AGENT)
    assert desk.staff.change("has-left", enabled=False)
    clock.advance(timedelta(seconds=60))
    assert SECRET not in try_everything(lead, complaint)
    assert gone.get("/desk/tickets").location == "/desk/sign-in"
