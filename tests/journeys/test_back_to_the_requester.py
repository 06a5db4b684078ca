"""Journey: the ticket comes back to the employee: is it still needed, is it solved, and is this the same again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from bot.responses import label, say
from connectors.transcript import SentReply
from servicedesk.clock import ManualClock
from servicedesk.resolutions import Said
from servicedesk.texts import load
from servicedesk.ticketing.port import TicketState
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of
from tests.journeys.test_handover import PERSON, PROBLEM, SECRET
from tests.journeys.test_knowledge import UNKNOWN

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.utc)
A_WEEK = timedelta(days=7)
AGAIN = {
    "nb": "SAP krasjer fortsatt på alle fakturaer",
    "sv": "SAP kraschar fortfarande på alla fakturor",
    "de": "SAP stürzt immer noch bei allen Rechnungen ab",
    "en": "SAP is still crashing on all invoices",
}
# What sounds like another wish is a comment all the same where one is asked for.
COMMENT = {
    "nb": "Saken min tok fire dager, og passordet mitt er Sommerfugl-99!",
    "sv": "Mitt ärende tog fyra dagar, och mitt lösenord är Sommarflod-99!",
    "de": "Mein Ticket hat vier Tage gedauert, und mein Passwort ist Sommerwind-99!",
    "en": "My ticket took four days, and my password is Summertide-99!",
}
TOOK = {"nb": "fire dager", "sv": "fyra dagar", "de": "vier Tage", "en": "four days"}
WHY = {
    "nb": "Den krasjer igjen etter ti minutter",
    "sv": "Den kraschar igen efter tio minuter",
    "de": "Es stürzt nach zehn Minuten wieder ab",
    "en": "It crashes again after ten minutes",
}
OTHER = "the printer on the third floor has jammed again"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


async def hand_over(talk, work, language) -> str:
    """Handed over without answering more than needed; its ticket is open."""
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.choose("just_send")
    reference = talk.reference()
    work()
    return reference


def hear(talk, services) -> str:
    """What came unasked is the newest reply, with its buttons."""
    newest = services.conversations.messages(talk.conversation)[-1]
    choices = tuple((choice["title"], choice["token"]) for choice in newest.content.get("choices", ()))
    talk.replies = (SentReply(text=newest.text, choices=choices, custom={}),)
    return newest.author


def set_state(services, reference, state) -> None:
    ticket = ticket_of(services, reference)
    with services.store.transaction() as connection:
        services.tickets.set_state(ticket.ref, state, connection=connection)
        services.cases.ticket_is(connection, reference, state)


def settle(services, work, reference, words="Restart the router") -> None:
    """L1 answers and resolves, as the desk does."""
    services.cases.agent_reply(reference, "Anna Agent", words)
    set_state(services, reference, TicketState.RESOLVED)
    work()
    services.clock.advance(timedelta(minutes=3))
    work()


def notes(services, reference) -> list[tuple[bool, str]]:
    return [
        (each.public, each.text)
        for each in services.tickets.view(ticket_of(services, reference).ref).comments
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_solved_with_two_stars_and_a_comment(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await hand_over(talk, work, language)
    settle(services, work, reference)
    assert hear(talk, services) == "notice"
    assert reference in talk.last
    assert "Restart the router" in talk.last
    assert "Anna Agent" in talk.last
    await talk.press(load(language)["button_solved"])
    assert talk.last == say("utter_ask_stars", language)["text"]
    await talk.choose("stars_2")
    assert talk.last == say("utter_ask_rating_comment", language)["text"]
    await talk.say(COMMENT[language])
    assert say("utter_rated", language)["text"] in talk.last
    work()
    said = services.resolutions.of(reference)
    assert (said.said, said.stars) == (Said.SOLVED, 2)
    assert said.comment is not None
    assert TOOK[language] in said.comment
    assert SECRET[language] not in said.comment
    (note,) = [text for public, text in notes(services, reference) if not public]
    assert "Rated 2 of 5." in note
    assert TOOK[language] in note
    assert ticket_of(services, reference).state is TicketState.RESOLVED


@pytest.mark.parametrize("language", LANGUAGES)
async def test_not_solved_is_reopened_with_the_reason(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await hand_over(talk, work, language)
    settle(services, work, reference)
    hear(talk, services)
    await talk.press(load(language)["button_not_solved"])
    assert say("utter_ticket_reopened", language, reference=reference)["text"] in talk.last
    work()
    assert ticket_of(services, reference).state is TicketState.IN_PROGRESS
    await talk.say(WHY[language])
    assert talk.last == say("utter_ticket_added", language, reference=reference)["text"]
    work()
    assert WHY[language] in [text for _, text in notes(services, reference)]
    # Resolved once more, it is asked once more; yes, and nothing else.
    settle(services, work, reference)
    hear(talk, services)
    await talk.press(load(language)["button_solved"])
    await talk.choose("skip")
    assert services.resolutions.of(reference).said is Said.SOLVED


@pytest.mark.parametrize("language", LANGUAGES)
async def test_three_days_of_silence(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await hand_over(talk, work, language)
    services.clock.advance(timedelta(days=3, hours=1))
    work()
    assert hear(talk, services) == "notice"
    assert (
        load(language)["ticket_new"].format(
            reference=reference, summary=services.cases.get(reference).summary
        )
        == talk.last
    )
    # The next morning the button is too old (S9): the question comes anew, and is answered.
    services.clock.advance(timedelta(days=1))
    await talk.press(load(language)["button_still_needed"])
    assert reference in talk.last
    await talk.press(load(language)["button_still_needed"])
    assert talk.last == say("utter_ticket_still_needed", language, reference=reference)["text"]
    work()
    assert any("still needed" in text for _, text in notes(services, reference))


async def test_a_silent_ticket_is_added_to_or_withdrawn(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    reference = await hand_over(talk, work, "en")
    services.clock.advance(timedelta(days=3, hours=1))
    work()
    hear(talk, services)
    services.clock.advance(timedelta(minutes=1))
    await talk.press(load("en")["button_add_to_ticket"])
    await talk.say("It is the office in Bergen")
    work()
    assert "It is the office in Bergen" in [text for _, text in notes(services, reference)]
    services.clock.advance(A_WEEK)
    work()
    hear(talk, services)
    await talk.press(load("en")["button_no_longer_needed"])
    work()
    assert ticket_of(services, reference).state is TicketState.WITHDRAWN


async def test_words_do_as_well_as_buttons(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    reference = await hand_over(talk, work, "en")
    settle(services, work, reference)
    await talk.say("no")
    assert say("utter_ticket_reopened", "en", reference=reference)["text"] in talk.last
    assert talk.last.endswith(say("utter_ask_why_not_solved", "en")["text"])
    await talk.say("skip")
    assert talk.last == say("utter_why_skipped", "en", reference=reference)["text"]
    work()
    settle(services, work, reference)
    await talk.say("yes")
    await talk.say("4 out of 5")
    await talk.say("I don't know")
    assert services.resolutions.of(reference).stars == 4


async def test_a_late_answer_to_what_went_on_is_told_so(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    reference = await hand_over(talk, work, "en")
    settle(services, work, reference)
    hear(talk, services)
    set_state(services, reference, TicketState.IN_PROGRESS)
    await talk.press(load("en")["button_solved"])
    assert (
        talk.last
        == say("utter_ticket_goes_on", "en", reference=reference, state=label("state_in_progress", "en"))[
            "text"
        ]
    )
    assert services.resolutions.of(reference).said is Said.NOTHING


async def test_where_nothing_can_be_pushed_the_question_comes_with_the_state(talk_as, services, work):
    """REST: nobody reads there what comes later."""
    talk = talk_as(None, "en", channel="rest")
    reference = await hand_over(talk, work, "en")
    settle(services, work, reference)
    await talk.say("how is my ticket doing?")
    await talk.press(load("en")["button_solved"])
    await talk.choose("stars_5")
    await talk.choose("skip")
    assert services.resolutions.of(reference).stars == 5


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_same_again_is_added_to_the_open_ticket(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await hand_over(talk, work, language)
    services.clock.advance(timedelta(days=1))
    await talk.say(PERSON[language])
    assert talk.last == say("utter_ask_handover_problem", language)["text"]
    await talk.say(AGAIN[language])
    assert reference in talk.last
    await talk.choose("add_to_it")
    assert reference in talk.last
    work()
    assert len(services.cases.of_account(talk.account)) == 1
    (comment,) = [text for public, text in notes(services, reference) if public]
    assert AGAIN[language] in comment
    assert "IN THE CHAT SINCE" in comment


async def test_a_new_ticket_is_one_tap_away(talk_as, services):
    talk = talk_as(WELL["en"], "en")
    for _ in range(2):
        await talk.say(UNKNOWN["en"])
        await talk.choose("yes_person")
        if label("open_a_new_one", "en") in talk.buttons:
            await talk.choose("open_a_new_one")
        await talk.choose("just_send")
        services.clock.advance(timedelta(days=1))
    assert len(services.cases.of_account(talk.account)) == 2


async def test_another_matter_gets_its_own_ticket(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    await hand_over(talk, work, "en")
    services.clock.advance(timedelta(days=1))
    await talk.say(PERSON["en"])
    await talk.say(OTHER)
    await talk.choose("just_send")
    assert len(services.cases.of_account(talk.account)) == 2


async def test_asking_for_a_person_again_at_once_means_the_same(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    reference = await hand_over(talk, work, "en")
    services.clock.advance(timedelta(minutes=5))
    await talk.say(PERSON["en"])
    assert reference in talk.last
    await talk.say("no")
    assert talk.last == say("utter_ask_handover_problem", "en")["text"]


async def test_the_very_same_order_twice_is_asked_about(talk_as, services, work):
    talk = talk_as(WELL["en"], "en")
    for _ in range(2):
        await talk.say("I need a Visio licence for my laptop")
        if label("just_send", "en") in talk.buttons:
            await talk.choose("just_send")
    assert len(services.cases.of_account(talk.account)) == 1
    await talk.choose("open_a_new_one")
    await talk.choose("just_send")
    assert len(services.cases.of_account(talk.account)) == 2


INSTEAD = {
    "nb": "skjermen min blinker etter oppdateringen",
    "sv": "min skärm blinkar efter uppdateringen",
    "de": "mein Bildschirm flackert seit dem Update",
    "en": "my screen flickers since the update",
}
NEW = {"nb": "ny sak", "sv": "ett nytt ärende tack", "de": "bitte ein neues Ticket", "en": "a new one please"}
TO_IT = {"nb": "legg det til der", "sv": "lägg till det där", "de": "bitte dazu", "en": "add it to that one"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_typed_instead_of_an_answer_is_the_matter(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await hand_over(talk, work, language)
    await talk.say(PERSON[language])
    assert label("open_a_new_one", language) in talk.buttons
    await talk.say(INSTEAD[language])
    assert label("just_send", language) in talk.buttons, "the handover goes on, with this"
    await talk.choose("just_send")
    assert services.cases.form(talk.reference())["words"] == INSTEAD[language]
    assert talk.reference() != reference


@pytest.mark.parametrize("language", LANGUAGES)
async def test_button_may_be_typed(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    reference = await hand_over(talk, work, language)
    await talk.say(PERSON[language])
    await talk.say(NEW[language])
    assert talk.last == say("utter_ask_handover_problem", language)["text"]
    await talk.choose("cancel")
    await talk.say(PERSON[language])
    await talk.say(TO_IT[language])
    assert reference in talk.last
    assert len(services.cases.of_account(talk.account)) == 1
