"""Somebody vouches for somebody in chat, from the first word to the new password: both sides, in four languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.responses import say
from servicedesk.bootstrap import Services
from servicedesk.conversations import StoredMessage
from servicedesk.settings import Settings
from servicedesk.store.tables import cases
from servicedesk.texts import say as told
from tests.journeys.conftest import Talk
from tests.words import WORDS

# Approvals are all that counts here. The managers of the first and third are VIPs, so a colleague of the group is asked.
PAIRS = {
    "nb": ("jonas.lie", "kari.nordmann"),
    "sv": ("erik.lindqvist", "annika.sjoberg"),
    "de": ("lena.schmidt", "sabine.koch"),
    "en": ("priya.patel", "james.okafor"),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, factors=("approval",), approvers=("kari.nordmann", "sabine.koch"))


class Both:
    """The two, each in their own chat."""

    def __init__(self, requester: Talk, approver: Talk, work: Callable[[], None]) -> None:
        self.requester, self.approver, self.work = requester, approver, work

    def newest(self, talk: Talk) -> StoredMessage:
        """What was said to them unasked."""
        self.work()
        return talk.services.conversations.messages(talk.conversation)[-1]

    async def press(self, talk: Talk, title: str) -> str:
        for choice in self.newest(talk).content["choices"]:
            if choice["title"] == title:
                return await talk._send(None, text=choice["token"])
        raise AssertionError(title)


@pytest.fixture(params=PAIRS)
async def both(request: Any, talk_as: Callable[..., Talk], work: Callable[[], None]) -> Both:
    requester, approver = (talk_as(name, request.param) for name in PAIRS[request.param])
    await approver.say({"nb": "hei", "sv": "hej", "de": "hallo", "en": "hello"}[request.param])
    return Both(requester, approver, work)


async def test_a_colleagues_word_opens_the_way_to_a_new_password(both: Both, services: Services) -> None:
    requester, approver, language = both.requester, both.approver, both.requester.language
    asked = await requester.say(WORDS[language].forgotten)
    number = re.search(r"\*\*(\d\d)\*\*", asked)
    assert number, asked
    colleague = services.directory.find_by_username(approver.user)
    assert colleague
    assert colleague.display_name in asked
    assert not [custom for custom in requester.custom if custom.get("type") == "code_field"]
    question = both.newest(approver)
    person = services.directory.find_by_username(requester.user)
    assert person
    for part in (
        person.display_name,
        person.site,
        told(language, "wants_reset"),
        told(language, "channel_web"),
    ):
        assert part in question.text
    # Whoever is in a hurry hears that it still waits; what else they say does not end it.
    assert await requester.choose("vouched") == say("utter_vouch_waiting", language)["text"]
    said = await both.press(approver, number[1])
    assert said == say("utter_vouched", language, name=person.display_name)["text"]
    news = both.newest(requester)
    assert news.text == told(language, "approval_given")
    await both.press(requester, told(language, "button_continue"))
    assert requester.link().startswith(services.settings.desk_url)


async def test_a_no_is_heard_by_the_requester_and_by_l1(both: Both, services: Services) -> None:
    requester, approver, language = both.requester, both.approver, both.requester.language
    await requester.say(WORDS[language].forgotten)
    said = await both.press(approver, told(language, "button_decline"))
    assert said == say("utter_vouch_declined", language)["text"]
    assert both.newest(requester).text == told(language, "approval_not_given")
    both.work()
    with services.store.transaction() as connection:
        kinds = list(connection.execute(select(cases.c.category)).scalars())
    assert kinds == ["security"]
    again = await requester.say(WORDS[language].forgotten)
    assert not re.search(r"\*\*\d\d\*\*", again), "nobody is asked again today"


async def test_a_number_that_is_typed_is_words(both: Both, services: Services) -> None:
    """Neither by the requester, nor by the approver: it is chosen under the question alone."""
    asked = await both.requester.say(WORDS[both.requester.language].forgotten)
    number = re.search(r"\*\*(\d\d)\*\*", asked)
    assert number
    await both.requester.enter(number[1])
    await both.approver.say(number[1])
    await both.requester.say(f'/approval_answer{{"number": "{number[1]}"}}')
    view = services.verification.state(both.requester.conversation)
    assert view is None or view.state == "open"
