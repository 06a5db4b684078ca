"""Every journey over the REST channel of the running house, in four languages: text in, text and buttons out."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

import pytest
import requests

from bot.responses import label, say
from servicedesk.feedback import Verdict
from servicedesk.ticketing.port import Priority, TicketKind
from tests.house import House
from tests.words import NEXT, WORDS, fact_question

pytestmark = [pytest.mark.system, pytest.mark.timeout(200)]

EMPLOYEES = {"nb": "kari.nordmann", "sv": "maja.ekholm", "de": "lena.schmidt", "en": "emily.clarke"}
NEW = {
    "nb": "åtte måker stjal vaffelen 29",
    "sv": "åtta älgar dansar på isen 31",
    "de": "sieben Störche fliegen 22 heim",
    "en": "nine herons read 64 novels",
}


class Caller:
    """A program that talks for one sender, with the trusted token or without."""

    def __init__(self, house: House, sender: str, language: str, *, proven: bool = True) -> None:
        self.house = house
        self.sender = sender
        self.language = language
        self.proven = proven
        self.replies: list[dict[str, Any]] = []

    def send(self, message: str) -> str:
        self.replies = self.house.rest(self.sender, message, uuid.uuid4().hex, proven=self.proven)
        return self.text

    def press(self, name: str, /, **values: str) -> str:
        """Send back the payload of the button with this label of responses/."""
        title = label(name, self.language).format(**values)
        buttons = {
            button["title"]: button["payload"]
            for reply in self.replies
            for button in reply.get("buttons", ())
        }
        return self.send(buttons[title])

    @property
    def text(self) -> str:
        return "\n\n".join(reply["text"] for reply in self.replies)

    def card(self, kind: str) -> dict[str, Any]:
        """What stands in the one reply's `custom` of this type."""
        (card,) = (reply["custom"] for reply in self.replies if reply.get("custom", {}).get("type") == kind)
        return card


@pytest.fixture(params=EMPLOYEES.items(), ids=EMPLOYEES.keys())
def caller(request, house):
    language, username = request.param
    return Caller(house, username, language)


@pytest.fixture
def words(caller):
    return WORDS[caller.language]


@pytest.fixture
def account(caller):
    return caller.house.services.directory.find_by_username(caller.sender)


def wait_until_a_code_may_be_sent(services, account):
    """One a minute (S3), and another test may just have had one sent to the same phone."""
    with services.store.transaction() as connection:
        wait = services.verification.limits.send_wait(connection, account.id, proven=True)
    time.sleep(wait.total_seconds() if wait else 0)


def choose_password(url, password):
    page = requests.get(url, timeout=10)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    origin = {"Origin": url.split("/reset/")[0]}
    form = {"csrf_token": token, "password": password}
    return requests.post(url, data=form, headers=origin, cookies=page.cookies, timeout=20)


def test_locked_account_is_opened_and_forgotten_password_replaced(caller, words, account):
    services = caller.house.services
    services.directory.lock(account.id)
    caller.send(words.locked)
    assert caller.card("code_field")["factor"] == "authenticator"
    caller.send(caller.house.canaries.code(services.directory.demo_authenticator_code(account.id)))
    assert say("utter_unlocked", caller.language, name=account.given_name)["text"] == caller.text
    assert not services.directory.find(account.id).locked

    wait_until_a_code_may_be_sent(services, account)
    caller.send(words.forgotten)
    caller.press("by_sms", hint=account.phone.number[-2:])
    assert caller.card("code_field")["factor"] == "sms"
    caller.send(caller.house.newest_code(caller.sender))
    link = caller.card("link")
    assert link["title"] == label("choose_password", caller.language)
    new = caller.house.canaries.password(NEW[caller.language])
    answer = choose_password(link["url"], new)
    assert answer.ok
    assert f'<html lang="{caller.language}"' in answer.text
    assert services.directory.sign_in(caller.sender, NEW[caller.language]).value == "ok"


def test_question_is_answered_with_steps_that_help(caller, words, account):
    text = caller.send(words.question)
    card = caller.card("article")
    assert card["url"].endswith(f"/{caller.language}/{words.article}")
    assert card["title"] in text
    assert "\n3. " in text
    assert caller.press("solved") == say("utter_kb_solved", caller.language)["text"]
    services = caller.house.services
    conversation = services.conversations.latest_of(account.id)
    newest = services.feedback.of_conversation(conversation.id)[-1]
    assert (newest.article, newest.verdict) == (words.article, Verdict.SOLVED)


def test_person_gets_all_that_was_said(caller, words, account):
    caller.house.withdraw_all_of(caller.sender)
    caller.send(words.person)
    caller.send(words.problem)
    caller.send(words.details)
    caller.press("urgency_1")
    text = caller.press("send")
    reference = caller.card("reference")["reference"]
    assert reference in text
    ticket = caller.house.ticket(reference)
    assert (ticket.requester, ticket.language) == (account.id, caller.language)
    for told in (account.display_name, account.site, words.problem, words.details):
        assert told in ticket.description


def test_everything_else_in_one_conversation(caller, words):
    language, house = caller.language, caller.house
    assert say("utter_greet", language)["text"] in caller.send(words.greeting)

    assert caller.send(words.order).startswith(fact_question("request", language))
    caller.send(words.order_details)
    caller.send(words.order_when)
    caller.press("send")
    ordered = caller.card("reference")["reference"]
    assert ordered in caller.send(words.status)

    text = caller.send(words.outage)
    assert all(outage.text(language) in text for outage in house.services.outages.current())

    assert "1. " in caller.send(words.incident)
    alarm = caller.card("reference")["reference"]
    caller.send(words.incident_details)

    assert caller.send(words.complaint) == say("utter_complaint", language)["text"]
    assert caller.press("no_thanks") == say("utter_deny_what", language)["text"]
    assert caller.send(words.lunch) == say("utter_out_of_scope", language)["text"]

    for wanted in (NEXT[language], language):
        assert caller.send(WORDS[wanted].this_language) == say("utter_language_changed", wanted)["text"]

    request, incident = house.ticket(ordered), house.ticket(alarm)
    assert request.kind is TicketKind.SERVICE_REQUEST
    assert words.order_details in request.description
    assert (incident.kind, incident.priority) == (TicketKind.SECURITY_INCIDENT, Priority.CRITICAL)


@pytest.mark.parametrize("language", EMPLOYEES)
def test_untrusted_sender_is_led_to_the_page_whatever_name_is_given(house, language):
    """S2, U5: a user name without a trusted token proves nothing, and no code is sent to its owner."""
    sender = EMPLOYEES[language]
    account = house.services.directory.find_by_username(sender)
    before = house.services.delivery.sent_to(account.phone.number)
    caller = Caller(house, sender, language, proven=False)
    text = caller.send(WORDS[language].forgotten)
    assert text.startswith(say("utter_intro", language)["text"]), (
        "D5: the first reply says that it is a machine"
    )
    url = caller.card("link")["url"]
    assert url == f"{house.settings.desk_url}/reset?lang={language}"
    page = requests.get(url, timeout=10)
    assert page.ok
    assert f'<html lang="{language}"' in page.text
    assert house.services.delivery.sent_to(account.phone.number) == before
