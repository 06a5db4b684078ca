"""What is typed at a form's question and is no answer to it: the form takes it for what it is, and goes on."""

from __future__ import annotations

import pytest

from actions.case_facts import NOT_KNOWN
from bot.responses import label, say
from servicedesk.ticketing.port import Urgency
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.words import fact_question

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
ASKED_BACK = {
    "nb": "hvorfor vil dere vite det?",
    "sv": "varför vill ni veta det?",
    "de": "wozu wollen Sie das wissen?",
    "en": "why do you want to know that?",
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
    first = talk.last.splitlines()[-1]
    await talk.say(NOT_NEEDED[language])
    assert talk.last.startswith(fact_question("handover", language, more=True, one=True)), (
        "and nothing cancelled"
    )
    assert first not in talk.last, "who passes over a question is not asked it again"
    await talk.say(NOT_NEEDED[language])
    assert talk.last == asked
    await talk.say(ADD[language])
    assert talk.last == asked, "still to be answered"
    await talk.say(NO[language])
    await talk.choose("send")
    work()
    ticket = ticket_of(services, talk.reference())
    assert ADD[language].split(": ", 1)[1] in ticket.description
    packet = services.cases.form(ticket.key)
    assert packet["unknown"] == ["Since when", "Who else is affected", "Error text"]
    assert NOT_NEEDED[language] not in [fact["value"] for fact in packet["facts"]]
    assert ticket.urgency is Urgency.CANNOT_WORK


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_asked_back_reaches_l1_and_the_question_stays(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    question = talk.last.splitlines()[-1]
    await talk.say(ASKED_BACK[language])
    assert talk.last.startswith(label("facts_asked_back", language))
    assert talk.last.splitlines()[-1] == question
    await talk.choose("dont_know")
    await talk.choose("just_send")
    work()
    packet = services.cases.form(talk.reference())
    facts = {fact["label"]: fact["value"] for fact in packet["facts"]}
    assert facts["Since when"] == facts["Who else is affected"] == NOT_KNOWN
    assert facts["Also said"] == ASKED_BACK[language]
    assert packet["unknown"] == ["Error text"]
