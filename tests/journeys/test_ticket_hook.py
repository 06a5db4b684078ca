"""L1 answers in its own system, the system calls, and the employee reads the answer in the chat seconds later, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from desk.app import create_app
from servicedesk.settings import Settings
from tests.contracts.test_servicenow import backstage
from tests.fakes.ticketing.hooks import sent
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow
from tests.journeys.conftest import WELL
from tests.journeys.test_handover import DETAILS, PERSON, PROBLEM

__all__ = ["backstage"]
BASE = "http://127.0.0.1:8090"
SECRET = "7h3-5ecret-0f-th3-w3bh00ks-0f-th1s-t3st"


@pytest.fixture
def settings(tmp_path: Path, backstage: FakeServiceNow) -> Settings:
    return Settings.from_env(
        {
            "TIER0_STATE_DIR": str(tmp_path),
            "TIER0_TICKETING": "servicenow",
            "TIER0_TICKETING_URL": backstage.wire.url,
            "TIER0_TICKETING_USER": USER,
            "TIER0_TICKETING_SECRET": PASSWORD,
            "TIER0_TICKETING_CALLS_PER_SECOND": "100",
            "TIER0_TICKETING_WEBHOOK_SECRET": SECRET,
        }
    )


async def test_an_answer_is_in_the_chat_seconds_after_the_hook_and_once(
    talk_as, services, work, clock, backstage: FakeServiceNow
) -> None:
    talk = talk_as(WELL["nb"], "nb")
    for text in (PERSON["nb"], PROBLEM["nb"], DETAILS["nb"]):
        await talk.say(text)
    await talk.choose("urgency_1")
    await talk.choose("send")
    work()
    case = services.cases.get(talk.reference())
    ticket = services.tickets.find(case.reference)
    clock.advance(timedelta(seconds=1))
    work()  # polled just now: the next time is half a minute away
    backstage._now += timedelta(minutes=1)
    backstage.reply(ticket, "Jeg ser på det nå, hilsen Anna", public=True)
    backstage.reply(ticket, "bare for oss", public=False)

    desk, (headers, body) = create_app(services).test_client(), sent("servicenow", SECRET, ticket.id)
    for _ in range(3):  # a rule that fires on each of three fields
        answer = desk.post("/tickets/changed/servicenow", data=body, headers=headers, base_url=BASE)
        assert answer.status_code == 202
    clock.advance(timedelta(seconds=2))
    work()
    assert heard(services, talk) == ["Jeg ser på det nå, hilsen Anna"]

    for _ in range(4):  # polling comes to the same change
        clock.advance(timedelta(seconds=31))
        work()
    assert heard(services, talk) == ["Jeg ser på det nå, hilsen Anna"]


def heard(services, talk) -> list[str]:
    messages = services.conversations.messages(talk.conversation)
    return [message.text for message in messages if message.author == "agent"]
