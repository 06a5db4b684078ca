"""The same conversations on the chat page, over REST, in Slack and in Teams, in four languages: the same words in the
same order, and the same buttons.

They are told once. What the page says is what the others have to say."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rasa.core.agent import Agent

from bot.responses import say
from connectors.richtext import plain
from connectors.slack.text import escaped
from servicedesk.worker import build_worker
from tests.connectors.slack_api import settings_for
from tests.journeys import sides
from tests.journeys.conftest import LANGUAGES, WELL
from tests.journeys.sides import Answer, Side
from tests.journeys.test_article_follow_ups import ON_A_MAC, QUESTION
from tests.words import NEXT, WORDS

CHANGING = re.compile(r"T0-[0-9A-Z]+|INC\d+|https?://\S+|\b\d{1,2}[:.]\d\d\b")


async def prove(side: Side) -> list[Answer]:
    answers = []
    if side.factor == "authenticator":
        answers += await side.choose("by_sms")
    return [*answers, *await side.enter(side.sms_code())]


async def outage(side: Side, language: str) -> list[Answer]:
    return await side.say(WORDS[language].outage)


async def article_and_follow_up(side: Side, language: str) -> list[Answer]:
    answers = [*await side.say(QUESTION[language]), *await side.say(ON_A_MAC[language])]
    return [*answers, *await side.choose("solved")]


async def unlock(side: Side, language: str) -> list[Answer]:
    account = side.services.directory.find_by_username(WELL[language])
    assert account
    side.services.directory.lock(account.id)
    answers = [*await side.say(WORDS[language].locked), *await prove(side)]
    found = side.services.directory.find(account.id)
    assert found
    assert not found.locked
    return answers


async def handover_and_status(side: Side, language: str) -> list[Answer]:
    words = WORDS[language]
    answers = []
    for text in (words.person, words.problem, words.details):
        answers += await side.say(text)
    answers += await side.choose("urgency_2")
    answers += await side.choose("send")
    for _ in range(3):
        build_worker(side.services).round()
    return [*answers, *await side.say(words.status)]


async def incident(side: Side, language: str) -> list[Answer]:
    words = WORDS[language]
    return [*await side.say(words.incident), *await side.say(words.incident_details)]


async def reset(side: Side, language: str) -> list[Answer]:
    return [*await side.say(WORDS[language].forgotten), *await prove(side)]


async def other_language(side: Side, language: str) -> list[Answer]:
    other = NEXT[language]
    return [*await side.say(WORDS[other].this_language), *await side.say(WORDS[other].lunch)]


JOURNEYS: tuple[Callable[[Side, str], Awaitable[list[Answer]]], ...] = (
    outage,
    article_and_follow_up,
    unlock,
    handover_and_status,
    reset,
    incident,  # after it, no password is reset for a day
    other_language,
)


async def all_of_it(side: Side, language: str) -> dict[str, list[Answer]]:
    told = {}
    for journey in JOURNEYS:
        told[journey.__name__] = await journey(side, language)
        side.services.clock.advance(side.services.settings.limits.code_send_gap)  # type: ignore[attr-defined]
    return told


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_channels_say_the_same(
    agent: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(
        "connectors.work.DIALOGUE_SECONDS", 300.0
    )  # how fast the machine is is not asked here
    who = (WELL[language], language)

    async def told(name: str) -> dict[str, list[Answer]]:
        async with _opened(name, agent, tmp_path / name, monkeypatch, who) as side:
            answers = await all_of_it(side, language)
        side.services.store.close()
        return answers

    expected = await told("page")
    intro = plain(say("utter_intro", language)["text"])
    for name in ("rest", "slack", "teams"):
        found = await told(name)
        if name != "teams":  # there it comes with the app
            assert found["outage"].pop(0).text == (escaped(intro) if name == "slack" else intro)
        for journey, answers in expected.items():
            _same(name, journey, answers, found[journey])


def _same(channel: str, journey: str, expected: list[Answer], found: list[Answer]) -> None:
    where = (channel, journey, [answer.text for answer in found])
    assert len(found) == len(expected), where
    for wanted, shown in zip(expected, found, strict=True):
        if channel == "teams":  # a card adds a title, an owner, a reference as a fact
            assert _within(_words(wanted.text), _words(shown.text)), where
        else:
            text = escaped(wanted.text) if channel == "slack" else wanted.text
            assert CHANGING.sub("…", shown.text) == CHANGING.sub("…", text), where
        own = [title for title in shown.buttons if title in wanted.buttons]
        assert own == list(wanted.buttons), where


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", CHANGING.sub("", text))


def _within(words: list[str], there: list[str]) -> bool:
    return any(there[i : i + len(words)] == words for i in range(len(there) - len(words) + 1))


@asynccontextmanager
async def _opened(
    name: str, agent: Agent, folder: Path, monkeypatch: pytest.MonkeyPatch, who: tuple[str, str]
) -> AsyncIterator[Side]:
    if name == "page":
        async with sides.on_page(agent, sides.house(folder, monkeypatch), *who) as page:
            yield page
    elif name == "rest":
        async with sides.over_rest(agent, sides.house(folder, monkeypatch), *who) as rest:
            yield rest
    elif name == "slack":
        async with sides.a_workspace() as workspace:
            services = sides.house(folder, monkeypatch, slack=settings_for(workspace.address))
            async with sides.in_slack(agent, services, *who, workspace) as slack:
                yield slack
    else:
        async with sides.a_tenant(folder) as (microsoft, settings):
            services = sides.house(folder, monkeypatch, teams=settings)
            async with sides.in_teams(agent, services, *who, microsoft) as teams:
                yield teams
