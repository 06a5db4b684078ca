"""Journey 3: an answer from the knowledge base, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.small_talk import ActionOutOfScope
from bot.responses import label, say
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

QUESTION = {
    "nb": "får ikke koblet til vpn hjemmefra",
    "sv": "kan inte ansluta till vpn hemifrån",
    "de": "ich komme von zuhause nicht ins vpn",
    "en": "can't connect to the vpn from home",
}
UNKNOWN = {
    "nb": "hvordan kalibrerer jeg plotteren i Revit mot fargeprofilen",
    "sv": "hur kalibrerar jag plottern i Revit mot färgprofilen",
    "de": "wie kalibriere ich den Plotter in Revit auf das Farbprofil",
    "en": "how do I calibrate the plotter in Revit to the colour profile",
}
AWAY = {
    "nb": "folk får fortsatt beskjed om at jeg er på ferie",
    "sv": "alla andra ser mig fortfarande som borta fast semestern är slut",
    "de": "die Kollegen bekommen immer noch die Meldung dass ich im Urlaub bin",
    "en": "people still get told that I am on holiday",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_question_is_answered_with_steps_and_title(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    article = next(custom for custom in talk.custom if custom.get("type") == "article")
    assert f"/{language}/vpn-" in article["url"]
    assert "1." in talk.last
    assert len(talk.buttons) == 3


@pytest.mark.parametrize("language", LANGUAGES)
async def test_not_solved_twice_leads_to_a_person_with_what_was_shown(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    for _ in range(3):
        if not any(custom.get("type") == "article" for custom in talk.custom):
            break
        await talk.choose("not_solved")
    await talk.choose("yes_person")
    await talk.choose("just_send")
    assert any(custom.get("type") == "reference" for custom in talk.custom), talk.last
    work()
    (case,) = services.cases.of_account(talk.account)
    assert "vpn-connect" in services.tickets.get(services.tickets.find(case.reference).id).description


@pytest.mark.parametrize("language", LANGUAGES)
async def test_solved_is_noted(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(QUESTION[language])
    await talk.choose("solved")
    assert talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_the_base_does_not_know_gets_no_article(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(UNKNOWN[language])
    assert not any(custom.get("type") == "article" for custom in talk.custom), talk.last
    assert talk.buttons


YES_AND = {
    "nb": ("ja, gjør det. hele tegnekontoret venter", "hele tegnekontoret venter"),
    "sv": ("ja, det vore snällt. hela ritkontoret väntar", "hela ritkontoret väntar"),
    "de": ("Ja bitte! Das ganze Büro wartet darauf", "Das ganze Büro wartet darauf"),
    "en": ("yes please, the whole drawing office waits for it", "the whole drawing office waits for it"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_yes_with_more_in_the_same_breath_is_a_yes_and_nothing_is_lost(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(UNKNOWN[language])
    while label("yes_person", language) not in talk.buttons:
        await talk.choose(
            "intent_kb_question" if label("intent_kb_question", language) in talk.buttons else "not_solved"
        )
    said, told = YES_AND[language]
    await talk.say(said)
    assert label("just_send", language) in talk.buttons, talk.last
    await talk.choose("just_send")
    work()
    description = ticket_of(services, talk.reference()).description
    assert UNKNOWN[language] in description
    assert told in description


async def said_when_taken_for_out_of_scope(services, language: str, understood: dict[str, Any]) -> list[str]:
    """The names of the replies to a message that the intent model takes for no IT question."""
    talk = services.conversations.open(
        channel="web", tenant="", channel_user="somebody", account=None, private=False
    )
    message = {
        **understood,
        "intent": {"name": "out_of_scope", "confidence": 0.9},
        "metadata": {"language": language},
    }
    tracker = Tracker(talk.id, {}, message, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    await ActionOutOfScope(services).run(dispatcher, tracker, {})
    return [reply["response"] for reply in dispatcher.messages]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_holidays_are_it_where_an_article_is_certain(agent, services, language):
    understood = await agent.parse_message(AWAY[language])
    assert understood["articles"][0]["id"] == "out-of-office"
    assert await said_when_taken_for_out_of_scope(services, language, understood) == ["utter_article"]


@pytest.mark.parametrize("score", [None, 0.0, 0.9])
async def test_what_no_article_answers_for_certain_is_not_it(services, score):
    hits = [] if score is None else [{"id": "out-of-office", "language": "en", "score": score, "section": 0}]
    understood = {"text": "how many holidays do I have left", "articles": hits}
    assert await said_when_taken_for_out_of_scope(services, "en", understood) == ["utter_out_of_scope"]


# Whoever writes on has read the article: that it is not it, then more of what is the matter.
WRITES_ON = {
    "nb": (
        "nei, det er ikke det, jeg kommer aldri så langt",
        "den bare snurrer når jeg kobler til vpn hjemmefra",
    ),
    "sv": (
        "nej, det är inte det, jag kommer aldrig så långt",
        "den bara snurrar när jag ansluter till vpn hemifrån",
    ),
    "de": (
        "nein, das ist es nicht, so weit komme ich nie",
        "es dreht sich nur, wenn ich mich von zuhause mit dem vpn verbinde",
    ),
    "en": ("no, that is not it, I never get that far", "it only spins when I connect to the vpn from home"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_article_comes_twice_however_it_is_put(talk_as, language):
    talk = talk_as(WELL[language], language)
    shown: list[str] = []
    for words in (QUESTION[language], *WRITES_ON[language], QUESTION[language]):
        await talk.say(words)
        shown += [custom["url"] for custom in talk.custom if custom.get("type") == "article"]
    assert shown
    assert len(shown) == len(set(shown)), shown
    assert say("utter_kb_no_more", language)["text"] in talk.last
