"""A complaint is taken as it is told, goes to the lead with the wish in it, and is not asked about twice."""

from __future__ import annotations

import re

import pytest

from bot.responses import label, say
from servicedesk.ticketing.port import TicketKind
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.journeys.test_handover import PERSON, PROBLEM
from tests.journeys.test_no_order import incident

COMPLAINT = {
    "nb": "Jeg er så lei av dere. Nettet i møterommet er dårlig, og ingen svarer meg. Dette er en klage.",
    "sv": "Jag är så trött på er. Nätet i mötesrummet är dåligt och ingen svarar mig. Det är ett klagomål.",
    "de": "Ich habe genug von Ihnen. Das Netz hier ist schlecht, keiner antwortet. Das ist eine Beschwerde.",
    "en": "I am so fed up with you. The network here is bad and nobody answers me. This is a complaint.",
}
WISH = {
    "nb": "Leser dere dette? Noen med ansvar skal ringe meg, og det må ta slutt",
    "sv": "Läser ni det här? Någon med ansvar ska ringa mig, och det måste ta slut",
    "de": "Lesen Sie das überhaupt? Jemand mit Verantwortung soll mich anrufen, und das muss aufhören",
    "en": "Do you read this? Somebody in charge has to ring me, and it has to stop",
}
CALL = {
    "nb": "når ringer dere meg?",
    "sv": "när ringer ni mig?",
    "de": "wann ruft mich jemand an?",
    "en": "when do I get the call?",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_shall_be_done_is_asked_once_and_the_call_is_a_line(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(COMPLAINT[language])
    apology = say("utter_complaint", language)["text"]
    if not talk.last.startswith(apology):  # not sure that it is one: a person is a tap away all the same
        await talk.choose("person")
        assert label("complaint_first", language) in talk.last
    else:
        await talk.choose("yes_person")
    question = services.handover.facts.kinds["wish"].ask[language]
    assert talk.last.endswith(question)
    await talk.say(WISH[language])
    assert question not in talk.last
    assert label("urgency_2", language) not in talk.buttons, "nor whether work goes on"
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    assert (packet["kind"], packet["assignment_group"]) == (TicketKind.COMPLAINT.value, "Service Desk Lead")
    assert COMPLAINT[language] in packet["words"]
    told = {fact["label"]: fact["value"] for fact in packet["facts"]}
    assert told["What would put it right"] == WISH[language]
    assert told["Wants to be called"] in WISH[language]
    reference = talk.reference()
    await talk.say(CALL[language])
    assert talk.last.startswith(
        say(
            "utter_complaint_call",
            language,
            reference=reference,
            group=packet["assignment_group"],
            opening="",
        )["text"][:30]
    )
    work()
    texts = [each.text for each in services.tickets.view(ticket_of(services, reference).ref).comments]
    assert any(CALL[language] in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_case_of_theirs_is_a_button_and_no_number_is_asked_for(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.choose("just_send")
    before = talk.reference()
    await talk.say(COMPLAINT[language])
    await talk.choose("yes_person" if label("yes_person", language) in talk.buttons else "person")
    await talk.press(f"{before}: *")
    assert services.handover.facts.kinds["wish"].ask[language] in talk.last, "only this is still open"
    assert not any(title.startswith(before) for title in talk.buttons)
    await talk.say(WISH[language])
    assert re.search(rf"(?m)^\d\. \*\*[^*]+:\*\* {before}: ", talk.last)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_has_no_ticket_and_has_told_why_need_not_tell_it_again(talk_as, services, language):
    story = {
        "nb": "hva skjer med saken min om skriveren i kantina, den dere lovet å ta i forrige uke",
        "sv": "vad händer med mitt ärende om skrivaren i matsalen, det som ni lovade ta förra veckan",
        "de": "was ist mit meinem Ticket zum Drucker in der Kantine, das Sie letzte Woche erledigen wollten",
        "en": "what is the status of my ticket about the printer in the canteen that you promised to see to last week",
    }[language]
    talk = talk_as(WELL[language], language)
    await talk.say(story)
    assert talk.last == say("utter_tickets_none_person", language)["text"]
    await talk.choose("yes_person")
    await talk.choose("just_send")
    assert story in services.cases.form(talk.reference())["words"]


LOUD = {
    "nb": "dritt, skjermen er ødelagt igjen!!!",
    "sv": "helvete, nu är skrivaren trasig igen!!!!",
    "de": "So langsam reicht's, jede zweite Signatur ist ungültig, sobald die Kundin die Datei aufmacht!",
    "en": "Every other quote is invalid the minute a client opens it!! We are losing orders!",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_loud_fault_is_a_fault(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(LOUD[language])
    assert not talk.last.startswith(say("utter_complaint", language)["text"])
    _, form = await incident(talk, services, work)
    assert form["kind"] == TicketKind.INCIDENT.value
    assert form["category"] != "complaint"
    assert form["words"].startswith(LOUD[language])


OUTRIGHT = {
    "nb": "æ vil KLAGE. Dokker restarta PC-en min midt i et kundemøte. Jeg vil ha et navn og en dato.",
    "sv": "Jag vill klaga. Ni startade om min dator mitt i ett kundmöte. Jag vill ha ett namn och ett datum.",
    "de": "Ich will mich beschweren. Sie haben meinen PC im Kundentermin neu gestartet. Ich will einen Namen und ein Datum.",
    "en": "I want to complain. You rebooted my PC in a client meeting. I want a name and a date.",
}
YES_BUT = {
    "nb": "Ja, men jeg vil at en ansvarlig leder ringer meg",
    "sv": "Ja, men jag vill att en ansvarig chef ringer mig",
    "de": "Ja, aber ich will, dass mich jemand aus der Leitung anruft",
    "en": "Yes, but I want a manager to ring me",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_says_that_they_complain_is_heard_and_the_wish_is_not_asked_for(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(OUTRIGHT[language])
    assert talk.last.startswith(say("utter_complaint", language)["text"]), talk.last
    await talk.choose("yes_person")
    assert services.handover.facts.kinds["wish"].ask[language] not in talk.last
    await talk.choose("send")
    work()
    packet = services.cases.form(talk.reference())
    assert packet["kind"] == TicketKind.COMPLAINT.value
    told = {fact["label"]: fact["value"] for fact in packet["facts"]}
    assert told["What would put it right"] == OUTRIGHT[language].split(". ")[-1]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_yes_with_a_wish_is_a_yes_and_the_wish(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(". ".join(OUTRIGHT[language].split(". ")[:2]) + ".")
    await talk.say(YES_BUT[language])
    assert services.handover.facts.kinds["wish"].ask[language] not in talk.last
    assert not talk.last.startswith(say("utter_complaint", language)["text"])
    await talk.choose("send")
    work()
    told = {fact["label"]: fact["value"] for fact in services.cases.form(talk.reference())["facts"]}
    assert told["What would put it right"] in YES_BUT[language]


async def test_after_an_article_a_complaint_is_one(talk_as):
    talk = talk_as(WELL["en"], "en")
    await talk.say("how do I share my calendar?")
    assert label("not_solved", "en") in talk.buttons
    await talk.say("I want to complain about all of this")
    assert talk.last.startswith(say("utter_complaint", "en")["text"])
