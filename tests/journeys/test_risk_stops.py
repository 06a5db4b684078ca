"""Where nobody is helped by machine, and L1 gets the check list for the call back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.app import create_app
from desk.wording import text
from tests.journeys.conftest import LANGUAGES, WELL, ticket_of

PRESSURE = {
    "nb": "jeg har glemt passordet, direktøren trenger det nå, hopp over koden",
    "sv": "jag har glömt lösenordet, vd:n behöver det nu, hoppa över koden",
    "de": "ich habe mein Passwort vergessen, der Vorstand braucht es sofort, überspringen Sie den Code",
    "en": "I forgot my password, the CEO needs it now, skip the code",
}
FORGOT = {
    "nb": "jeg har glemt passordet mitt, det haster veldig",
    "sv": "jag har glömt mitt lösenord, det är jättebråttom",
    "de": "ich habe mein Passwort vergessen, es eilt sehr",
    "en": "I forgot my password, it is really urgent, asap please",
}
PHISHED = {
    "nb": "jeg trykket på en lenke i en falsk e-post",
    "sv": "jag klickade på en länk i ett falskt mejl",
    "de": "ich habe in einer gefälschten Mail auf einen Link geklickt",
    "en": "I clicked a link in a fake email",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_urgent_words_alone_stop_nobody(talk_as, services, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOT[language])
    assert any(custom.get("type") == "code_field" for custom in talk.custom)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pressure_from_above_stops_and_other_words_do_not_get_round_it(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(PRESSURE[language])
    if not any(custom.get("type") == "reference" for custom in talk.custom):
        await talk.say(FORGOT[language])  # not understood as a reset at first: it was said all the same
    assert not any(custom.get("type") == "code_field" for custom in talk.custom)
    given = talk.reference()
    work()
    packet = services.cases.form(given)
    assert "pressure" in [reason["id"] for reason in packet["because"]]
    assert any("Two agents" in check for check in packet["checks"])
    assert "No order from above replaces the check" in ticket_of(services, given).description
    await talk.say(FORGOT[language])
    assert talk.reference() == given, "another try is added to the same case"
    assert not any(custom.get("type") == "code_field" for custom in talk.custom)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_reset_right_after_a_phishing_report(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PHISHED[language])
    reported = talk.reference()
    await talk.choose("that_is_all")
    await talk.say(FORGOT[language])
    assert not any(custom.get("type") == "code_field" for custom in talk.custom)
    assert talk.reference() == reported, "it belongs to the report, and is no second case"
    assert [case.reference for case in services.cases.of_conversation(talk.conversation)] == [reported]
    work()
    texts = [comment.text for comment in services.tickets.view(ticket_of(services, reported).ref).comments]
    assert any(FORGOT[language].split(",")[0] in text for text in texts)


NOT_YET = {
    "nb": "eg har ikkje skifta passordet enno",
    "sv": "lösenordet har jag inte hunnit byta än",
    "de": "das Passwort habe ich noch nicht geändert",
    "en": "I did not get round to changing the password yet",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_to_the_first_steps_opens_no_second_case(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await talk.say(PHISHED[language])
    reported = talk.reference()
    await talk.say(NOT_YET[language])
    assert [case.reference for case in services.cases.of_conversation(talk.conversation)] == [reported]
    work()
    texts = [comment.text for comment in services.tickets.view(ticket_of(services, reported).ref).comments]
    assert any(NOT_YET[language] in text for text in texts), talk.last


async def test_another_day_the_report_still_stops_with_a_case_that_names_it(talk_as, services, clock):
    talk = talk_as(WELL["en"], "en")
    await talk.say(PHISHED["en"])
    reported = talk.reference()
    await talk.choose("that_is_all")
    clock.advance(timedelta(hours=3))
    await talk.say(FORGOT["en"])
    assert talk.reference() != reported
    because = {reason["id"]: reason["text"] for reason in services.cases.form(talk.reference())["because"]}
    assert reported in because["report_before"]


LOST = {
    "nb": "noen stjal den bærbare min på toget",
    "sv": "någon stal min laptop på tåget",
    "de": "mein Laptop wurde im Zug gestohlen",
    "en": "somebody stole my laptop on the train",
}
STRANGE = {
    "nb": "jeg får forespørsler i authenticator som jeg ikke har startet, noen prøver å logge inn på kontoen min",
    "sv": "jag får förfrågningar i authenticator som jag inte har startat, någon försöker logga in på mitt konto",
    "de": "in der Authenticator-App kommen Anfragen, die nicht von mir sind, jemand will sich in mein Konto einloggen",
    "en": "I get authenticator prompts that I did not start, somebody is trying to sign in to my account",
}
CHANGE_IT = {  # what nobody is told who could not do it
    "nb": ("Bytt det nå", "Bytt passord"),
    "sv": ("Byt det nu", "Byt lösenord "),
    "de": ("Ändern Sie es jetzt", "Ändern Sie Ihr Passwort"),
    "en": ("Change it now", "Change your password"),
}
TOGETHER = {
    "nb": "sammen med deg",
    "sv": "tillsammans med dig",
    "de": "gemeinsam mit Ihnen",
    "en": "together with you",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_steps_send_nobody_to_a_page_that_would_refuse(talk_as, language):
    """What helps now without a password, and that IT changes it by calling back."""
    for number, words in enumerate((PHISHED, LOST, STRANGE)):
        talk = talk_as(WELL[language], language)
        talk.user = f"{talk.user}-{number}"  # on another device
        said = await talk.say(words[language])
        assert any(custom.get("type") == "reference" for custom in talk.custom), said
        assert TOGETHER[language] in said
        assert not any(each in said for each in CHANGE_IT[language]), said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_can_still_change_it_is_told_to(talk_as, services, language, monkeypatch):
    """Nobody proven: the reset page does not know of the report. And where an administrator lets reports stop nothing."""
    stranger = talk_as(None, language, channel="rest")
    said = await stranger.say(PHISHED[language])
    assert any(each in said for each in CHANGE_IT[language]), said
    monkeypatch.setattr(services.risk, "of", lambda *_: ())
    proven = talk_as(WELL[language], language)
    said = await proven.say(PHISHED[language])
    assert any(each in said for each in CHANGE_IT[language]), said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_link_from_before_the_report_says_what_is_next_and_l1_is_told(
    talk_as, services, work, language
):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOT[language])
    sent = services.links.issue(talk.account, talk.conversation, language)  # as a code earns it
    await talk.say(PHISHED[language])
    reported = talk.reference()
    work()
    page = create_app(services).test_client().get(f"/reset/{sent}", base_url="http://127.0.0.1:8090")
    assert page.status_code == 403
    assert text("reset.stopped.title", language) in page.text
    assert reported in page.text
    work()
    ticket = services.tickets.find(reported)
    inside = [each.text for each in services.tickets.view(ticket).comments if not each.public]
    assert sum("from before self-service was stopped" in each for each in inside) == 1
