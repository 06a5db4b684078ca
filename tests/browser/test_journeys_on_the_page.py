"""Every journey but the reset, as an employee goes it: on the chat page, in four languages, on a phone and on a PC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from servicedesk.feedback import Verdict
from servicedesk.ticketing.port import Priority, TicketKind
from tests.browser.chat import Chat
from tests.house import House
from tests.words import NEXT, WORDS, Words, fact_question

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


@dataclass(frozen=True)
class Case:
    """One employee for each, locked out from the start; none whose password another test changes."""

    language: str
    locale: str
    username: str
    width: int

    @property
    def words(self) -> Words:
        return WORDS[self.language]


CASES = [
    Case("nb", "nb-NO", "ola.hansen", 360),
    Case("sv", "sv-SE", "anna.svensson", 1280),
    Case("de", "de-DE", "juergen.mueller", 360),
    Case("en", "en-GB", "oliver.smith", 1280),
]


@pytest.fixture(params=CASES, ids=lambda case: f"{case.language}-{case.width}")
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def chat(page: Page, house: House, case: Case) -> Iterator[Chat]:
    chat = Chat(page, house, case.username, case.language)
    yield chat
    assert chat.overflow() <= 0, "nothing to scroll sideways for"
    assert page.locator("html").get_attribute("lang") == chat.language


def test_locked_out_employee_gets_back_in(chat, house, case):
    """The cause is named where something locks the account again and again."""
    before = chat.account
    assert before.locked
    again = "_again" if before.lockouts_today > 1 else ""
    told = {"name": before.given_name, "count": before.lockouts_today}
    chat.write(case.words.locked)
    chat.reads(f"utter_state_locked{again}", **told)
    if before.authenticator_since:  # it comes first, but the phone will do
        chat.press("by_sms", hint=before.phone.number[-2:])
    chat.reads("utter_code_sms", hint=before.phone.number[-2:])
    code = house.newest_code(case.username)
    chat.enter_code(code)
    third = "_third" if before.lockouts_today > 2 else again
    chat.reads(f"utter_unlocked{third}", **told)
    assert not chat.account.locked
    assert code not in chat.page.locator("#log").inner_text()


def test_question_is_answered_with_steps_that_help(chat, case):
    chat.write(case.words.question)
    card = chat.answers.locator(".article")
    expect(card.get_by_role("heading", level=4)).to_contain_text("Authenticator")
    expect(card.locator("ol > li").nth(2)).to_be_visible()
    whole = card.locator("a[href*='/articles/']").last.get_attribute("href")
    assert whole.endswith(f"/{case.language}/{case.words.article}")
    chat.press("solved")
    chat.reads("utter_kb_solved")
    asked = chat.house.services.feedback.of_conversation(chat.conversation.id)
    assert [(entry.article, entry.verdict) for entry in asked] == [(case.words.article, Verdict.SOLVED)]
    article = chat.page.request.get(whole)
    assert article.ok
    assert f'<html lang="{case.language}"' in article.text()


def test_person_gets_all_that_was_said_and_answers_into_the_chat(chat, house, case):
    house.withdraw_all_of(case.username)
    chat.write(case.words.person)
    chat.reads("utter_ask_handover_problem")
    chat.write(case.words.problem)
    chat.reads_text(fact_question("handover", case.language))
    chat.write(case.words.details)
    chat.reads("utter_ask_handover_urgency")
    chat.press("urgency_1")
    chat.press("send")
    ticket = house.ticket(chat.reads_reference())
    expect(chat.answers.filter(has_text=ticket.assignment_group).last).to_contain_text(ticket.key)
    account = chat.account
    assert (ticket.requester, ticket.requester_name) == (account.id, account.display_name)
    assert ticket.language == case.language
    for told in (account.display_name, account.site, case.words.problem, case.words.details):
        assert told in ticket.description
    house.services.cases.agent_reply(ticket.key, "Berit", f"{account.given_name}: OK 4711")
    expect(chat.page.locator("#log .message.agent")).to_contain_text(f"{account.given_name}: OK 4711")


def test_everything_else_in_one_conversation(chat, house, case):
    words = case.words
    chat.write(words.greeting)
    chat.reads("utter_greet")

    chat.write(words.order)
    chat.reads_text(fact_question("request", case.language))
    chat.write(words.order_details)
    chat.reads_text(fact_question("request", case.language, more=True))
    chat.write(words.order_when)
    chat.press("send")
    ordered = chat.reads_reference()
    chat.write(words.status)
    expect(chat.answers).to_contain_text(ordered)

    chat.write(words.outage)
    for outage in house.services.outages.current():
        expect(chat.answers).to_contain_text(outage.text(case.language))

    chat.write(words.incident)
    alarm = chat.reads_reference()
    chat.reads("utter_incident_opened", reference=alarm)
    expect(chat.answers.locator("ol > li")).to_have_count(4)  # those of a password that was typed
    chat.write(words.incident_details)
    chat.reads("utter_incident_details_added", reference=alarm)

    chat.write(words.complaint)
    chat.reads("utter_complaint")
    chat.press("no_thanks")
    chat.reads("utter_deny_what")
    chat.write(words.lunch)
    chat.reads("utter_out_of_scope")

    request, incident = house.ticket(ordered), house.ticket(alarm)
    assert request.kind is TicketKind.SERVICE_REQUEST
    for told in (words.order, words.order_details, words.order_when):
        assert told in request.description
    assert (incident.kind, incident.priority) == (TicketKind.SECURITY_INCIDENT, Priority.CRITICAL)
    assert words.incident in incident.description


def test_language_is_changed_by_asking_for_it_and_on_the_page(chat, page, case):
    """And the page changes with it: a screen reader would read Swedish words as German otherwise."""
    chat.language = NEXT[case.language]
    chat.write(WORDS[chat.language].this_language)
    chat.reads("utter_language_changed")
    expect(page.locator("html")).to_have_attribute("lang", chat.language)
    expect(page.locator("#log .intro")).to_have_attribute("lang", case.language)
    expect(page.locator("#subtitle")).to_contain_text(chat.account.display_name)
    page.reload()
    expect(page.locator("#chat")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", chat.language)
    chat.language = case.language
    page.locator("#language").select_option(case.language)
    expect(page.locator("#log .intro")).to_contain_text(chat.first_line("utter_intro"))
    chat.write(case.words.greeting)
    chat.reads("utter_greet")
