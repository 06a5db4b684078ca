"""From a REST message to a ticket in Request Tracker, and from L1's answer there back into the chat."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from bot.responses import label
from servicedesk.conversations import StoredMessage
from tests.house import PATIENCE, House, open_house
from tests.servers.request_tracker import KEY_FIELD, RequestTrackerServer
from tests.words import WORDS

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

EMPLOYEE, LANGUAGE = "kari.nordmann", "nb"


@pytest.fixture(autouse=True)
def _all_up() -> None:
    """The shared house is not needed here."""


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, rt: RequestTrackerServer) -> Iterator[House]:
    outside = {
        "TIER0_TICKETING": "request_tracker",
        "TIER0_TICKETING_URL": rt.url,
        "TIER0_TICKETING_SECRET": rt.token,
        "TIER0_TICKETING_POLL_SECONDS": "2",
    }
    with open_house(tmp_path_factory.mktemp("rt-house"), **outside) as opened:
        yield opened


def test_a_handover_reaches_rt_and_the_answer_comes_back(house: House, rt: RequestTrackerServer) -> None:
    words = WORDS[LANGUAGE]
    say = lambda message: house.rest(EMPLOYEE, message, uuid.uuid4().hex)  # noqa: E731
    for message in (words.person, words.problem, words.details):
        replies = say(message)
    buttons = {each["title"]: each["payload"] for reply in replies for each in reply.get("buttons", ())}
    replies = say(buttons[label("urgency_1", LANGUAGE)])
    (reference,) = [
        card["reference"] for reply in replies if (card := reply.get("custom", {})).get("type") == "reference"
    ]

    ticket = ticket_of(rt, reference)
    assert words.problem in text_of(rt, ticket)
    (requestor,) = rt.as_agent("GET", f"ticket/{ticket}")["Requestor"]
    account = house.services.directory.find_by_username(EMPLOYEE)
    assert account is not None
    assert requestor["id"] == account.email

    answer = {"Content": "Vi ser på det <nå> 😀", "ContentType": "text/plain"}
    time.sleep(6)  # RT's own automatic changes are not taken for news
    rt.as_agent("POST", f"ticket/{ticket}/correspond", json=answer)
    heard = answer_in(house)
    assert (heard.text, heard.author_name) == ("Vi ser på det <nå> 😀", "Anna Agent")
    assert heard.content == {"type": "agent", "reference": reference}


def ticket_of(rt: RequestTrackerServer, reference: str) -> str:
    query = {"query": f"'CF.{{{KEY_FIELD}}}' = '{reference}'"}
    deadline = time.monotonic() + PATIENCE
    while not (found := rt.as_agent("GET", "tickets", params=query)["items"]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    (ticket,) = found
    return str(ticket["id"])


def text_of(rt: RequestTrackerServer, ticket: str) -> str:
    options = {"fields": "Content,ContentType,Filename"}
    parts = rt.as_agent("GET", f"ticket/{ticket}/attachments", params=options)["items"]
    return "\n".join(part["Content"] for part in parts if part["ContentType"] == "text/plain")


def answer_in(house: House) -> StoredMessage:
    account = house.services.directory.find_by_username(EMPLOYEE)
    assert account is not None
    deadline = time.monotonic() + PATIENCE
    while True:
        conversation = house.services.conversations.latest_of(account.id)
        assert conversation is not None
        messages = house.services.conversations.messages(conversation.id)
        found = [message for message in messages if message.author == "agent"]
        if found:
            return found[-1]
        assert time.monotonic() < deadline
        time.sleep(0.5)
