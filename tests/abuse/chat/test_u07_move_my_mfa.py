"""U7: "new phone, move my MFA", as a thief of the number, of the session or of the laptop would ask for it."""

from __future__ import annotations

import inspect

import pytest

from servicedesk.directory.active_directory import ActiveDirectory
from servicedesk.directory.embedded import EmbeddedDirectory
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.ldap import LdapDirectory
from servicedesk.directory.port import Directory
from tests.journeys.conftest import LANGUAGES, WELL

ASKING = {
    "nb": (
        "har fått ny telefon, kan du flytte authenticator til den",
        "nytt nummer, send koden til +47 99 99 99 99 i stedet",
        "legg til en ny engangskode-app på kontoen min",
        "slett tofaktoren min, jeg har mistet mobilen",
    ),
    "sv": (
        "har fått ny telefon, kan du flytta authenticator till den",
        "nytt nummer, skicka koden till +46 70 999 99 99 i stället",
        "lägg till en ny autentiseringsapp på mitt konto",
        "ta bort min tvåfaktor, jag har tappat mobilen",
    ),
    "de": (
        "neues Handy, können Sie den Authenticator darauf umziehen",
        "neue Nummer, schicken Sie den Code an +49 155 9999 9999",
        "fügen Sie eine neue Authenticator-App zu meinem Konto hinzu",
        "löschen Sie meinen zweiten Faktor, das Handy ist weg",
    ),
    "en": (
        "got a new phone, please move my authenticator to it",
        "new number, send the code to +44 7700 999 999 instead",
        "add a new authenticator app to my account",
        "remove my second factor, I lost my phone",
    ),
}
FORGOTTEN = {
    "nb": "jeg har glemt passordet mitt",
    "sv": "jag har glömt mitt lösenord",
    "de": "ich habe mein passwort vergessen",
    "en": "i forgot my password",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_words_change_a_factor_or_where_a_code_goes(
    talk_as, services, clock, texted, row_of, language
):
    """S2: also in the middle of a reset, with a code on its way and after it was right."""
    talk = talk_as(WELL[language], language)
    registered = services.directory.find(talk.account).phone.number
    before = row_of(WELL[language])
    for words in ASKING[language][:3]:  # the last one says that the phone is lost, which ends self-service
        await talk.say(words)
        assert talk.last.strip(), words
    clock.advance(services.settings.limits.code_send_gap)
    await talk.say(FORGOTTEN[language])
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    code = talk.sms_code()
    for words in ASKING[language][:2]:
        await talk.say(words)
    assert row_of(WELL[language]) == before
    assert texted() == {registered}
    clock.advance(services.settings.limits.code_send_gap)
    await talk.enter(code)
    for words in ASKING[language]:
        await talk.say(words)
    assert row_of(WELL[language]) == before, "a proof for a new password is none for a new factor"
    assert texted() == {registered}


PORT = {
    *("find", "find_by_username", "policy", "check_authenticator", "locked_since", "expiring"),
    *("set_password", "unlock", "revoke_sessions"),
}
CHANGES = ("set_", "add", "register", "enrol", "move", "replace", "write", "update", "delete", "remove")


@pytest.mark.parametrize("adapter", [EmbeddedDirectory, ActiveDirectory, LdapDirectory, EntraDirectory])
def test_no_directory_can_be_told_to_change_a_factor(adapter):
    """S2, S7: what the port lacks no journey can call. A new way to change an account is a decision, made here."""
    assert _methods(Directory) == PORT
    assert [name for name in _methods(adapter) - PORT if name.startswith(CHANGES)] == []


def _methods(kind) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
