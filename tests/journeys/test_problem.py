"""The problem that L1 reads is what the employee said first, with all that was told later, and nothing of another matter."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import LANGUAGES, WELL
from tests.journeys.test_handover import PERSON

# What is the matter, and what was typed when the answers did not fit.
TOLD = {
    "nb": (
        "VPN faller ut hele tiden siden i dag kl. 10, hos Mikael også",
        "det som står der finnes ikke hos meg",
        "ingenting av det passer, nå vil jeg heller snakke med et menneske",
    ),
    "sv": (
        "VPN kopplas ner hela tiden sedan kl 9, vi är fyra som har det",
        "det som står där finns inte hos mig",
        "inget av det passar, nu vill jag hellre prata med en människa",
    ),
    "de": (
        "VPN bricht seit heute 10 Uhr dauernd ab, bei Michael auch",
        "was da steht, gibt es bei mir gar nicht",
        "nichts davon passt, jetzt möchte ich lieber mit einem Menschen sprechen",
    ),
    "en": (
        "the VPN keeps dropping since 10 this morning, Michael has it too",
        "what it says there does not exist on mine",
        "none of that fits, now I would rather talk to a human please",
    ),
}
OTHER = {
    "nb": "Hvordan deler jeg kalenderen min i Outlook med en kollega?",
    "sv": "Hur delar jag min kalender i Outlook med en kollega?",
    "de": "Wie gebe ich meinen Kalender in Outlook für eine Kollegin frei?",
    "en": "How do I share my calendar in Outlook with a colleague?",
}


# What is the matter, and what was tried: it names other things, and is no question of its own.
TRIED = {
    "nb": (
        "på møterommet Fjord står det «INGEN SIGNAL» på storskjermen og kundene sitter her",
        "kabelen er byttet, annen laptop også, Windows P også. Send noen hit!",
    ),
    "sv": (
        "i mötesrummet Fjord står det ”INGEN SIGNAL” på storskärmen och kunderna sitter här",
        "kabeln är bytt, annan laptop också, Windows P också. Skicka hit någon!",
    ),
    "de": (
        "im Raum Fjord steht „KEIN SIGNAL“ auf dem großen Bildschirm, und die Kundschaft sitzt schon hier",
        "Kabel ist getauscht, anderer Laptop auch, Windows P auch. Schicken Sie jemanden!",
    ),
    "en": (
        "in room Fjord the big screen says 'NO SIGNAL' and the clients are sitting here",
        "cable swapped, other laptop too, Windows P as well. Send somebody!",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_tried_is_no_other_matter(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    first, tried = TRIED[language]
    await talk.say(first)
    await talk.say(tried)
    await talk.say(PERSON[language])
    await talk.choose("just_send")
    work()
    assert services.cases.form(talk.reference())["words"].split("\n")[:2] == [first, tried]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_message_is_the_problem_and_what_followed_goes_along(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    first, grumble, person = TOLD[language]
    for words in (first, grumble, person):
        await talk.say(words)
    await talk.choose("just_send")
    work()
    packet = services.cases.form(talk.reference())
    assert packet["words"].split("\n") == [first, grumble, person]
    assert packet["category"] == "network.vpn"
    told = {fact["ids"][0]: fact["value"] for fact in packet["facts"]}
    assert "since" in told, "told before anybody asked"
    assert "others" in told
    assert {"since", "others"}.isdisjoint(packet["unknown"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_another_matter_does_not_drag_the_old_one_along(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(TOLD[language][0])
    await talk.say(OTHER[language])
    await talk.choose("person")
    await talk.choose("just_send")
    work()
    packet = services.cases.form(talk.reference())
    assert packet["words"] == OTHER[language]
    assert packet["category"] == "mail.calendar"


async def test_several_messages_stand_in_the_preview_as_sentences(talk_as):
    talk = talk_as(WELL["en"], "en")
    first, grumble, person = TOLD["en"]
    for words in (first, grumble, person):
        await talk.say(words)
    await talk.say("no idea")
    await talk.choose("urgency_2")
    assert f"{first}. {grumble}. {person}" in talk.last


async def test_a_message_that_is_a_fact_as_a_whole_stands_there_once(talk_as):
    talk = talk_as(WELL["en"], "en")
    first = "My laptop asks for a BitLocker key when it starts"
    for words in (first, "there is no key on that page at all, not one", "a person please"):
        await talk.say(words)
    await talk.say("no idea")
    await talk.choose("urgency_2")
    assert talk.last.count(first) == 1, talk.last


ASKS = {
    "nb": "jeg får ikke logget inn i Outlook, trenger nytt passord",
    "sv": "jag kommer inte in i Outlook, behöver nytt lösenord",
    "de": "ich komme nicht in Outlook, ich brauche ein neues Passwort",
    "en": "I can't get into Outlook, I need a new password",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_reset_that_is_given_up_for_a_person_keeps_its_problem(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(ASKS[language])
    assert talk.custom, "the code's field"
    await talk.say(PERSON[language])
    await talk.choose("just_send")
    assert ASKS[language] in services.cases.form(talk.reference())["words"]
