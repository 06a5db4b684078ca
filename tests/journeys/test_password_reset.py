"""Journey 1: a forgotten password, from the first words to a sign-in with the new one."""

from __future__ import annotations

import pytest

from bot.responses import label, say
from servicedesk.directory.embedded import SignIn
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

OLD, NEW = "Velkommen-til-Tier0-2026", "fjorden ligger stille i natt 47"
FORGOTTEN = {
    "nb": "jeg har glemt passordet mitt",
    "sv": "jag har glömt mitt lösenord",
    "de": "ich habe mein passwort vergessen",
    "en": "i forgot my password",
}
HOW_LONG = {
    "nb": "hvor langt må passordet være?",
    "sv": "hur långt måste lösenordet vara?",
    "de": "wie lang muss das passwort sein?",
    "en": "how long does the password have to be?",
}
FOR_MY_BOSS = {
    "nb": "sjefen min har glemt passordet sitt, kan du nullstille det",
    "sv": "min chef har glömt sitt lösenord, kan du återställa det",
    "de": "mein chef hat sein passwort vergessen, kannst du es zurücksetzen",
    "en": "my boss forgot his password, can you reset it",
}
PERSON = {
    "nb": "jeg vil snakke med et menneske",
    "sv": "jag vill prata med en människa",
    "de": "ich möchte mit einem menschen sprechen",
    "en": "i want to talk to a human",
}


async def proven(talk, language):
    """Say the words and prove it by text message; the reset page's token."""
    await talk.say(FORGOTTEN[language])
    if f"{talk.custom[-1]['factor']}" == "authenticator":
        await talk.choose("by_sms")
    await talk.enter(talk.sms_code())
    return talk.link().rsplit("/", 1)[-1]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_new_password_signs_in_and_old_one_does_not(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    token = await proven(talk, language)
    outcome = services.accounts.change_password(token, NEW)
    assert outcome.result.value == "done"
    assert services.directory.sign_in(WELL[language], NEW) is SignIn.OK
    assert services.directory.sign_in(WELL[language], OLD) is SignIn.WRONG
    work()
    said = [message.text for message in services.conversations.messages(talk.conversation)]
    assert said[-1] != talk.last, "the chat hears that the password was changed"
    assert services.delivery.sent_to(services.directory.find(talk.account).email), "S6: the owner is told"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_has_the_link_and_wants_a_person_has_another_problem(talk_as, language):
    talk = talk_as(WELL[language], language)
    await proven(talk, language)
    await talk.say(PERSON[language])
    assert say("utter_ask_handover_problem", language)["text"] in talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_question_in_the_middle_is_answered_and_the_code_still_works(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOTTEN[language])
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    code = talk.sms_code()
    await talk.say(HOW_LONG[language])
    assert "15" in talk.last
    assert talk.custom[-1]["type"] == "code_field", "it comes back to what was going on"
    await talk.enter(code)
    assert "/reset/" in talk.link()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_cancel_ends_it_and_the_code_is_worth_nothing(talk_as, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOTTEN[language])
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    code = talk.sms_code()
    await talk.choose("cancel")
    await talk.enter(code)
    assert not any(custom.get("type") == "link" for custom in talk.custom)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_person_is_reached_from_the_middle(talk_as, work, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOTTEN[language])
    await talk.say(PERSON[language])
    await talk.choose("just_send")
    assert any(custom.get("type") == "reference" for custom in talk.custom), talk.last


@pytest.mark.parametrize("language", LANGUAGES)
async def test_another_persons_password_is_never_reset(talk_as, services, language):
    """U1: a reset for the boss starts nothing, and sends no code to anybody."""
    talk = talk_as(WELL[language], language)
    await talk.say(FOR_MY_BOSS[language])
    assert services.verification.state(talk.conversation) is None
    assert not services.delivery.recent()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_unproven_channel_goes_to_the_reset_page(talk_as, services, language):
    """S2: REST without a trusted token proves nobody."""
    talk = talk_as(None, language, channel="rest")
    await talk.say(FORGOTTEN[language])
    assert talk.link().endswith(f"/reset?lang={language}")
    assert not services.delivery.recent()


async def test_wrong_codes_run_out_and_pause_self_service(talk_as, services):
    """S3: five wrong codes in a day, whatever was sent in between, then nothing for 24 h."""
    talk = talk_as("erik.lindqvist", "sv")
    await talk.say(FORGOTTEN["sv"])
    right = talk.sms_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        await talk.enter(wrong)
    await talk.enter(right)
    assert not any(custom.get("type") == "link" for custom in talk.custom)


async def test_privileged_account_goes_to_a_person(talk_as, services, work):
    """S7: never by bot; L1 gets the case with the call-back."""
    talk = talk_as("magnus.dahl", "nb")
    await talk.say(FORGOTTEN["nb"])
    reference = next(custom["reference"] for custom in talk.custom if custom.get("type") == "reference")
    work()
    (case,) = services.cases.of_account(talk.account)
    assert case.reference == reference
    assert case.number


async def test_code_typed_into_the_chat_is_taken_out(talk_as, services, agent):
    """connectors.md: a typed code never becomes a message, and the transcript does not keep it."""
    talk = talk_as("erik.lindqvist", "sv")
    await talk.say(FORGOTTEN["sv"])
    code = talk.sms_code()
    await talk.say(f"koden är {code}")
    assert "/reset/" in talk.link()
    tracker = await agent.tracker_store.retrieve(talk.conversation)
    assert code not in str([event.as_dict() for event in tracker.events])
    assert all(code not in message.text for message in services.conversations.messages(talk.conversation))


async def test_link_is_readable_in_the_owners_channel_only(talk_as, services, work, agent):
    """S4, D1: not in the tracker, the store, the ticket or its attachment; and a person who takes over ends it."""
    talk = talk_as("erik.lindqvist", "sv")
    token = await proven(talk, "sv")
    tracker = await agent.tracker_store.retrieve(talk.conversation)
    assert token not in str([event.as_dict() for event in tracker.events])
    await talk.say(PERSON["sv"])
    await talk.choose("just_send")
    work()
    database = (services.settings.state_dir / "tier0.db").read_bytes()
    log = services.settings.state_dir / "tier0.db-wal"
    assert token.encode() not in database + (log.read_bytes() if log.exists() else b"")
    assert services.links.peek(token) is None


NO_RESET = {
    "nb": "Hva? Nei, jeg har ikke noe problem med passordet",
    "sv": "Va? Nej, jag har inga problem med lösenordet",
    "de": "Was? Nein, ich habe kein Problem mit dem Passwort",
    "en": "What? No, I have no problem with my password",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_has_no_problem_with_the_password_is_asked_for_no_code(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOTTEN[language])
    assert services.verification.state(talk.conversation).state == "open"
    await talk.say(NO_RESET[language])
    assert any(say("utter_no_reset", language)["text"] in reply.text for reply in talk.replies)
    assert services.verification.state(talk.conversation) is None, "the code is cancelled"
    await talk.say(PERSON[language])
    await talk.choose("just_send")
    form = services.cases.form(talk.reference())
    assert label("purpose_reset", language) not in form["words"]


OLD_NUMBER = {
    "nb": "det er det gamle nummeret mitt, det har jeg ikke lenger",
    "sv": "det är mitt gamla nummer, det har jag inte längre",
    "de": "das ist meine alte Nummer, die hab ich nicht mehr",
    "en": "that is my old number, I haven't got it any more",
}
NO_APP = {
    "nb": "har ikke den appen på telefonen",
    "sv": "har inte den appen i telefonen",
    "de": "die App hab ich nicht auf dem Handy",
    "en": "I don't have that app on my phone",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_cannot_get_a_code_is_asked_for_the_next_proof_and_then_gets_a_person(
    talk_as, services, work, language
):
    without = {"sms": OLD_NUMBER[language], "authenticator": NO_APP[language]}
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOTTEN[language])
    account = services.conversations.get(talk.conversation).account
    for factor in services.verification.factors(services.accounts.diagnose(account).account):
        assert services.verification.state(talk.conversation).factor == factor.kind
        await talk.say(without[factor.kind])
    await talk.choose("just_send")
    work()
    ticket = ticket_of(services, talk.reference())
    assert ticket.category == "access.password"
    assert FORGOTTEN[language] in ticket.description
