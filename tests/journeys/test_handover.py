"""Journey 4: a person takes over, with everything that was said and tried."""

from __future__ import annotations

import pytest

from servicedesk.ticketing.port import Urgency
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

PERSON = {
    "nb": "jeg vil snakke med et menneske",
    "sv": "jag vill prata med en människa",
    "de": "ich möchte mit einem menschen sprechen",
    "en": "i want to talk to a human",
}
PROBLEM = {
    "nb": "SAP krasjer hver gang jeg åpner en faktura",
    "sv": "SAP kraschar varje gång jag öppnar en faktura",
    "de": "SAP stürzt bei jeder Rechnung ab, die ich öffne",
    "en": "SAP crashes every time I open an invoice",
}
DETAILS = {
    "nb": "siden mandag, bare meg, på den bærbare, feilkode 0x80070005. passordet mitt er Sommerfugl-99!",
    "sv": "sedan i måndags, bara jag, på laptopen, felkod 0x80070005. mitt lösenord är Sommarflod-99!",
    "de": "seit Montag, nur ich, am Laptop, Fehlercode 0x80070005. mein Passwort ist Sommerwind-99!",
    "en": "since Monday, just me, on the laptop, error code 0x80070005. my password is Summertide-99!",
}
SECRET = {"nb": "Sommerfugl-99!", "sv": "Sommarflod-99!", "de": "Sommerwind-99!", "en": "Summertide-99!"}
HOW_LONG = {
    "nb": "hvor langt må passordet være?",
    "sv": "hur långt måste lösenordet vara?",
    "de": "wie lang muss das passwort sein?",
    "en": "how long does the password have to be?",
}
NEVER_MIND = {
    "nb": "nei glem det",
    "sv": "nej glöm det",
    "de": "nein vergiss es, abbrechen",
    "en": "no, forget it, cancel",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_ticket_holds_what_l1_needs(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(DETAILS[language])
    await talk.choose("urgency_1")
    assert PROBLEM[language] in talk.last, "the requester reads it first"
    await talk.choose("send")
    given = talk.reference()
    work()
    opened = ticket_of(services, given)
    account = services.directory.find(talk.account)
    text = opened.description
    for expected in (account.display_name, account.site, PROBLEM[language], "0x80070005", given):
        assert expected in text or expected == opened.key, f"L1 misses {expected!r} in:\n{text}"
    assert SECRET[language] not in text, "D3: a password in the words is taken out"
    assert opened.urgency is Urgency.CANNOT_WORK
    assert opened.language == language
    assert opened.requester == talk.account
    assert opened.assignment_group


@pytest.mark.parametrize("language", LANGUAGES)
async def test_question_in_the_middle_is_answered_and_the_form_goes_on(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    asked = talk.last
    await talk.say(HOW_LONG[language])
    assert "15" in talk.last
    assert talk.last.endswith(asked), "it comes back to its own question"
    await talk.say(DETAILS[language])
    await talk.choose("urgency_3")
    await talk.choose("send")
    work_text = ticket_of(services, _sent(work, talk)).description
    assert "0x80070005" in work_text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_just_send_it_is_one_tap(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.choose("just_send")
    given = talk.reference()
    work()
    assert ticket_of(services, given).key == given


@pytest.mark.parametrize("language", LANGUAGES)
async def test_cancel_in_the_middle_opens_nothing(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PERSON[language])
    await talk.say(PROBLEM[language])
    await talk.say(NEVER_MIND[language])
    assert services.cases.of_account(talk.account) == ()
    await talk.say(PERSON[language])
    assert talk.buttons, "the next wish is not swallowed by the cancelled one"


async def test_l1s_answer_comes_into_the_chat(talk_as, services, work):
    talk = talk_as("kari.nordmann", "nb")
    await talk.say(PERSON["nb"])
    await talk.choose("just_send")
    given = talk.reference()
    work()
    services.cases.agent_reply(given, "Berit (L1)", "Hei Kari, prøv nå.")
    work()
    newest = services.conversations.messages(talk.conversation)[-1]
    assert (newest.author, newest.text) == ("agent", "Hei Kari, prøv nå.")


async def test_redelivered_message_opens_one_ticket(talk_as, services, work):
    """F11: the same delivery four times is one effect."""
    talk = talk_as("kari.nordmann", "nb")
    await talk.say(PERSON["nb"])
    await talk.say(PROBLEM["nb"])
    for _ in range(4):
        await talk.say("noen har stjålet laptopen min", key="once")
    work()
    assert len(services.cases.of_account(talk.account)) <= 1


async def test_dead_action_server_gets_an_answer_and_loses_nothing(talk_as, services, endpoint):
    """F18."""
    talk = talk_as("kari.nordmann", "nb")
    await talk.say("hei")
    endpoint.down = True
    try:
        await talk.say(PERSON["nb"])
        assert talk.last
    finally:
        endpoint.down = False
    await talk.say(PERSON["nb"])
    assert talk.buttons


def _sent(work, talk):
    given = talk.reference()
    work()
    return given
