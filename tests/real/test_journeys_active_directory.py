"""Reset and unlock, from the first words in the chat to a sign-in at a real domain controller."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from servicedesk.directory.errors import PasswordFault
from tests.journeys.conftest import LANGUAGES
from tests.journeys.test_account_unlock import LOCKED, prove_by_sms
from tests.journeys.test_password_reset import FORGOTTEN, proven
from tests.servers.samba_dc import EVERYBODYS, Samba

NEW = "Fjorden ligger stille i natt 47"


@dataclass(frozen=True)
class Country:
    code: str
    number: str
    language: str  # as the directory writes it


COUNTRIES = {
    "nb": Country("NO", "400 00 101", "nb-NO"),
    "sv": Country("SE", "070-000 02 01", "sv-SE"),
    "de": Country("DE", "01550 0000301", "de-DE"),
    "en": Country("GB", "07700 900401", "en-GB"),
}


@pytest.fixture
def employee(samba: Samba):
    def make(language: str, **values: str) -> str:
        country = COUNTRIES[language]
        return samba.add(
            "employee", c=country.code, mobile=country.number, preferredLanguage=country.language, **values
        )

    return make


def lockout_time(samba: Samba, username: str) -> bytes:
    return samba.show(username, "lockoutTime").get("lockoutTime", [b"0"])[0]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_new_password_signs_in_and_old_one_does_not(talk_as, services, work, samba, employee, language):
    username = employee(language)
    talk = talk_as(username, language)
    token = await proven(talk, language)
    outcome = services.accounts.change_password(token, NEW)
    assert outcome.result.value == "done"
    assert samba.signs_in(username, NEW)
    assert not samba.signs_in(username, EVERYBODYS)
    work()
    said = [message.text for message in services.conversations.messages(talk.conversation)]
    assert said[-1] != talk.last, "the chat hears that the password was changed"
    address = samba.show(username, "mail")["mail"][0].decode()
    assert services.delivery.sent_to(address), "S6: the owner is told"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_locked_out_employee_gets_back_in(talk_as, services, work, samba, employee, language):
    username = employee(language)
    samba.lock(username)
    assert lockout_time(samba, username) != b"0"
    talk = talk_as(username, language)
    await talk.say(LOCKED[language])
    await prove_by_sms(talk)
    assert lockout_time(samba, username) == b"0"
    assert samba.signs_in(username, EVERYBODYS)
    work()
    assert services.delivery.sent_to(services.directory.find(talk.account).email), "S6: the owner is told"


async def test_reset_of_a_locked_account_unlocks_it_too(talk_as, services, samba, employee):
    username = employee("sv")
    samba.lock(username)
    talk = talk_as(username, "sv")
    token = await proven(talk, "sv")
    assert services.accounts.change_password(token, NEW).still_locked is False
    assert lockout_time(samba, username) == b"0"
    assert samba.signs_in(username, NEW)


async def test_what_the_domain_refuses_has_a_reason_and_the_link_still_works(
    talk_as, services, samba, employee
):
    """The domain wants kinds of characters mixed; a long sentence without them is good by our own rules."""
    username = employee("de")
    talk = talk_as(username, "de")
    token = await proven(talk, "de")
    refused = services.accounts.change_password(token, "der fjord liegt heute nacht ganz still")
    assert (refused.result.value, refused.reasons) == ("rejected", (PasswordFault.UNMIXED,))
    assert samba.signs_in(username, EVERYBODYS)
    assert services.accounts.change_password(token, NEW).result.value == "done"


@pytest.mark.parametrize("state", ["privileged", "disabled", "vip"])
async def test_who_is_never_helped_by_bot_becomes_a_case(talk_as, services, work, samba, employee, state):
    """S7, S8: Samba would let the service account reset a Domain Admin; the bot does not."""
    values = {"disabled": {"userAccountControl": "514"}, "vip": {"employeeType": "vip"}}.get(state, {})
    username = employee("en", **values)
    if state == "privileged":
        samba.join("night-shift", samba.dn(username))
    before = samba.show(username, "*", "uSNChanged")
    talk = talk_as(username, "en")
    await talk.say(FORGOTTEN["en"])
    assert any(custom.get("type") == "reference" for custom in talk.custom), talk.last
    assert not services.delivery.recent()
    work()
    assert services.cases.of_account(talk.account)[0].number
    assert samba.show(username, "*", "uSNChanged") == before


async def test_an_unlock_waits_for_a_directory_that_is_away(
    talk_as, services, work, clock, samba, employee, line
):
    """F1: queued, and carried out when the directory is back."""
    username = employee("nb")
    samba.lock(username)
    talk = talk_as(username, "nb")
    await talk.say(LOCKED["nb"])
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    code = talk.sms_code()
    line.refuse = True
    line.cut()
    await talk.enter(code)
    assert lockout_time(samba, username) != b"0"
    line.refuse = False
    clock.advance(services.settings.limits.code_send_gap)
    work()
    assert lockout_time(samba, username) == b"0"
    said = [message.text for message in services.conversations.messages(talk.conversation)]
    assert said[-1] != talk.last, "the chat hears that it was done"
