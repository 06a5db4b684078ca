"""What is typed at a form's question and is no answer to it: the form takes it for what it is, and goes on."""

from __future__ import annotations

import pytest

from bot.responses import say
from servicedesk.ticketing.port import Urgency
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

PERSON = {
    "nb": "jeg vil snakke med et menneske",
    "sv": "jag vill prata med en människa",
    "de": "ich möchte mit einem menschen sprechen",
    "en": "i want to talk to a human",
}
PROBLEM = {
    "nb": "SAP krasjer hver gang jeg åpner en faktura",
    "sv": "SAP kraschar varje gång jag öppnar en faktura",
    "de": "SAP stürzt bei jeder Rechnung ab, die ich öffne",
    "en": "SAP crashes every time I open an invoice",
}
NOT_NEEDED = {"nb": "hopp over", "sv": "strunt samma", "de": "egal", "en": "doesn't matter"}
ADD = {
    "nb": "legg til: det gjelder også Ola på lageret",
    "sv": "lägg till: det gäller även Ola på lagret",
    "de": "Ergänzung: das betrifft auch Frau Meier im Lager",
    "en": "add: it also affects Tom in the warehouse",
}
NO = {"nb": "nei", "sv": "nej", "de": "nein", "en": "no"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_question_that_nobody_can_answer_is_skipped_and_what_is_added_is_kept(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    asked = say("utter_ask_handover_urgency", language)["text"]
    await talk.say(NOT_NEEDED[language])
    assert talk.last == asked, "the next question, and nothing cancelled"
    await talk.say(ADD[language])
    assert talk.last == asked, "still to be answered"
    await talk.say(NO[language])
    await talk.choose("send")
    work()
    ticket = ticket_of(services, talk.reference())
    assert ADD[language].split(": ", 1)[1] in ticket.description
    assert f"error text: {NOT_NEEDED[language]}" not in ticket.description
    assert ticket.urgency is Urgency.CANNOT_WORK
