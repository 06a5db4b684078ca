"""The requester reads the packet first, corrects and strikes lines, and L1 gets what is left."""

from __future__ import annotations

import re

import pytest

from bot.responses import label, say
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.journeys.test_handover import PERSON, PROBLEM

TOLD = {
    "nb": ("siden onsdag", "bare meg", "på laptopen", "det står «modulen svarer ikke»"),
    "sv": ("sedan i onsdags", "bara jag", "på laptopen", "det står ”modulen svarar inte”"),
    "de": ("seit Mittwoch", "nur ich", "am Laptop", "da steht „Modul antwortet nicht“"),
    "en": ("since Wednesday", "just me", "on the laptop", "it says “module does not answer”"),
}
CORRECTION = {
    "nb": "1: SAP fryser, den krasjer ikke",
    "sv": "1: SAP hänger sig, det kraschar inte",
    "de": "1: SAP friert ein, es stürzt nicht ab",
    "en": "1: SAP freezes, it does not crash",
}
ADDITION = {
    "nb": "kontoret i andre etasje merker det også",
    "sv": "kontoret på andra våningen märker det också",
    "de": "das Büro im zweiten Stock merkt es auch",
    "en": "the office on the second floor notices it too",
}
STRIKE = {"nb": "stryk 2", "sv": "stryk 2", "de": "2 streichen", "en": "strike 2"}
SINCE = {
    "nb": "2: siden tirsdag",
    "sv": "2: sedan i tisdags",
    "de": "2: seit Dienstag",
    "en": "2: since Tuesday",
}
YES = {"nb": "ja", "sv": "ja", "de": "ja", "en": "yes"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_lines_are_corrected_struck_and_added_before_anything_is_sent(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    told = TOLD[language]
    await talk.say(", ".join(told))
    await talk.choose("urgency_2")
    for number, each in enumerate(told[:2], 2):
        assert re.search(rf"(?m)^{number}\. \*\*[^*]+:\*\* {each}$", talk.last), "a line for each fact"
    await talk.say(SINCE[language])
    assert told[0] not in talk.last
    assert all(each in talk.last for each in told[1:]), "nothing else changes"
    await talk.say(CORRECTION[language])
    await talk.say(ADDITION[language])
    await talk.say(STRIKE[language])
    assert not services.cases.of_account(talk.account), "nothing is sent before the requester says so"
    assert SINCE[language][3:] not in talk.last
    await talk.say(YES[language])
    work()
    ticket = ticket_of(services, talk.reference())
    packet = services.cases.form(ticket.key)
    assert packet["words"] == CORRECTION[language][3:]
    assert SINCE[language][3:] not in ticket.description, "what was struck is in no part of it"
    asked = {fact["ids"][0]: fact["value"] for fact in packet["facts"] if fact["source"] == "asked"}
    assert tuple(asked[name] for name in ("others", "device", "error")) == told[1:]
    assert (packet["taken_back"], packet["unknown"], packet["not_asked"]) == (["Since when"], [], [])
    assert [fact["value"] for fact in packet["facts"] if fact["source"] == "added"] == [ADDITION[language]]
    assert packet["seen"] == "checked"
    assert [reason["id"] for reason in packet["because"]] == ["asked_for_person"]


async def test_what_was_told_already_is_not_asked_again(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    await talk.say(PERSON["en"])
    await talk.say(
        'since yesterday my Outlook calendar stays empty, it says "cannot connect to server", i cant work at all'
    )
    assert talk.last.endswith("Is it only you?")
    assert "error message" not in talk.last
    await talk.say("yes")
    assert "only me" in talk.last, "whether work goes on was told, too: nothing else is asked"
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    told = {fact["ids"][0]: fact["value"] for fact in packet["facts"] if fact["ids"]}
    assert told["error"] == "cannot connect to server"
    assert told["others"] == "yes (only me)"
    assert (packet["unknown"], packet["urgency"]) == ([], 1)


async def test_whom_nobody_has_proven_reads_it_too(talk_as, services, work):
    talk = talk_as(None, "en", channel="rest")
    await talk.say(PERSON["en"])
    await talk.say(PROBLEM["en"])
    await talk.say(", ".join(TOLD["en"]))
    await talk.say("Emily Clarke, extension 4711")
    await talk.choose("urgency_2")
    assert "Emily Clarke, extension 4711" in talk.last
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    assert (packet["proven"], packet["person"]["name"], packet["seen"]) == (False, "", "checked")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_says_how_to_correct_and_shows_it_again(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(", ".join(TOLD[language]))
    await talk.choose("urgency_3")
    shown = talk.last
    await talk.say({"nb": "nei", "sv": "nej", "de": "nein", "en": "no"}[language])
    assert talk.last.startswith(say("utter_preview_how", language)["text"])
    assert talk.last.endswith(shown)
    assert talk.buttons == [label("send", language), label("cancel", language)]


# Of line 3, who else is affected, and of the device's: as it is typed, and what the device's says then.
SPOKEN = {
    "nb": ("nei, {n} er feil, det er den stasjonære, og stryk 3", "den stasjonære"),
    "sv": ("nej {n} är fel, det är min stationära dator, och stryk 3", "min stationära dator"),
    "de": (
        "nein, bei {n} stimmt etwas nicht, es ist mein Tischrechner, und 3 streichen",
        "mein Tischrechner",
    ),
    "en": ("no, {n} is wrong, it's my desk computer, and strike 3", "my desk computer"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_several_corrections_come_in_one_message_as_people_say_them(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(", ".join(TOLD[language]))
    await talk.choose("urgency_2")
    words, device = SPOKEN[language]
    line = re.search(rf"(?m)^(\d)\. \*\*[^*]+:\*\* {TOLD[language][2]}$", talk.last)
    assert line, talk.last
    await talk.say(words.format(n=line[1]))
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    facts = {fact["ids"][0]: fact["value"] for fact in packet["facts"] if fact["ids"]}
    assert facts["device"] == device
    assert "others" not in facts
    assert [fact["value"] for fact in packet["facts"] if fact["source"] == "added"] == []


async def test_a_line_that_is_only_called_wrong_changes_nothing(talk_as):
    talk = talk_as(WELL["en"], "en")
    await talk.say(PERSON["en"])
    await talk.say(PROBLEM["en"])
    await talk.say(", ".join(TOLD["en"]))
    await talk.choose("urgency_2")
    shown = talk.last
    await talk.say("4 is wrong")
    assert talk.last == f"{say('utter_preview_how', 'en')['text']}\n{shown}"


async def _shown(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(", ".join(TOLD[language]))
    await talk.choose("urgency_2")
    return talk


def _number(talk, value):
    line = re.search(rf"(?m)^(\d)\. \*\*[^*]+:\*\* {re.escape(value)}$", talk.last)
    assert line, talk.last
    return line[1]


LACKS = {
    "nb": ("{n} mangler dokkingstasjonen", "på laptopen, dokkingstasjonen"),
    "sv": ("I rad {n} saknas dockningsstationen.", "på laptopen, dockningsstationen"),
    "de": ("In Zeile {n} fehlt die Dockingstation", "am Laptop, die Dockingstation"),
    "en": ("{n} is missing the docking station", "on the laptop, the docking station"),
}
ONLY_ME = {"nb": "bare meg", "sv": "bara jag", "de": "nur ich", "en": "just me"}
NOT_THE_LAPTOP = {
    "nb": "det er ikke laptopen, det er mobilen",
    "sv": "det är inte laptopen utan mobilen",
    "de": "des is ned da Laptop, des is des Handy",
    "en": "it's not the laptop, it's the phone",
}
THE_PHONE = {
    "nb": "på mobilen, dokkingstasjonen",
    "sv": "på mobilen, dockningsstationen",
    "de": "am Handy, die Dockingstation",
    "en": "on the phone, the docking station",
}
AND_SEND = {
    "nb": "kontoret i andre etasje merker det også, send",
    "sv": "kontoret på andra våningen märker det också, skicka",
    "de": "das Büro im zweiten Stock merkt es auch, bitte senden",
    "en": "the office on the second floor notices it too, send it",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_line_takes_more_and_an_objection_finds_its_line(talk_as, services, work, language):
    talk = await _shown(talk_as, language)
    lacks, whole = LACKS[language]
    await talk.say(lacks.format(n=_number(talk, TOLD[language][2])))
    _number(talk, whole)
    await talk.say(NOT_THE_LAPTOP[language])
    _number(talk, THE_PHONE[language])
    await talk.say(AND_SEND[language])
    assert not services.cases.of_account(talk.account), "what was added is shown again first"
    _number(talk, ADDITION[language])
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    facts = {fact["ids"][0]: fact["value"] for fact in packet["facts"] if fact["ids"]}
    assert facts["device"] == THE_PHONE[language]
    assert [fact["value"] for fact in packet["facts"] if fact["source"] == "added"] == [ADDITION[language]]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_struck_is_not_asked_for_again(talk_as, language):
    talk = await _shown(talk_as, language)
    await talk.say(f"{STRIKE[language].replace('2', _number(talk, ONLY_ME[language]))}")
    unknown = say("utter_preview_missing", language, list="x")["text"].split("x")[0]
    assert ONLY_ME[language] not in talk.last
    assert unknown not in talk.last, "the requester took it back, and knows that it is missing"


async def test_the_same_words_are_one_line(talk_as):
    talk = await _shown(talk_as, "en")
    await talk.say(ADDITION["en"])
    once = talk.last
    assert once.count(ADDITION["en"]) == 1
    await talk.say(f"{ADDITION['en']}.")
    assert talk.last == once


async def test_a_call_that_is_wished_for_is_a_line_before_it_is_sent(talk_as, services):
    talk = await _shown(talk_as, "en")
    await talk.say("please call me after lunch, send")
    assert not services.cases.of_account(talk.account)
    assert "call me after lunch" in talk.last
    assert ", send" not in talk.last


async def test_praise_sends_it(talk_as, services):
    talk = await _shown(talk_as, "nb")
    await talk.say("ser fint ut, send")
    assert services.cases.of_account(talk.account)


async def test_two_facts_of_the_same_words_are_one_line_and_are_struck_as_one(talk_as, services, work):
    talk = await _shown(talk_as, "en")
    others, device = (_number(talk, TOLD["en"][at]) for at in (1, 2))
    await talk.say(f"{others}: everybody's tablet\n{device}: everybody's tablet")
    assert talk.last.count("everybody's tablet") == 1
    await talk.say("strike " + _number(talk, "everybody's tablet"))
    assert "everybody's tablet" not in talk.last
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    assert {"others", "device"}.isdisjoint(name for fact in packet["facts"] for name in fact["ids"])
