"""Where the search cannot tell which article is meant, the employee is asked once; and what failed is not shown again."""

from __future__ import annotations

import re

import pytest

from bot.responses import label, say
from servicedesk.feedback import Verdict
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

# One word, or a story, that two articles fit about equally well.
BRIEF = {"nb": "skriver", "sv": "skrivare", "de": "Drucker", "en": "printer"}
VPN = {
    "nb": "får ikke koblet til vpn hjemmefra",
    "sv": "kan inte ansluta till vpn hemifrån",
    "de": "ich komme von zuhause nicht ins vpn",
    "en": "can't connect to the vpn from home",
}
NOT_SOLVED = {
    "nb": ("hjalp ikke", "det virker fortsatt ikke"),
    "sv": ("det gick inte", "hjälpte inte"),
    "de": ("klappt immer noch nicht", "hat nicht geholfen"),
    "en": ("still broken", "that didn't help"),
}
SECOND = {"nb": "den andre", "sv": "den andra", "de": "das zweite", "en": "the second one"}
NONE_TYPED = {"nb": "ingen av dem", "sv": "inget av dem", "de": "keins davon", "en": "none of those"}
OTHER = {
    "nb": "hvordan deler jeg kalenderen min med en kollega",
    "sv": "hur delar jag min kalender med en kollega",
    "de": "wie gebe ich meinen Kalender für eine Kollegin frei",
    "en": "how do I share my calendar with a colleague",
}


def shown(talk) -> list[str]:
    """Ids of the articles in the newest reply."""
    urls = [str(custom["url"]) for custom in talk.custom if custom.get("type") == "article"]
    return [url.rsplit("/", 1)[1] for url in urls]


def is_asked(talk) -> bool:
    question = say("utter_kb_which", talk.language, list="")["text"].strip()
    return question in talk.last


def verdicts(services, talk) -> list[tuple[str | None, Verdict]]:
    return [(entry.article, entry.verdict) for entry in services.feedback.of_conversation(talk.conversation)]


async def fail_until_a_person(talk, said: list[str]) -> list[str]:
    """Say in turn that it did not help; the articles that came up."""
    articles = shown(talk)
    for words in said:
        await talk.say(words)
        articles += shown(talk)
    return articles


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_answer_says_what_it_is_who_keeps_it_and_since_when(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(VPN[language])
    (article,) = (custom for custom in talk.custom if custom.get("type") == "article")
    assert article["title"] in talk.last
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", article["reviewed"])
    assert article["owner"]
    assert "1. " in talk.last
    assert [label(name, language) for name in ("solved", "not_solved", "person")] == talk.buttons


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_single_word_that_may_mean_several_things_is_asked_about(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(BRIEF[language])
    assert is_asked(talk), talk.last
    assert shown(talk) == []
    assert 3 <= len(talk.buttons) <= 4
    assert talk.buttons[-1] == label("none_of_them", language)
    for title in talk.buttons[:-1]:
        assert f"**{title}**: " in talk.last, "each with what tells it apart"
    assert verdicts(services, talk) == [], "nothing has been shown yet"
    second = talk.buttons[1]
    await talk.press(second)
    (article,) = (custom for custom in talk.custom if custom.get("type") == "article")
    assert article["title"] == second
    assert [verdict for _, verdict in verdicts(services, talk)] == [Verdict.SHOWN]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_choice_may_be_typed(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(BRIEF[language])
    second = talk.buttons[1]
    await talk.say(SECOND[language])
    (article,) = (custom for custom in talk.custom if custom.get("type") == "article")
    assert article["title"] == second


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", [True, False])
async def test_none_of_them_is_an_article_that_is_missing(talk_as, services, language, typed):
    talk = talk_as(WELL[language], language)
    await talk.say(BRIEF[language])
    await (talk.say(NONE_TYPED[language]) if typed else talk.choose("none_of_them"))
    assert say("utter_kb_unknown", language)["text"] in talk.last
    assert verdicts(services, talk) == [(None, Verdict.UNANSWERED)]
    assert label("yes_person", language) in talk.buttons


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_question_in_place_of_the_choice_is_a_new_question(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(BRIEF[language])
    await talk.say(OTHER[language])
    assert shown(talk) == ["calendar-sharing"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_question_in_place_of_a_verdict_is_a_new_question(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(VPN[language])
    (first,) = shown(talk)
    await talk.say(OTHER[language])
    assert shown(talk) == ["calendar-sharing"]
    await talk.choose("solved")
    assert verdicts(services, talk) == [(first, Verdict.SHOWN), ("calendar-sharing", Verdict.SOLVED)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_typed_verdicts_lead_to_a_person_and_the_ticket_tells_all(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(BRIEF[language])
    titles = talk.buttons[:-1]
    await talk.press(titles[0])
    articles = await fail_until_a_person(talk, list(NOT_SOLVED[language]))
    assert len(articles) == len(set(articles)) == services.handover.criteria.failed_answers, (
        "nothing comes up twice"
    )
    assert say("utter_kb_no_more", language)["text"] in talk.last
    assert verdicts(services, talk) == [(article, Verdict.NOT_SOLVED) for article in articles]
    await talk.choose("yes_person")
    await talk.choose("just_send")
    work()
    text = ticket_of(services, talk.reference()).description
    asked = f"Which of these it is: {'; '.join(titles)}: {titles[0]}"
    assert asked in text, text
    tried = re.findall(r"- \d\d:\d\d (\S+) \((\w\w), revision \d+, reviewed [\d-]+\): not solved", text)
    assert tried == [(article, language) for article in articles], text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_failed_is_not_shown_again_for_the_same_in_other_words(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(VPN[language])
    (first,) = shown(talk)
    await talk.choose("not_solved")
    await talk.say(VPN[language])
    assert first not in shown(talk)
    assert talk.buttons


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_in_place_of_a_verdict_is_the_verdict(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(VPN[language])
    (first,) = shown(talk)
    await talk.choose("person")
    assert verdicts(services, talk) == [(first, Verdict.PERSON)]
