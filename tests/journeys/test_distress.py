"""Somebody in danger or at the end of their strength: numbers, a person, and nothing else."""

from __future__ import annotations

import pytest

from actions import suspicion
from bot.responses import label, say
from servicedesk.distress_talk import is_denial
from servicedesk.ticketing.port import TicketKind, Urgency
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.words import WORDS

DESPAIR = {
    "nb": "jeg orker ikke mer, vil bare at alt skal ta slutt",
    "sv": "jag orkar inte mer, vill bara att allt ska ta slut",
    "de": "ich kann nicht mehr, es soll einfach alles aufhören",
    "en": "I can't go on, I just want everything to stop",
}
THREAT = {
    "nb": "en kollega truer meg",
    "sv": "en kollega hotar mig",
    "de": "ein Kollege bedroht mich",
    "en": "a colleague threatens me",
}
FIRE = {
    "nb": "det brenner i serverrommet",
    "sv": "det brinner i serverrummet",
    "de": "im Serverraum brennt es",
    "en": "there is a fire in the server room",
}
LISTENING = {"nb": "116 123", "sv": "90101", "de": "0800 1110111", "en": "116 123"}
EMERGENCY = {"nb": "113", "sv": "112", "de": "112", "en": "999"}
FIGURATIVE = {
    "nb": "jeg dør her, outlook er så treig",
    "sv": "jag dör här, outlook är så segt",
    "de": "ich sterbe hier noch, Outlook ist so langsam",
    "en": "I'm dying here, outlook is so slow",
}
ANGRY = {
    "nb": "jeg kommer til å drepe denne skriveren",
    "sv": "jag kommer mörda den här skrivaren",
    "de": "ich bringe diesen Drucker noch um",
    "en": "I'm going to kill this printer",
}
ORDER = {
    "nb": "jeg trenger en lisens for Visio",
    "sv": "jag behöver en licens för Visio",
    "de": "ich brauche eine Lizenz für Visio",
    "en": "I need a licence for Visio",
}
YES = {"nb": "ja", "sv": "ja", "de": "ja", "en": "yes"}


def is_answered_with_help(talk, language: str) -> bool:
    """Numbers and nothing but: no article, no second reply."""
    first_line = say("utter_distress", language)["text"].splitlines()[0]
    return len(talk.replies) == 1 and talk.last.startswith(first_line) and not talk.custom


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", [DESPAIR, THREAT, FIRE], ids=["despair", "threat", "fire"])
async def test_help_is_named(talk_as, said, language):
    talk = talk_as(WELL[language], language)
    await talk.say(said[language])
    assert is_answered_with_help(talk, language), talk.last
    assert LISTENING[language] in talk.last
    assert EMERGENCY[language] in talk.last
    assert talk.buttons == [label("yes_person", language), label("no_thanks", language)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_comes_without_one_more_question(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(THREAT[language])
    await talk.say(YES[language])
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert opened.urgency is Urgency.CANNOT_WORK
    assert THREAT[language] in opened.description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_is_taken_kindly(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(DESPAIR[language])
    await talk.choose("no_thanks")
    assert talk.last == say("utter_distress_declined", language)["text"]
    assert not services.cases.of_account(talk.account)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_form_is_dropped_for_it(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(ORDER[language])
    await talk.say(FIRE[language])
    assert is_answered_with_help(talk, language), talk.last


NO = {"nb": "nei takk", "sv": "nej tack", "de": "nein danke", "en": "no thanks"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_leads_back_to_the_question_that_was_open(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    asked = (await talk.say(ORDER[language])).splitlines()[-1]
    await talk.say(FIRE[language])
    await talk.say(NO[language])
    assert talk.last.startswith(say("utter_distress_declined", language)["text"]), talk.last
    assert talk.last.endswith(asked), talk.last
    await talk.choose("just_send")
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert opened.kind is TicketKind.SERVICE_REQUEST
    assert ORDER[language] in opened.description
    assert FIRE[language] not in opened.summary


async def test_no_leads_back_to_the_preview_and_said_twice_as_well(talk_as):
    talk = talk_as(WELL["en"], "en")
    await talk.say(ORDER["en"])
    for answer in ("Visio Professional, PC-4711", "BIM 2026", "1.12."):
        preview = await talk.say(answer)
    assert label("send", "en") in talk.buttons
    await talk.say(FIRE["en"])
    await talk.say(FIRE["en"])
    await talk.choose("no_thanks")
    assert talk.last.endswith(preview)
    await talk.choose("send")
    assert talk.reference()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", [FIGURATIVE, ANGRY], ids=["dying", "killing"])
async def test_a_figure_of_speech_is_no_distress(talk_as, said, language):
    talk = talk_as(WELL[language], language)
    await talk.say(said[language])
    assert not is_answered_with_help(talk, language)


async def test_the_numbers_are_those_of_the_employees_country(talk_as):
    talk = talk_as(WELL["de"], "en")
    await talk.say(DESPAIR["en"])
    assert LISTENING["de"] in talk.last
    assert "110" in talk.last
    assert LISTENING["en"] not in talk.last


async def test_an_unproven_employee_is_asked_only_where_to_be_reached(talk_as):
    talk = talk_as(None, "en", channel="rest")
    await talk.say(THREAT["en"])
    assert LISTENING["en"] in talk.last
    await talk.say("yes")
    assert talk.last == say("utter_ask_handover_contact", "en")["text"]
    await talk.say("Emily Clarke, +44 7700 900123")
    assert talk.reference()


async def test_no_leads_back_into_a_handover_with_all_that_was_told(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    await talk.say("the printer on floor 3 jams, it jams on every page")
    await talk.say("I want to talk to a person")
    asked = talk.replies[-1].text
    await talk.say(FIRE["en"])
    await talk.say(NO["en"])
    assert talk.replies[-1].text == asked
    await talk.choose("just_send")
    work()
    assert "it jams on every page" in ticket_of(services, talk.reference()).description


FINE = {
    "nb": ("hva? jeg har det helt fint. Stoppen er en kunde hos oss", "Stoppen er en kunde hos oss"),
    "sv": ("va? jag mår jättebra. Stopp är en kund hos oss", "Stopp är en kund hos oss"),
    "de": ("Bitte? Mir geht's gut. Das ist der Name einer Kundin", "Das ist der Name einer Kundin"),
    "en": (
        "What? I'm perfectly fine. That is what a customer is called",
        "That is what a customer is called",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_that_only_sounds_like_distress_stays_one_with_help_beside_it(
    talk_as, services, work, monkeypatch, language
):
    monkeypatch.setattr(suspicion, "IN_NEED", 1.1)  # so that these plain words are a suspicion only
    talk = talk_as(WELL[language], language)
    await talk.say(WORDS[language].person)
    await talk.say(WORDS[language].problem)
    await talk.say(DESPAIR[language])
    assert not is_answered_with_help(talk, language), talk.last
    await talk.choose("intent_distress")
    assert is_answered_with_help(talk, language), talk.last
    await talk.choose("yes_person")
    work()
    assert DESPAIR[language] in ticket_of(services, talk.reference()).description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_fine_goes_on_where_the_form_was_and_the_answer_counts(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(WORDS[language].person)
    await talk.say(WORDS[language].problem)
    await talk.say(THREAT[language])
    assert is_answered_with_help(talk, language), talk.last
    said, rest = FINE[language]
    await talk.say(said)
    assert talk.replies[0].text == say("utter_distress_denied", language)["text"]
    if label("just_send", language) in talk.buttons:
        await talk.choose("just_send")
    else:
        await talk.choose("send")
    given = talk.reference()
    work()
    opened, form = ticket_of(services, given), services.cases.form(given)
    assert form["words"].startswith(WORDS[language].problem)
    assert form["category"] != "welfare"
    assert "distress" not in str(form["because"])
    assert THREAT[language] in opened.description
    assert rest in opened.description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_fine_before_any_form_is_heard_as_with_a_problem(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(WORDS[language].problem)
    await talk.say(THREAT[language])
    await talk.say(FINE[language][0])
    assert say("utter_distress_denied", language)["text"] in talk.last
    assert label("yes_person", language) in talk.buttons or talk.custom, (
        "an article, or somebody for the problem"
    )


@pytest.mark.parametrize(
    "text",
    [
        "det går ikke bra med meg",
        "jag mår inte bra",
        "mir geht es nicht gut",
        "mir geht es gar nicht so gut",
        "I am not fine",
        "am I in danger?",
        "ist jemand in Gefahr?",
    ],
)
def test_who_is_not_fine_denies_nothing(text: str) -> None:
    assert not is_denial(text)


async def test_in_the_form_of_an_incident_too_such_words_are_an_answer(talk_as, services, work, monkeypatch):
    monkeypatch.setattr(suspicion, "IN_NEED", 1.1)
    talk = talk_as(WELL["en"], "en")
    await talk.say(WORDS["en"].incident)
    incident = talk.reference()
    await talk.say(DESPAIR["en"])
    assert not is_answered_with_help(talk, "en"), talk.last
    work()
    comments = services.tickets.view(ticket_of(services, incident).ref).comments
    assert any(DESPAIR["en"] in each.text for each in comments)
