"""Whoever sends it as it is is asked once more for what is not known, after the reference, and may leave it at that."""

from __future__ import annotations

import pytest

from bot.responses import label
from servicedesk.handover.packet import Source
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.journeys.test_handover import PERSON, PROBLEM

TOLD = {
    "nb": "det begynte på onsdag, de andre har det ikke, den bare lukker seg uten melding",
    "sv": "sedan i onsdags, inga andra har det, den bara stängs utan felmeddelande",
    "de": "seit Mittwoch, sonst niemand, es schließt sich einfach ohne Fehlermeldung",
    "en": "since Wednesday, nobody else has it, it just closes without an error message",
}
ANOTHER = {
    "nb": "jeg har glemt passordet mitt",
    "sv": "jag har glömt mitt lösenord",
    "de": "ich habe mein Passwort vergessen",
    "en": "I have forgotten my password",
}
NO = {"nb": "nei", "sv": "nej", "de": "nein", "en": "no"}
WHAT = {
    "nb": "Visma fryser når jeg skal føre bilag",
    "sv": "Visma hänger sig när jag ska bokföra",
    "de": "DATEV hängt sich beim Buchen auf",
    "en": "Sage freezes when I post an invoice",
}


async def sent(talk, language):
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.choose("just_send")
    return talk.reference()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_told_after_sending_completes_the_packet(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await sent(talk, language)
    work()
    before = services.cases.form(reference)
    assert before["unknown"]
    kinds = services.handover.facts.kinds.values()
    wanted = [each.ask[language] for each in kinds if each.label in before["unknown"]]
    assert all(f"- {each}" in talk.last for each in wanted), "what is missing, all of it in one message"
    await talk.say(TOLD[language], key="told")
    assert reference in talk.last
    assert not talk.buttons, "one line, and no further question"
    packet = services.cases.form(reference)
    told = {each["ids"][0]: each for each in packet["facts"] if each["source"] == Source.ASKED.value}
    assert {"since", "others", "error"} <= set(told)
    assert packet["unknown"] == []
    await talk.say(TOLD[language], key="told")
    work()
    ticket = services.tickets.find(reference)
    (comment,) = services.tickets.view(ticket).comments
    assert all(each["value"] in comment.text for each in told.values())
    assert len(services.cases.of_account(talk.account)) == 1
    assert services.cases.form(reference) == packet, "F11: told once, added once"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_matter_is_no_answer_and_ends_the_question(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    reference = await sent(talk, language)
    packet = services.cases.form(reference)
    await talk.say(ANOTHER[language])
    assert talk.custom, "the code's field"
    await talk.say(TOLD[language])
    assert services.cases.form(reference) == packet


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_may_be_left_at_that(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await sent(talk, language)
    packet = services.cases.form(reference)
    await talk.say(NO[language])
    assert reference in talk.last
    work()
    assert services.tickets.view(services.tickets.find(reference)).comments == ()
    assert services.cases.form(reference) == packet


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_said_nothing_at_all_is_asked_what_it_is_about(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.choose("just_send")
    reference = talk.reference()
    assert label("late_problem", language) in talk.last
    await talk.say(WHAT[language])
    assert services.cases.form(reference)["words"] == WHAT[language]
    work()
    assert WHAT[language] in ticket_of(services, reference).description


async def test_nothing_is_asked_where_the_packet_was_read_and_sent(talk_as, services):
    talk = talk_as("emily.clarke", "en")
    await talk.say(PERSON["en"])
    await talk.say(PROBLEM["en"])
    await talk.say(TOLD["en"])
    await talk.choose("urgency_3")
    await talk.say("strike 2")
    await talk.choose("send")
    assert services.cases.form(talk.reference())["taken_back"]
    assert len(talk.replies) == 1


GOES_ON = {
    "nb": "kollegaen min har det også, siden i morges",
    "sv": "min kollega har det också, sedan i morse",
    "de": "bei der Kollegin neben mir ist es genauso, seit heute früh",
    "en": "my colleague has it too, since this morning",
}
NEXT = {
    "nb": "skriveren i andre etasje er tom for papir",
    "sv": "skrivaren på andra våningen har slut på papper",
    "de": "der Drucker im zweiten Stock hat kein Papier mehr",
    "en": "the printer on the second floor is out of paper",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_goes_on_about_the_case_just_sent_belongs_to_it(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    reference = await sent(talk, language)
    await talk.say(TOLD[language])
    await talk.say(GOES_ON[language])
    assert reference in talk.last
    told = {fact["ids"][0]: fact["value"] for fact in services.cases.form(reference)["facts"] if fact["ids"]}
    assert GOES_ON[language].split(",")[0] in told["others"]
    await talk.say(NEXT[language])
    assert reference not in talk.last, "another matter is another matter"
    await talk.say(GOES_ON[language])
    after = {fact["ids"][0]: fact["value"] for fact in services.cases.form(reference)["facts"] if fact["ids"]}
    assert after == told, "and what follows it is about that"
