"""A button of another message, pressed while a form is open, is never taken for words."""

from __future__ import annotations

import pytest

from bot.responses import label, say
from tests.journeys.conftest import LANGUAGES, WELL
from tests.journeys.test_handover import PERSON, PROBLEM
from tests.journeys.test_other_intents import ORDER, STATUS

FIRST = {
    "nb": "musa mi er ødelagt",
    "sv": "min mus är trasig",
    "de": "meine Maus ist kaputt",
    "en": "my mouse is broken",
}
ADDED = {
    "nb": "det haster litt",
    "sv": "det är lite bråttom",
    "de": "es eilt etwas",
    "en": "it is somewhat urgent",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("order", [False, True])
async def test_add_something_at_the_preview_asks_for_words_and_becomes_none(
    talk_as, services, language, order
):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(FIRST[language])
    await talk.choose("just_send")
    if order:
        await talk.say(ORDER[language])
    else:
        await talk.say(PROBLEM[language])
        for name in ("person", "yes_person"):
            if label(name, language) in talk.buttons:
                await talk.choose(name)
    while label("send", language) not in talk.buttons:
        await talk.choose("urgency_2" if label("urgency_2", language) in talk.buttons else "dont_know")
    shown = talk.last
    await talk.say(STATUS[language])
    await talk.choose("add_to_ticket")
    assert talk.last == f"{say('utter_add_here', language)['text']}\n{shown}"
    await talk.say(ADDED[language])
    await talk.choose("send")
    packet = services.cases.form(talk.reference())
    assert "/ticket_update" not in str(packet)
    assert ADDED[language] in str(packet["facts"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_ticket_that_is_named_is_told_of_whatever_the_question_looks_like(talk_as, language):
    asked = {
        "nb": "går det fremover med {}?",
        "sv": "hur ligger det till med {}?",
        "de": "tut sich etwas bei {}?",
        "en": "is anything going on with {}?",
    }[language]
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.choose("just_send")
    reference = talk.reference()
    await talk.say(asked.format(reference))
    assert f"**{reference}**" in talk.last
    assert label("state_new", language) in talk.last
