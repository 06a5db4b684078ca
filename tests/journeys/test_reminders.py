"""Journey: told unasked that the account is locked, and opening it from there; or wanting no such news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.responses import label, say
from connectors.transcript import SentReply
from servicedesk.texts import load
from tests.journeys.conftest import LANGUAGES, WELL
from tests.journeys.test_account_unlock import prove_by_sms


async def hear_of_a_lockout(talk, services, work):
    """Somebody who wrote to us the day before is locked out; the worker's message is the newest reply."""
    await talk.say("hei")
    services.clock.advance(timedelta(days=1))
    services.directory.lock(talk.account)
    services.clock.advance(timedelta(minutes=1))
    work()
    newest = services.conversations.messages(talk.conversation)[-1]
    assert newest.author == "notice"
    choices = tuple((choice["title"], choice["token"]) for choice in newest.content["choices"])
    talk.replies = (SentReply(text=newest.text, choices=choices, custom={}),)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_press_and_one_code_open_the_account(talk_as, services, work, language):
    talk = talk_as(WELL[language], language)
    await hear_of_a_lockout(talk, services, work)
    assert services.directory.find(talk.account).given_name in talk.last
    await talk.press(load(language)["button_unlock"])
    await prove_by_sms(talk)
    assert not services.directory.find(talk.account).locked


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_off_switch_works_at_once_and_hours_later(talk_as, services, work, language):
    """S9: the button itself lives an hour; who presses it later gets a new one."""
    talk = talk_as(WELL[language], language)
    await hear_of_a_lockout(talk, services, work)
    services.clock.advance(timedelta(hours=3))
    await talk.press(load(language)["button_reminders_off"])
    assert services.reminders.are_on(talk.account)
    assert talk.last == say("utter_reminders_on", language)["text"]
    await talk.choose("reminders_off")
    assert not services.reminders.are_on(talk.account)
    assert talk.buttons == [label("reminders_on", language)]
    await talk.choose("reminders_on")
    assert services.reminders.are_on(talk.account)


async def test_who_is_not_proven_has_no_switch(talk_as, services):
    """S1"""
    talk = talk_as(None, "en", channel="rest")
    await talk.say("what can you do")
    await talk.choose("reminders")
    assert talk.last == say("utter_reminders_unproven", "en")["text"]
