"""What L1 reads and does: list, ticket page, answer into the chat, export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from markupsafe import escape

from desk.context import Desk
from desk.export import harmless
from desk.staff import Role
from servicedesk.bootstrap import Services
from servicedesk.clock import ManualClock
from servicedesk.resolutions import Said
from servicedesk.store.tables import resolutions
from servicedesk.ticketing.port import Impact, TicketState, Urgency
from servicedesk.worker import build_worker
from tests.desk.conftest import Browser, Handed

MARKUP = '<script>alert("x")</script><img src=x onerror=alert(1)>{{7*7}}'


def test_the_ticket_page_says_all_that_l1_would_ask(
    signed_in: Callable[..., Browser], handed: Handed
) -> None:
    page = signed_in().get(f"/desk/tickets/{handed.number}").text
    for expected in (
        handed.number,
        handed.reference,
        "Kari Nordmann",
        "identity verified by the channel",
        "Norwegian",
        "VPN faller ut hele tiden",  # in the employee's own words
        "answers from the knowledge base that did not help: 1",
        "was not shown this",
        "Norway",
        "kb question (91 %), application: vpn",
        "Since when",
        "i morges",
        "restarted the client",
        "Koble til VPN",  # the article's title
        "did not help",
        "Account now",
    ):
        assert expected in page, expected


def test_employee_bot_and_agent_are_told_apart_in_the_transcript(
    signed_in: Callable[..., Browser], handed: Handed, services: Services
) -> None:
    """S12: messages show bot or person."""
    services.conversations.say(
        conversation=handed.conversation, key="3", author="agent", author_name="Maja", text="Hei!"
    )
    page = signed_in().get(f"/desk/tickets/{handed.number}").text
    for kind, words in (("employee", "employee"), ("bot", "bot, a machine"), ("agent", "agent, a person")):
        assert f'<li class="{kind}">' in page
        assert words in page
    assert "Prøv <b>dette</b> først." in page


def test_who_is_not_verified_is_marked_and_the_check_named(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str]
) -> None:
    number = open_ticket()
    agent = signed_in()
    assert "not verified" in agent.get("/desk/tickets").text
    page = agent.get(f"/desk/tickets/{number}").text
    assert "identity not verified" in page
    assert "call back on the recorded number, two agents" in page


def test_markup_in_a_ticket_stays_text(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str], handed: Handed, services: Services
) -> None:
    """U10: in the list, on the page, in the transcript, in comments, in names of files."""
    number = open_ticket(
        summary=MARKUP,
        requester_name=MARKUP,
        description=MARKUP,
        contact=MARKUP,
        category=MARKUP[:48],
        assignment_group=MARKUP,
        conversation=handed.conversation,
    )
    services.conversations.say(
        conversation=handed.conversation, key="m", author="employee", author_name=MARKUP, text=f"**{MARKUP}**"
    )
    agent = signed_in()
    agent.get(f"/desk/tickets/{number}")
    agent.post(f"/desk/tickets/{number}/note", {"text": MARKUP})
    for path in (
        f"/desk/tickets/{number}",
        "/desk/tickets",
        f"/desk/tickets?text={MARKUP}",
        f"/desk/tickets?text={MARKUP[:9]}",
    ):
        page = agent.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{7*7}}" in page


def test_assigning_state_and_note_change_the_ticket_and_are_audited(
    signed_in: Callable[..., Browser], handed: Handed, services: Services, desk: Desk
) -> None:
    agent = signed_in(username="maja")
    agent.get(f"/desk/tickets/{handed.number}")
    assert agent.post(f"/desk/tickets/{handed.number}/assign", {"to": "me"}).status_code == 303
    ticket = services.tickets.get(handed.number)  # type: ignore[attr-defined]
    [(maja, _, _)] = desk.staff.everybody()
    assert (ticket.assigned_to, ticket.state) == (maja.id, TicketState.IN_PROGRESS)
    assert handed.number in agent.get("/desk/tickets?whose=mine").text
    agent.post(f"/desk/tickets/{handed.number}/state", {"state": "waiting"})
    agent.post(f"/desk/tickets/{handed.number}/note", {"text": "called, no answer", "key": "k1"})
    agent.post(f"/desk/tickets/{handed.number}/note", {"text": "called, no answer", "key": "k1"})
    view = services.tickets.view(ticket.ref)
    assert view.state is TicketState.WAITING
    assert [(c.text, c.public) for c in view.comments] == [("called, no answer", False)]
    agent.post(f"/desk/tickets/{handed.number}/assign", {"to": "group"})
    assert services.tickets.get(handed.number).assigned_to is None  # type: ignore[attr-defined]
    events = [row["event"] for row in services.audit.export()]
    assert {"ticket.assigned", "ticket.state", "ticket.note"} <= set(events)


@pytest.mark.parametrize("state", ["unknown", "", "gone"])
def test_a_state_that_is_none_is_refused(
    state: str, signed_in: Callable[..., Browser], handed: Handed
) -> None:
    agent = signed_in()
    agent.get(f"/desk/tickets/{handed.number}")
    assert agent.post(f"/desk/tickets/{handed.number}/state", {"state": state}).status_code == 400


def test_an_answer_reaches_the_chat_and_stands_in_the_transcript(
    signed_in: Callable[..., Browser], handed: Handed, services: Services
) -> None:
    agent = signed_in(username="maja")
    agent.get(f"/desk/tickets/{handed.number}")
    for _ in range(2):  # a double click
        answer = agent.post(
            f"/desk/tickets/{handed.number}/reply", {"text": "Hei Kari, prøv igjen nå.", "key": "form-1"}
        )
        assert answer.status_code == 303
    assert "on its way" in agent.get(answer.location).text
    build_worker(services).round()
    said = [m for m in services.conversations.messages(handed.conversation) if m.author == "agent"]
    assert [(m.author_name, m.text) for m in said] == [("Maja", "Hei Kari, prøv igjen nå.")]
    assert "Hei Kari, prøv igjen nå." in agent.get(f"/desk/tickets/{handed.number}").text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Kan du sende meg passordet ditt?", "Nobody in IT asks an employee"),
        ("Please send me the code that you got by SMS", "Nobody in IT asks an employee"),
        ("Bitte teilen Sie mir Ihr Passwort mit", "Nobody in IT asks an employee"),
        ("   ", "The answer is empty"),
    ],
)
def test_an_answer_that_asks_for_a_secret_is_not_sent(
    text: str, reason: str, signed_in: Callable[..., Browser], handed: Handed, services: Services
) -> None:
    """U16: refused with a reason, and the agent's text is not lost."""
    agent = signed_in()
    agent.get(f"/desk/tickets/{handed.number}")
    answer = agent.post(f"/desk/tickets/{handed.number}/reply", {"text": text})
    assert answer.status_code == 422
    assert reason in answer.text
    assert text.strip() in answer.text
    build_worker(services).round()
    assert all(m.author != "agent" for m in services.conversations.messages(handed.conversation))


def test_a_ticket_without_a_chat_offers_no_answer_into_it(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str]
) -> None:
    number, agent = open_ticket(), signed_in()
    assert "This ticket has no chat" in agent.get(f"/desk/tickets/{number}").text
    assert agent.post(f"/desk/tickets/{number}/reply", {"text": "Hello"}).status_code == 404


def test_the_list_narrows_and_sorts(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str], clock: ManualClock
) -> None:
    low = open_ticket(summary="low one", urgency=Urgency.CAN_WAIT, assignment_group="Workplace")
    clock.advance(timedelta(minutes=1))
    high = open_ticket(summary="high one", impact=Impact.EVERYBODY, urgency=Urgency.CANNOT_WORK)
    clock.advance(timedelta(minutes=1))
    newest = open_ticket(summary="newest one", urgency=Urgency.CAN_WAIT)
    agent = signed_in()

    def shown(query: str) -> list[str]:
        page = agent.get(f"/desk/tickets?{query}").text
        places = {number: page.find(f">{number}<") for number in (low, high, newest)}
        return sorted((number for number, place in places.items() if place >= 0), key=places.__getitem__)

    assert shown("") == [high, low, newest]
    assert shown("order=newest") == [newest, high, low]
    assert shown("priority=1") == [high]
    assert shown("group=Workplace") == [low]
    assert shown("text=newest") == [newest]
    assert shown("whose=mine") == []
    assert shown("state=closed") == []
    assert shown("state=nonsense&priority=9&page=x") == [high, low, newest]


def test_many_tickets_come_in_pages(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str]
) -> None:
    for _ in range(53):
        open_ticket()
    agent = signed_in()
    assert agent.get("/desk/tickets").text.count('<th scope="row"') == 50
    assert agent.get("/desk/tickets?page=2").text.count('<th scope="row"') == 3


def test_an_unknown_ticket_is_not_found(signed_in: Callable[..., Browser]) -> None:
    agent = signed_in()
    for number in ("INC9999999", "0", "T0-XXXXX", "' OR 1=1"):
        assert agent.get(f"/desk/tickets/{number}").status_code == 404


# --- export ---


def test_the_export_needs_a_reason_and_is_audited_and_formula_free(
    signed_in: Callable[..., Browser], open_ticket: Callable[..., str], services: Services
) -> None:
    """S12, U10, U13."""
    open_ticket(summary='=HYPERLINK("http://evil.example")', requester_name="@SUM(A1)")
    lead = signed_in(Role.LEAD)
    lead.get("/desk/export")
    assert lead.post("/desk/export", {"reason": "because"}).status_code == 422
    answer = lead.post("/desk/export", {"reason": "figures for the works council"})
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][0] == "number"
    assert rows[1][-2:] == ["'@SUM(A1)", '\'=HYPERLINK("http://evil.example")']
    exported = [row["details"] for row in services.audit.export() if row["event"] == "tickets.exported"]
    assert exported == [{"reason": "figures for the works council", "count": 1}]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "  =", "＝", "|"])
def test_no_cell_starts_a_formula(start: str) -> None:
    assert harmless(f"{start}1").startswith("'")


@pytest.mark.parametrize("text", ["INC0010001", "VPN drops", "Kari", "", "1-2", "a=b"])
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_what_the_requester_says_of_the_solution_is_read_on_the_ticket(
    signed_in: Callable[..., Browser], handed: Handed, services: Services
) -> None:
    browser = signed_in()
    browser.get(f"/desk/tickets/{handed.number}")
    browser.post(f"/desk/tickets/{handed.number}/state", {"state": "resolved"})
    said = services.resolutions
    assert said.ask_here(handed.reference, conversation=handed.conversation, language="nb") is not None
    assert "has not answered yet" in browser.get(f"/desk/tickets/{handed.number}").text
    said.answer(handed.reference, Said.SOLVED)
    said.rate(handed.reference, 2)
    said.comment(handed.reference, MARKUP)
    page = browser.get(f"/desk/tickets/{handed.number}").text
    assert "2 of 5" in page
    assert MARKUP not in page
    assert escape(MARKUP) in page
    assert "Fewer than 5 people" in signed_in(Role.LEAD).get("/desk/satisfaction").text, "D5"


def test_leads_read_how_five_people_fared(signed_in: Callable[..., Browser], services: Services) -> None:
    now = services.clock.now()
    with services.store.transaction() as connection:
        for person in range(5):
            connection.execute(
                resolutions.insert().values(
                    reference=f"T0-{person}", settled_at=now, conversation=f"c{person}", category="network.vpn",
                    state="solved", stars=1 + person % 2, comment=MARKUP, asked_at=now, answered_at=now,
                )
            )  # fmt: skip
    page = signed_in(Role.LEAD).get("/desk/satisfaction").text
    for expected in ("1.4", "Network / VPN", "1 of 5"):
        assert expected in page, expected
    assert MARKUP not in page
    assert escape(MARKUP) in page
