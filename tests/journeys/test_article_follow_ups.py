"""What is said right after an article and about it stays with that article."""

from __future__ import annotations

import re

import pytest

from bot.responses import say
from tests.journeys.conftest import LANGUAGES, WELL
from tests.words import fact_question

QUESTION = {
    "nb": "får ikke koblet til vpn hjemmefra på windows-pc-en",
    "sv": "cisco ansluter inte hemifrån på min windowsdator",
    "de": "ich komme von zuhause am Windows-Rechner nicht ins vpn",
    "en": "can't connect to the vpn from home on my windows laptop",
}
ON_A_MAC = {"nb": "og på Mac?", "sv": "och på Mac?", "de": "und am Mac?", "en": "and on a Mac?"}
WHERE = {
    "nb": "hvor finner jeg det",
    "sv": "var hittar jag det",
    "de": "wo finde ich das",
    "en": "where do I find that",
}
FAILED = {
    "nb": "trinn 3 finnes ikke hos meg",
    "sv": "funkade inte",
    "de": "Schritt 3 gibt es bei mir nicht",
    "en": "step 3 isn't there",
}
NEW = {
    "nb": "jeg trenger en ny mus",
    "sv": "jag behöver en ny mus",
    "de": "ich brauche eine neue Maus",
    "en": "I need a new mouse",
}

LOST_ELSEWHERE = {
    "nb": "notatene mine i OneNote er borte",
    "sv": "mina anteckningar i OneNote är borta",
    "de": "meine Notizen in OneNote sind weg",
    "en": "My OneNote notes are gone",
}

MAC_SECTION = r"\*\*[^*\n]*\bMac\b[^*\n]*\*\*"  # its heading


def shown(talk) -> list[str]:
    return [str(custom["url"]) for custom in talk.custom if custom.get("type") == "article"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_same_on_another_machine_is_another_section(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    [url] = shown(talk)
    assert not re.search(MAC_SECTION, talk.last)
    await talk.say(ON_A_MAC[language])
    assert shown(talk) == [url]
    assert re.search(MAC_SECTION, talk.last), talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_does_not_find_it_gets_the_whole_guide(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    [url] = shown(talk)
    await talk.say(WHERE[language])
    assert shown(talk) == [url]
    assert url in talk.last
    assert len(talk.buttons) == 3


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_failed_is_not_solved(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    await talk.say(FAILED[language])
    went_on = say("utter_kb_next", language)["text"], say("utter_kb_no_more", language)["text"]
    assert talk.last.startswith(went_on), talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_fault_of_another_program_is_no_verdict(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    await talk.say(LOST_ELSEWHERE[language])
    assert talk.last.startswith(say("utter_kb_unknown", language)["text"]), talk.last


async def test_what_is_tried_already_is_not_refused_as_no_it(talk_as):
    talk = talk_as(WELL["en"], "en")
    await talk.say(QUESTION["en"])
    await talk.say("im on a cable already and did the router. same on my phone hotspot so not the broadband")
    assert say("utter_out_of_scope", "en")["text"] not in talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_wish_is_a_new_wish(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    await talk.say(NEW[language])
    assert talk.last.startswith(fact_question("request", language))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_an_article_before_it_is_no_follow_up(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(WHERE[language])
    assert say("utter_article_more", language, title="", url="")["text"][:20] not in talk.last
