"""How long it takes and who calls is answered from the ticket that was just sent, and loses nothing that is going on."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from servicedesk.ticketing.port import Priority
from tests.journeys.conftest import LANGUAGES, WELL
from tests.journeys.test_late_facts import TOLD, sent

HOW_LONG = {
    "nb": "hvor lang tid tar det?",
    "sv": "hur lång tid tar det?",
    "de": "wie lange dauert das?",
    "en": "how long will it take?",
}
WHO_CALLS = {"nb": "ringer dere?", "sv": "ringer ni?", "de": "wer meldet sich?", "en": "who will call me?"}
TARGET = {"nb": "2 timer", "sv": "2 timmar", "de": "2 Stunden", "en": "2 hours"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_questions_that_everybody_asks_are_answered_from_the_ticket(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    reference = await sent(talk, language)
    group = services.cases.get(reference).assignment_group
    await talk.say(HOW_LONG[language])
    assert reference in talk.last
    assert group in talk.last
    assert TARGET[language] not in talk.last, "no time that nobody has promised"
    await talk.say(WHO_CALLS[language])
    assert reference in talk.last
    packet = services.cases.form(reference)
    await talk.say(TOLD[language])
    assert services.cases.form(reference)["unknown"] == []
    assert packet["unknown"], "the questions were no answers, and the facts were still waited for"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_target_of_the_house_is_told(talk_as, services, language):
    policy = services.handover
    priorities = dataclasses.replace(policy.priorities, targets=dict.fromkeys(Priority, timedelta(hours=2)))
    object.__setattr__(services, "handover", dataclasses.replace(policy, priorities=priorities))
    talk = talk_as(WELL[language], language)
    await sent(talk, language)
    await talk.say(HOW_LONG[language])
    assert TARGET[language] in talk.last


async def test_where_nothing_was_sent_the_question_is_about_something_else(talk_as, services):
    talk = talk_as(WELL["en"], "en")
    await talk.say(HOW_LONG["en"])
    assert "T0-" not in talk.last
