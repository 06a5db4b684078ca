"""The packet's text says what was said, by whom and of how many, and nothing that nobody said."""

from __future__ import annotations

import pytest

from bot.responses import label
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

# What the machine would not hear of, and what was said to that.
GATE = {
    "nb": "porten til parkeringshuset åpner seg ikke lenger med kortet mitt",
    "sv": "grinden till parkeringshuset öppnas inte längre med mitt kort",
    "de": "das Tor vom Parkhaus öffnet sich nicht mehr mit meiner Karte",
    "en": "the gate of the car park does not open with my card any more",
}
OBJECTS = {
    "nb": "men kortleseren er jo IT, den blinker bare rødt siden mandag",
    "sv": "men passerkorten hör ju till IT, läsaren piper bara till sedan i måndags",
    "de": "aber der Kartenleser gehört doch zur IT, er blinkt seit Montag nur rot",
    "en": "but the card reader belongs to IT, it only blinks red since Monday",
}
OTHERS = {
    "nb": "nei, hele teamet, ingen melding",
    "sv": "nej, hela teamet, inget meddelande",
    "de": "nein, das ganze Team, keine Meldung",
    "en": "no, the whole team, no message",
}
MEANWHILE = {
    "nb": "vi skriver navnene på en liste for hånd",
    "sv": "vi skriver namnen på en lista för hand",
    "de": "wir schreiben die Namen von Hand auf eine Liste",
    "en": "we write the names on a list by hand",
}
REPORT = {
    "nb": "noen har stjålet den bærbare pc-en min på toget i går",
    "sv": "någon har stulit min bärbara dator på tåget i går",
    "de": "jemand hat gestern im Zug meinen Laptop gestohlen",
    "en": "somebody has stolen my laptop on the train yesterday",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_message_leads_and_a_person_who_was_offered_was_not_asked_for(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(GATE[language])
    await talk.say(OBJECTS[language])
    while label("yes_person", language) not in talk.buttons:
        await talk.choose("not_solved")
    await talk.choose("yes_person")
    await talk.say(OTHERS[language])
    await talk.say(MEANWHILE[language])
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    assert packet["words"].splitlines() == [GATE[language], OBJECTS[language]]
    reasons = {reason["id"] for reason in packet["because"]}
    assert reasons == {"answers_failed" if packet["articles"] else "no_answer"}
    assert packet["impact"] == 2
    assert packet["urgency_from"] == "in_words"
    text = ticket_of(services, packet["reference"]).description
    assert "impact: several people, urgency: works with difficulty (assumed; the answer" in text
    assert "Identity: signed in to web; no second factor used in this conversation" in text
    assert "Opened: Mon 2026-11-02 09:00 UTC" in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_report_has_the_facts_that_it_tells_and_its_priority_by_rule(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(REPORT[language])
    work()
    packet = services.cases.form(talk.reference())
    assert {"since", "device"} <= {fact["ids"][0] for fact in packet["facts"]}
    assert (packet["unknown"], packet["not_asked"]) == ([], [])
    text = ticket_of(services, packet["reference"]).description
    assert "P1 (by rule for every security incident)" in text
    assert "cannot work" not in text
