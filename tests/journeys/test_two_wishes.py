"""Two wishes in one message: one goes first, the other is named, offered afterwards, and taken up in the same words."""

from __future__ import annotations

import pytest

from bot.responses import label, say
from servicedesk.ticketing.port import Priority, TicketKind
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.words import WORDS, fact_question

RESET_AND_ORDER = {
    "nb": ("jeg har glemt passordet mitt, og så ", "trenger jeg en ny skjerm"),
    "sv": ("jag har glömt mitt lösenord, och så ", "behöver jag en ny skärm"),
    "de": ("ich habe mein Passwort vergessen, und außerdem ", "brauche ich einen neuen Bildschirm"),
    "en": ("I forgot my password, and I also ", "need a new screen"),
}
STOLEN_AND_OUTLOOK = {
    "nb": "hvordan setter jeg opp Outlook på den nye mobilen? den gamle jobbmobilen min ble stjålet i går",
    "sv": "hur ställer jag in Outlook på nya mobilen? min gamla jobbmobil blev stulen igår",
    "de": "Wie richte ich Outlook am neuen Handy ein? Mein altes Diensthandy wurde gestern gestohlen",
    "en": "my phone was stolen and how do I set up outlook on the new phone",
}
OUTAGE_AND_ORDER = {
    "nb": "er det driftsforstyrrelser nå? og så vil jeg bestille en ny mus",
    "sv": "är det driftstörningar just nu? och så vill jag beställa en ny mus",
    "de": "gibt es gerade eine Störung bei allen? Und ich möchte eine neue Maus bestellen",
    "en": "is there an outage right now? and I'd like to order a new mouse",
}
VPN_AND_ORDER = {
    "nb": "får ikke koblet til vpn hjemmefra. og så trenger jeg en ny skjerm",
    "sv": "kan inte ansluta till vpn hemifrån. och så behöver jag en ny skärm",
    "de": "das VPN verbindet zuhause nicht mehr. und ich brauche außerdem einen neuen Bildschirm",
    "en": "can't connect to the vpn from home. and I also need a new screen",
}
YES = {"nb": "ja", "sv": "ja", "de": "ja", "en": "yes"}
NO = {"nb": "nei", "sv": "nej", "de": "nein", "en": "no"}
ONE_STORY = {
    "nb": "fikk ny telefon i butikken i går fordi den gamle gikk i sjøen, og nå spør authenticator om et tall",
    "sv": "jag fick en ny telefon igår för den gamla ramlade i sjön, och nu frågar authenticator efter en siffra",
    "de": "gestern ein neues Handy bekommen weil das alte ins Wasser fiel, und jetzt will der Authenticator eine Zahl",
    "en": "I got a new phone yesterday because the old one fell into a lake, and now authenticator wants a number",
}


def offered(talk, language: str) -> bool:
    """Whether the wish that waits was offered just now."""
    frame = say("utter_wish_offer", language, words="\0")["text"]
    return all(part in talk.last for part in frame.split("\0"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_other_wish_is_named_then_offered_then_taken_up(talk_as, services, work, language):
    first, second = RESET_AND_ORDER[language]
    talk = talk_as(WELL[language], language)
    await talk.say(first + second)
    assert any(custom.get("type") == "code_field" for custom in talk.custom), "the reset has begun"
    assert second in talk.last, "and the other wish was seen"
    assert not offered(talk, language)
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    await talk.enter(talk.sms_code())
    assert talk.link()
    assert offered(talk, language)
    await talk.choose("yes_go_on")
    assert talk.last.startswith(fact_question("request", language))
    await talk.choose("just_send")
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert opened.kind is TicketKind.SERVICE_REQUEST
    assert second in opened.description
    assert not offered(talk, language), "once is enough"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_safety_goes_first_whatever_was_named_first(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(STOLEN_AND_OUTLOOK[language])
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    assert (opened.kind, opened.priority) == (TicketKind.SECURITY_INCIDENT, Priority.CRITICAL)
    assert STOLEN_AND_OUTLOOK[language] in opened.description, "L1 reads all of it"
    assert "Outlook" in talk.last or "outlook" in talk.last
    await talk.choose("that_is_all")
    assert offered(talk, language)
    await talk.say(YES[language])
    article = next(custom for custom in talk.custom if custom.get("type") == "article")
    assert article["url"].endswith("/mobile-email")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_answered_at_once_is_followed_by_the_offer(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(OUTAGE_AND_ORDER[language])
    assert services.outages.current()[0].text(language) in talk.last
    assert offered(talk, language)
    await talk.choose("no_thanks")
    assert talk.last == say("utter_deny_what", language)["text"]
    assert not services.cases.of_account(talk.account)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_cancelled_journey_does_not_take_the_other_wish_with_it(talk_as, language):
    first, second = RESET_AND_ORDER[language]
    talk = talk_as(WELL[language], language)
    await talk.say(first + second)
    await talk.choose("cancel")
    assert talk.last.startswith(say("utter_cancelled", language)["text"])
    assert offered(talk, language)
    await talk.say(NO[language])
    assert talk.last == say("utter_deny_what", language)["text"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_after_an_article_the_offer_waits_until_it_helped(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(VPN_AND_ORDER[language])
    article = next(custom for custom in talk.custom if custom.get("type") == "article")
    assert "/vpn-" in article["url"], "the article for the first wish, not for both"
    assert not offered(talk, language)
    await talk.choose("solved")
    assert offered(talk, language)
    await talk.say(YES[language])
    assert talk.last.startswith(fact_question("request", language))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_wish_that_the_employee_comes_back_to_is_not_offered_again(talk_as, language):
    first, second = RESET_AND_ORDER[language]
    talk = talk_as(WELL[language], language)
    await talk.say(first + second)
    await talk.choose("cancel")
    await talk.say(second)
    assert talk.last.startswith(fact_question("request", language))
    await talk.choose("just_send")
    assert talk.reference()
    assert not offered(talk, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_story_before_one_need_is_not_cut_in_two(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(ONE_STORY[language])
    frame = say("utter_wish_noted", language, words="\0")["text"].split("\0")[0]
    assert frame not in talk.last
    assert not offered(talk, language)


async def test_an_old_button_takes_nothing_up_twice(talk_as, services):
    talk = talk_as(WELL["en"], "en")
    await talk.say(OUTAGE_AND_ORDER["en"])
    offer = talk.replies
    await talk.choose("yes_go_on")
    await talk.choose("cancel")
    talk.replies = offer
    await talk.choose("no_thanks")
    assert not services.cases.of_account(talk.account)
    assert not offered(talk, "en")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_cut_off_stays_in_the_request_while_it_is_no_matter_of_its_own(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(VPN_AND_ORDER[language])
    await talk.say(WORDS[language].person)
    preview = await talk.choose("just_send")
    if label("send", language) in talk.buttons:
        assert VPN_AND_ORDER[language] in preview
        await talk.choose("send")
    given = talk.reference()
    assert services.cases.form(given)["words"].split("\n")[0] == VPN_AND_ORDER[language]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_taken_up_stands_in_its_own_request_alone(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(OUTAGE_AND_ORDER[language])
    await talk.choose("yes_go_on")
    await talk.choose("just_send")
    order = services.cases.form(talk.reference())["words"]
    assert order in OUTAGE_AND_ORDER[language]
    assert "?" not in order, "the question was answered"
