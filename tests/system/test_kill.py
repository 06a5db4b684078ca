"""F7: killing any process in the middle of a handover loses nothing and doubles nothing."""

from __future__ import annotations

import threading
import time
import uuid

import pytest

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

DELAYS = (0.0, 0.05, 0.15)  # seconds after the last message is sent: before, in and after the action
SENDER = "kari.nordmann"


def handed_over(house, process, delay):
    """A handover whose last answer is sent while `process` is killed; what the employee was told."""
    run = uuid.uuid4().hex[:8]
    house.withdraw_all_of(SENDER)
    house.rest(SENDER, "jeg vil snakke med et menneske", f"{run}-1")
    house.rest(SENDER, f"SAP krasjer når jeg åpner faktura {run}", f"{run}-2")
    replies = house.rest(SENDER, "siden mandag, bare jeg, ingen feilmelding, på laptopen", f"{run}-3")
    preview = house.rest(SENDER, replies[-1]["buttons"][0]["payload"], f"{run}-4")
    send = preview[-1]["buttons"][0]["payload"]
    killer = threading.Timer(delay, house.kill, [process])
    killer.start()
    answer = house.rest(SENDER, send, f"{run}-5")
    killer.join()
    return run, answer


def tickets_about(house, run):
    return [ticket for ticket in house.services.tickets.list(limit=500).tickets if run in ticket.description]


@pytest.mark.parametrize("process", ["actions", "worker", "desk", "rasa"])
@pytest.mark.parametrize("delay", DELAYS)
def test_one_case_and_one_ticket_whatever_is_killed(house, process, delay):
    run, answer = handed_over(house, process, delay)
    references = [
        reply["custom"]["reference"]
        for reply in answer
        if (reply.get("custom") or {}).get("type") == "reference"
    ]
    assert len(references) == 1, answer
    deadline = time.monotonic() + 60  # a killed worker's lease ends after 30 s
    while not tickets_about(house, run) and time.monotonic() < deadline:
        time.sleep(0.3)
    time.sleep(1.0)
    assert [ticket.key for ticket in tickets_about(house, run)] == references
    said = [message.text for message in messages(house) if references[0] in message.text]
    assert len(said) == 1, "the employee is told once"
    house.wait_until_all_answer()


def messages(house):
    account = house.services.directory.find_by_username(SENDER)
    conversation = house.services.conversations.latest_of(account.id)
    return house.services.conversations.messages(conversation.id)
