"""Journey 2: a locked account, open again after one proof."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.responses import label, say
from servicedesk.delivery.errors import DeliveryUnavailable, DeliveryUnclear
from servicedesk.delivery.port import Medium
from tests.journeys.conftest import LANGUAGES, WELL

LOCKED = {
    "nb": "kontoen min er låst",
    "sv": "mitt konto är låst",
    "de": "mein konto ist gesperrt",
    "en": "my account is locked",
}


async def prove_by_sms(talk):
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    await talk.enter(talk.sms_code())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_locked_out_employee_gets_back_in(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    services.directory.lock(talk.account)
    await talk.say(LOCKED[language])
    await prove_by_sms(talk)
    assert not services.directory.find(talk.account).locked
    work()
    assert services.delivery.sent_to(services.directory.find(talk.account).email), "S6: the owner is told"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_account_that_is_not_locked_is_left_alone(talk_as, services, language):
    """The least that helps: look first, say what is so, send no code."""
    talk = talk_as(WELL[language], language)
    await talk.say(LOCKED[language])
    assert services.verification.state(talk.conversation) is None
    assert not services.delivery.recent()
    assert talk.buttons


async def test_locked_again_and_again_names_the_cause(talk_as):
    talk = talk_as("anna.svensson", "sv")
    await talk.say(LOCKED["sv"])
    assert "3" in talk.last


async def test_reset_of_a_locked_account_offers_the_smaller_step(talk_as, services):
    talk = talk_as("ola.hansen", "nb")
    await talk.say("jeg har glemt passordet mitt")
    await talk.choose("unlock_instead")
    services.clock.advance(services.settings.limits.code_send_gap)
    assert services.verification.state(talk.conversation) is not None


async def test_change_of_mind_from_unlock_to_reset(talk_as, services):
    talk = talk_as("ola.hansen", "nb")
    await talk.say(LOCKED["nb"])
    services.clock.advance(services.settings.limits.code_send_gap * 2)
    await talk.say("nei vent, jeg har glemt passordet også")
    assert services.verification.state(talk.conversation).purpose == "reset"


@pytest.mark.parametrize("username", ["magnus.dahl", "nils.bergstrom", "peter.vogel", "silje.haugen"])
async def test_refused_accounts_look_the_same_and_become_a_case(talk_as, services, work, username):
    """S7, S8: privileged, disabled, guest and factorless end in one answer and a case."""
    talk = talk_as(username, "en")
    await talk.say("i forgot my password")
    assert any(custom.get("type") == "reference" for custom in talk.custom), talk.last
    work()
    assert services.cases.of_account(talk.account)[0].number


WORD = {"nb": "midlertidig", "sv": "tillfälligt", "de": "vorübergehend", "en": "temporarily"}


@pytest.fixture
def temporary(services, monkeypatch):
    """A directory whose lockouts end by themselves only, as Entra's do."""
    look = services.directory.find

    def find(account):
        found = look(account)
        return found and replace(found, unlockable=False)

    monkeypatch.setattr(services.directory, "find", find)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("locked", [True, False])
async def test_of_a_lockout_that_nobody_can_open_the_truth_is_told(
    talk_as, services, temporary, language, locked
):
    """No code is asked for in vain, nobody is told "not locked", and a new password is offered: it ends the lockout."""
    talk = talk_as(WELL[language], language)
    if locked:
        services.directory.lock(talk.account)
    await talk.say(LOCKED[language])
    assert WORD[language] in talk.last
    assert label("reset_password", language) in talk.buttons
    assert services.verification.state(talk.conversation) is None
    assert not services.delivery.recent()
    assert services.directory.find(talk.account).locked is locked
    await talk.choose("reset_password")
    assert services.verification.state(talk.conversation).purpose == "reset"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_reset_of_a_lockout_that_nobody_can_open_offers_no_unlocking(
    talk_as, services, temporary, language
):
    talk = talk_as("ola.hansen", language)
    await talk.say({"nb": "jeg har glemt passordet mitt", "sv": "jag har glömt mitt lösenord",
                    "de": "ich habe mein passwort vergessen", "en": "i forgot my password"}[language])  # fmt: skip
    assert label("unlock_instead", language) not in talk.buttons
    assert services.verification.state(talk.conversation).purpose == "reset"


THIRD = {"nb": "bedt IT", "sv": "bett IT", "de": "IT gebeten", "en": "asked IT"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_third_time_in_a_day_is_a_case_for_l1(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    for _ in range(3):
        services.directory.lock(talk.account)
    await talk.say(LOCKED[language])
    await prove_by_sms(talk)
    assert not services.directory.find(talk.account).locked
    assert THIRD[language] in talk.last
    assert "1. " in talk.last, "and what to do"
    work()
    (case,) = services.cases.of_account(talk.account)
    assert case.number


class Gateway:
    """An SMS gateway on a bad day."""

    media = frozenset(Medium)

    def __init__(self, error):
        self.error, self.taken = error, []

    def send(self, message):
        self.taken.append(message)
        raise self.error


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (DeliveryUnavailable("busy"), "utter_code_not_sent"),
        (DeliveryUnclear("no answer"), "utter_code_unclear"),
    ],
)
async def test_a_gateway_that_is_down_leads_to_another_way(
    talk_as, services, monkeypatch, language, error, reply
):
    """F15: the truth, another factor or a person, and never a code in the chat."""
    gateway = Gateway(error)
    talk = talk_as("kari.nordmann", language)
    services.directory.lock(talk.account)
    await talk.say(LOCKED[language])
    monkeypatch.setattr(services.verification, "_delivery", gateway)
    await talk.choose("by_sms")
    assert talk.last == say(reply, language)["text"]
    assert label("by_authenticator", language) in talk.buttons
    assert any(label(name, language) in talk.buttons for name in ("person", "no_factor"))
    code = re.search(r"\b\d{6}\b", gateway.taken[0].text).group()
    messages = services.conversations.messages(talk.conversation)
    assert all(code not in message.text for message in messages)
    waits = services.verification.state(talk.conversation)
    assert (waits is not None and waits.state == "open") is (reply == "utter_code_unclear")
    await talk.choose("by_authenticator")
    await talk.enter(services.directory.demo_authenticator_code(talk.account))
    assert not services.directory.find(talk.account).locked
