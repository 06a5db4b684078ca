"""The same journeys in Slack as on the chat page, word for word, in four languages.

The whole bot in process, with Slack's Web API at the other end of a wire."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import register
from sanic import Sanic
from sqlalchemy import select

from bot.responses import label, say
from connectors.richtext import plain
from connectors.runtime import Runtime
from connectors.slack.channel import SlackInput
from connectors.slack.text import escaped
from servicedesk.bootstrap import Services, build_front, build_services
from servicedesk.clock import ManualClock
from servicedesk.conversations import conversation_id
from servicedesk.settings import Settings
from servicedesk.store.tables import inbound, sendings
from servicedesk.worker import build_worker
from tests.connectors.server import serve, stop
from tests.connectors.slack_api import Person, Posted, Sender, Workspace, settings_for
from tests.journeys.conftest import LANGUAGES, WELL, ActionsClientInProcess, Talk, dialogue_of
from tests.state import StartedBefore
from tests.words import NEXT, WORDS

CHANGING = re.compile(r"T0-[0-9A-Z]+|INC\d+|https?://\S+|\b\d{1,2}[:.]\d\d\b")


class Side(Protocol):
    """One employee in front of one channel; each call gives what was answered to it, without markup."""

    services: Services

    async def say(self, text: str) -> list[str]: ...
    async def choose(self, name: str) -> list[str]: ...
    async def enter(self, code: str) -> list[str]: ...
    @property
    def factor(self) -> str: ...
    def sms_code(self) -> str: ...


class OnPage:
    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.services = talk.services

    async def say(self, text: str) -> list[str]:
        await self._talk.say(text)
        return self._read()

    async def choose(self, name: str) -> list[str]:
        await self._talk.choose(name)
        return self._read()

    async def enter(self, code: str) -> list[str]:
        await self._talk.enter(code)
        return self._read()

    @property
    def factor(self) -> str:
        return str(self._talk.custom[-1]["factor"])

    def sms_code(self) -> str:
        return self._talk.sms_code()

    def _read(self) -> list[str]:
        return [plain(reply.text) for reply in self._talk.replies]


class InSlack:
    """Reads what stands in Slack: the blocks, not what we think we sent."""

    def __init__(
        self, services: Services, workspace: Workspace, person: Person, username: str, language: str
    ):
        self.services = services
        self.workspace = workspace
        self.person = person
        self.language = language
        self._username = username
        self._seen = 0

    async def say(self, text: str) -> list[str]:
        await self.person.say(text)
        return await self.news()

    async def choose(self, name: str) -> list[str]:
        await self.person.press(self.title(name))
        return await self.news()

    async def enter(self, code: str) -> list[str]:
        """The button under the question, the modal, the digits."""
        opened = len(self.workspace.views)
        await self.person.press(label("code_enter", self.language))
        while len(self.workspace.views) == opened:
            await asyncio.sleep(0.02)
        assert await self.person.enter(code) == ""
        return await self.news()

    @property
    def factor(self) -> str:
        element = next(e for m in reversed(self.posted) for e in m.buttons if e["action_id"] == "tier0:code")
        return str(element["value"])

    def sms_code(self) -> str:
        account = self.services.directory.find_by_username(self._username)
        assert account
        assert account.phone
        found = re.search(r"\b\d{6,8}\b", self.services.delivery.sent_to(account.phone.number)[0].text)
        assert found
        return found.group()

    @property
    def posted(self) -> list[Posted]:
        return self.workspace.in_channel(self.person.direct)

    def title(self, name: str) -> str:
        """The button of this label that is to be seen now, whatever hint is filled in."""
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(label(name, self.language))))
        shown = [title for message in reversed(self.posted) for title in message.titles]
        return next(title for title in shown if pattern.fullmatch(title))

    async def news(self) -> list[str]:
        """What has come since the last look, once nothing is open any more."""
        deadline = asyncio.get_running_loop().time() + 60
        while self._open():
            assert asyncio.get_running_loop().time() < deadline, [message.text for message in self.posted]
            await asyncio.sleep(0.05)
        new = self.posted[self._seen :]
        self._seen = len(self.posted)
        for message in new:
            assert message.blocks, "an answer in plain text only: Slack would not have taken the blocks"
        return [message.text for message in new]

    def _open(self) -> bool:
        working = select(inbound.c.id).where(inbound.c.done_at.is_(None))
        sending = select(sendings.c.message).where(sendings.c.state.in_(("queued", "edit")))
        with self.services.store.transaction() as connection:
            return any(connection.execute(query.limit(1)).first() for query in (working, sending))


def house(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Services:
    settings = Settings(
        state_dir=folder, keys_dir=folder / "keys", database_url=f"sqlite:///{folder / 'tier0.db'}", **more
    )
    built = build_services(settings, clock=ManualClock())
    for module in ("actions.turn", "servicedesk.bootstrap"):
        monkeypatch.setattr(f"{module}.current_services", lambda: built)
    return built


@asynccontextmanager
async def on_page(agent: Agent, services: Services, username: str, language: str) -> AsyncIterator[OnPage]:
    front = build_front(services.settings, services.clock)
    runtime = Runtime(front, actions=ActionsClientInProcess(services))
    runtime.start(dialogue_of(agent))
    yield OnPage(Talk(runtime, services, username, "web", language))
    await runtime.stop()


_apps = 0


@asynccontextmanager
async def in_slack(
    agent: Agent, services: Services, workspace: Workspace, username: str, language: str
) -> AsyncIterator[InSlack]:
    global _apps
    _apps += 1
    account = services.directory.find_by_username(username)
    assert account
    # Ids of its own for each test: the trained bot keeps its trackers for the whole session.
    user = f"U{account.id.upper().replace('-', '')[:8]}{_apps:04}"
    user = re.sub(r"[^A-Z0-9]", "", user)
    locale = {"nb": "nb-NO", "sv": "sv-SE", "de": "de-DE", "en": "en-GB"}[language]
    workspace.add_user(user, locale=locale, profile={"email": account.email})
    front = build_front(services.settings, services.clock)
    runtime = Runtime(front, actions=ActionsClientInProcess(services))
    app = Sanic(f"slack_journey_{_apps}", configure_logging=False)
    app.ctx.agent = agent
    register([SlackInput(runtime)], app, route="/webhooks/")
    server, address = await serve(app)
    async with aiohttp.ClientSession() as http:
        person = Person(workspace, Sender(http, address, services.clock), user)
        yield InSlack(services, workspace, person, username, language)
        await stop(server)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    made = Workspace()
    await made.start()
    yield made
    await made.stop()


# --- the golden conversations: told once, gone on both sides ---


async def prove(side: Side) -> list[str]:
    answers = []
    if side.factor == "authenticator":
        answers += await side.choose("by_sms")
    return [*answers, *await side.enter(side.sms_code())]


async def reset(side: Side, language: str) -> list[str]:
    return [*await side.say(WORDS[language].forgotten), *await prove(side)]


async def unlock(side: Side, language: str) -> list[str]:
    account = side.services.directory.find_by_username(WELL[language])
    assert account
    side.services.directory.lock(account.id)
    answers = [*await side.say(WORDS[language].locked), *await prove(side)]
    found = side.services.directory.find(account.id)
    assert found
    assert not found.locked
    return answers


async def article(side: Side, language: str) -> list[str]:
    return [*await side.say(WORDS[language].question), *await side.choose("solved")]


async def handover_and_status(side: Side, language: str) -> list[str]:
    words = WORDS[language]
    answers = []
    for text in (words.person, words.problem, words.details):
        answers += await side.say(text)
    answers += await side.choose("urgency_2")
    for _ in range(3):
        build_worker(side.services).round()
    return [*answers, *await side.say(words.status)]


async def incident(side: Side, language: str) -> list[str]:
    words = WORDS[language]
    return [*await side.say(words.incident), *await side.say(words.incident_details)]


async def outage(side: Side, language: str) -> list[str]:
    return await side.say(WORDS[language].outage)


async def other_language(side: Side, language: str) -> list[str]:
    other = NEXT[language]
    return [*await side.say(WORDS[other].this_language), *await side.say(WORDS[other].lunch)]


JOURNEYS: tuple[Callable[[Side, str], Awaitable[list[str]]], ...] = (
    outage,
    article,
    unlock,
    handover_and_status,
    incident,
    reset,
    other_language,
)


async def all_of_it(side: Side, language: str) -> dict[str, list[str]]:
    told = {}
    for journey in JOURNEYS:
        told[journey.__name__] = await journey(side, language)
        side.services.clock.advance(side.services.settings.limits.code_send_gap)  # type: ignore[attr-defined]
    return told


@pytest.mark.parametrize("language", LANGUAGES)
async def test_slack_says_what_the_chat_page_says(
    agent: Agent,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    started_before: StartedBefore,
    language: str,
):
    page_house = house(started_before(tmp_path / "page"), monkeypatch)
    async with on_page(agent, page_house, WELL[language], language) as page:
        expected = await all_of_it(page, language)
    slack_house = house(
        started_before(tmp_path / "slack"), monkeypatch, slack=settings_for(workspace.address)
    )
    async with in_slack(agent, slack_house, workspace, WELL[language], language) as slack:
        told = await all_of_it(slack, language)
        intro, told["outage"] = told["outage"][0], told["outage"][1:]
        assert intro == escaped(plain(say("utter_intro", language)["text"]))
        for name, texts in expected.items():
            wanted = [CHANGING.sub("…", escaped(text)) for text in texts]
            assert [CHANGING.sub("…", text) for text in told[name]] == wanted, name
        for message in slack.posted:
            assert plain(message.words), message
    for services in (page_house, slack_house):
        services.store.close()


async def test_an_account_matter_of_a_channel_ends_in_the_private_chat(
    agent: Agent,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    started_before: StartedBefore,
):
    """The words that were written in the channel are worked on; nothing about the account stands there."""
    services = house(started_before(tmp_path), monkeypatch, slack=settings_for(workspace.address))
    async with in_slack(agent, services, workspace, WELL["nb"], "nb") as slack:
        mention = slack.person.mention(f"<@U0TIER0> {WORDS['nb'].forgotten}")
        assert await slack.person.sender.event(mention) == (200, "")
        room = await slack.person.read(1, channel="C0GENERAL", seconds=60)
        answers = await slack.news()
        assert [message.text for message in room] == [say("utter_go_private", "nb")["text"]]
        assert answers[0] == say("utter_from_room", "nb")["text"]
        assert slack.factor
        knowledge = slack.person.mention(f"<@U0TIER0> {WORDS['nb'].question}")
        assert await slack.person.sender.event(knowledge) == (200, "")
        room = await slack.person.read(2, channel="C0GENERAL", seconds=60)
        assert room[1].titles[-3:] == [label(name, "nb") for name in ("solved", "not_solved", "person")]
        await slack.news()
        await slack.person.press(label("person", "nb"), channel="C0GENERAL")
        await slack.person.read(3, channel="C0GENERAL", seconds=60)
        assert (await slack.news())[-1] == plain(say("utter_ask_handover_details", "nb")["text"])
    services.store.close()


async def test_an_agents_answer_comes_into_slack(
    agent: Agent,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    started_before: StartedBefore,
):
    """Proactive, through the outbox and the worker."""
    services = house(started_before(tmp_path), monkeypatch, slack=settings_for(workspace.address))
    async with in_slack(agent, services, workspace, WELL["en"], "en") as slack:
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
        assert await slack.news() == ["It is fixed now."]
        assert slack.posted[-1].words == "Liv, IT (a person)It is fixed now."
    services.store.close()
