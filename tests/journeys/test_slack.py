"""What only Slack has: rooms that others read, and news that come by themselves. The conversations that all channels
have are in test_golden.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from sqlalchemy import select

from bot.responses import label, say
from connectors.richtext import plain
from connectors.slack import home
from servicedesk.conversations import conversation_id
from servicedesk.store.tables import tickets
from servicedesk.texts import load
from servicedesk.ticketing.port import TicketState
from servicedesk.worker import build_worker
from tests.connectors.slack_api import Posted, Workspace, _texts, payload, settings_for
from tests.journeys.conftest import WELL, ticket_of
from tests.journeys.sides import Answer, InSlack, a_workspace, house, in_slack
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


@pytest.mark.parametrize("language", ["nb", "en"])
async def test_who_types_on_under_an_article_finds_no_stale_buttons_there(
    agent: Agent, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
):
    services = house(tmp_path, monkeypatch, slack=settings_for(workspace.address))
    async with in_slack(agent, services, WELL[language], language, workspace) as slack:
        await slack.say(WORDS[language].question)
        article = slack.posted[-1]
        asked = [label(name, language) for name in ("solved", "not_solved", "person")]
        assert article.titles[-3:] == asked
        text, links = article.text, article.titles[:-3]
        await slack.say(WORDS[language].outage)
        assert (article.text, article.titles) == (text, links)
        assert slack.workspace.calls.count("chat.update") == 1
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
        card = slack.posted[-1]
        await slack.say(WORDS["en"].outage)
        assert tuple(card.titles) == asked.buttons, "about the ticket, whatever is talked of meanwhile"
        await slack.person.press(asked.buttons[1])
        assert [answer.text for answer in await slack.news()] == [
            say("utter_ticket_reopened", "en", reference=case.reference)["text"],
            say("utter_ask_why_not_solved", "en")["text"],
        ]
        await slack.choose("skip")
        work()
        assert ticket_of(services, case.reference).state is TicketState.IN_PROGRESS


async def open_home(slack: InSlack) -> list[dict[str, Any]]:
    """The buttons that are seen there, tickets first."""
    user, calls = slack.person.user, slack.workspace.calls
    count = calls.count("views.publish")
    event = payload("app_home_opened")
    event["event"]["user"] = user
    assert await slack.person.sender.event(event) == (200, "")
    while calls.count("views.publish") == count:
        await asyncio.sleep(0.02)
    blocks = slack.workspace.homes[user]["blocks"]
    return [
        element
        for block in blocks
        for element in block.get("elements", ())
        if "confirm" in element or "add" in element.get("action_id", "")
    ]


async def press_at_home(slack: InSlack, element: dict[str, Any]) -> list[Answer]:
    body = slack.person.pressing(Posted("", "", "", "", []), element)
    body["container"] = {"type": "view", "view_id": "V1"}
    assert (await slack.person.sender.interact(body))[0] == 200
    return await slack.news()


async def test_a_ticket_is_withdrawn_on_the_home_tab_while_the_chat_is_about_another(
    agent: Agent, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The button's own ticket, not the one that the open form is about; and the next words are about none."""
    monkeypatch.setattr(home, "SETTLED_SECONDS", 0.2)
    services = house(tmp_path, monkeypatch, slack=settings_for(workspace.address))
    words = WORDS["en"]
    async with in_slack(agent, services, WELL["en"], "en", workspace) as slack:
        for _ in range(2):
            for text in (words.person, words.problem):
                offered = [button for answer in await slack.say(text) for button in answer.buttons]
                if label("open_a_new_one", "en") in offered:
                    await slack.choose("open_a_new_one")
            await slack.say(words.details)
            await slack.choose("urgency_2")
            await slack.choose("send")
        for _ in range(3):
            build_worker(services).round()
        account = services.directory.find_by_username(WELL["en"])
        assert account
        newer, older = services.cases.of_account(account.id)
        buttons = await open_home(slack)
        assert len(buttons) == 4
        seen = "".join(_texts(workspace.homes[slack.person.user]["blocks"]))
        assert newer.reference in seen
        assert label("state_new", "en") in seen
        add_newer, _, _, withdraw_older = buttons
        asked = await press_at_home(slack, add_newer)
        assert newer.reference in asked[0].text
        told = await press_at_home(slack, withdraw_older)
        assert told[0].text == plain(say("utter_ticket_withdrawn", "en", reference=older.reference)["text"])
        for _ in range(3):
            build_worker(services).round()
        states = {case.reference: case.state for case in services.cases.of_account(account.id)}
        assert states == {newer.reference: TicketState.NEW, older.reference: TicketState.WITHDRAWN}
        await slack.say(words.outage)
        assert len(await open_home(slack)) == 2
        asked = await press_at_home(slack, (await open_home(slack))[0])
        assert newer.reference in asked[0].text
        told = await slack.say("it is on floor 3, too")
        assert told[0].text == plain(say("utter_ticket_added", "en", reference=newer.reference)["text"])
    services.store.close()


async def test_a_preview_is_corrected_in_a_window_and_sent_as_it_stands_there(
    agent: Agent, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    services = house(tmp_path, monkeypatch, slack=settings_for(workspace.address))
    words = WORDS["en"]
    async with in_slack(agent, services, WELL["en"], "en", workspace) as slack:
        for text in (words.person, words.problem, words.details):
            await slack.say(text)
        await slack.choose("urgency_2")
        await slack.person.press(label("preview_edit", "en"))
        while not workspace.views:
            await asyncio.sleep(0.02)
        fields = [block for block in workspace.views[-1]["blocks"] if block["type"] == "input"]
        problem, told, urgency = fields[0], fields[1:-1], fields[-1]
        assert problem["element"]["initial_value"] == words.problem
        typed: dict[str, str | None] = {problem["label"]["text"]: "Sage closes itself when I save"}
        typed[urgency["label"]["text"]] = label("urgency_1", "en")
        typed |= {told[0]["label"]["text"]: None}
        body = slack.person.submission(workspace.views[-1], typed)
        assert await slack.person.sender.interact(body) == (200, "")
        assert "T0-" in (await slack.news())[-1].text
        for _ in range(3):
            build_worker(services).round()
        account = services.directory.find_by_username(WELL["en"])
        assert account
        (case,) = services.cases.of_account(account.id)
        with services.store.reading() as connection:
            written = connection.execute(select(tickets.c.description, tickets.c.urgency)).one()
        assert "Sage closes itself when I save" in written.description
        assert told[0]["element"]["initial_value"] not in written.description
        assert written.urgency == 1
        assert case.number
    services.store.close()
