"""What only Slack has: rooms that others read, and news that come by themselves. The conversations that all channels
have are in test_golden.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rasa.core.agent import Agent

from bot.responses import label, say
from connectors.richtext import plain
from servicedesk.conversations import conversation_id
from servicedesk.texts import load
from servicedesk.ticketing.port import TicketState
from servicedesk.worker import build_worker
from tests.connectors.slack_api import Workspace, settings_for
from tests.journeys.conftest import WELL, ticket_of
from tests.journeys.sides import Answer, a_workspace, house, in_slack
from tests.journeys.test_back_to_the_requester import settle
from tests.journeys.test_handover import PERSON, PROBLEM
from tests.words import WORDS, fact_question


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as made:
        yield made


async def test_an_account_matter_of_a_channel_ends_in_the_private_chat(
    agent: Agent, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The words that were written in the channel are worked on; nothing about the account stands there."""
    services = house(tmp_path, monkeypatch, slack=settings_for(workspace.address))
    async with in_slack(agent, services, WELL["nb"], "nb", workspace) as slack:
        mention = slack.person.mention(f"<@U0TIER0> {WORDS['nb'].forgotten}")
        assert await slack.person.sender.event(mention) == (200, "")
        room = await slack.person.read(1, channel="C0GENERAL", seconds=60)
        answers = await slack.news()
        assert [message.text for message in room] == [say("utter_go_private", "nb")["text"]]
        assert answers[0].text == say("utter_from_room", "nb")["text"]
        assert slack.factor
        knowledge = slack.person.mention(f"<@U0TIER0> {WORDS['nb'].question}")
        assert await slack.person.sender.event(knowledge) == (200, "")
        room = await slack.person.read(2, channel="C0GENERAL", seconds=60)
        assert room[1].titles[-3:] == [label(name, "nb") for name in ("solved", "not_solved", "person")]
        await slack.news()
        await slack.person.press(label("person", "nb"), channel="C0GENERAL")
        await slack.person.read(3, channel="C0GENERAL", seconds=60)
        asked = plain(fact_question("handover", "nb"))
        assert (await slack.news())[-1].text.startswith(asked)
    services.store.close()


async def test_an_agents_answer_comes_into_slack(
    agent: Agent, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Proactive, through the outbox and the worker."""
    services = house(tmp_path, monkeypatch, slack=settings_for(workspace.address))
    async with in_slack(agent, services, WELL["en"], "en", workspace) as slack:
        await slack.say(WORDS["en"].outage)
        identifier = conversation_id("slack", "T0NORDLYS", slack.person.user)
        sent = {
            "conversation": identifier,
            "text": "It is **fixed** now.",
            "author": "agent",
            "author_name": "Liv",
        }
        with services.store.transaction() as connection:
            services.outbox.put(connection, kind="chat.say", key="k1", payload=sent)
        build_worker(services).round()
        assert await slack.news() == [Answer("It is fixed now.", ())]
        assert slack.posted[-1].words == "Liv, IT (a person)It is fixed now."
    services.store.close()


async def test_whether_it_is_solved_is_asked_and_answered_in_slack(
    agent: Agent, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    services = house(tmp_path, monkeypatch, slack=settings_for(workspace.address))
    worker = build_worker(services)

    def work() -> None:
        for _ in range(5):
            worker.round()

    async with in_slack(agent, services, WELL["en"], "en", workspace) as slack:
        for words in (PERSON["en"], PROBLEM["en"]):
            await slack.say(words)
        await slack.choose("just_send")
        person = services.directory.find_by_username(WELL["en"])
        assert person is not None
        (case,) = services.cases.of_account(person.id)
        work()
        settle(services, work, case.reference)
        asked = (await slack.news())[-1]
        assert asked.buttons == (load("en")["button_solved"], load("en")["button_not_solved"])
        await slack.person.press(asked.buttons[1])
        assert [answer.text for answer in await slack.news()] == [
            say("utter_ticket_reopened", "en", reference=case.reference)["text"],
            say("utter_ask_why_not_solved", "en")["text"],
        ]
        await slack.choose("skip")
        work()
        assert ticket_of(services, case.reference).state is TicketState.IN_PROGRESS
    services.store.close()
