"""U12: press another's button, an old one, one of a step that is over, or one that was made up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.directory.demo import demo_id
from tests.journeys.conftest import LANGUAGES, WELL

FORGOTTEN = {
    "nb": "jeg har glemt passordet mitt",
    "sv": "jag har glömt mitt lösenord",
    "de": "ich habe mein passwort vergessen",
    "en": "i forgot my password",
}


def tokens(talk) -> dict[str, str]:
    return {title: token for reply in talk.replies for title, token in reply.choices}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_buttons_of_another_do_nothing_in_my_chat(
    talk_as, services, clock, asked_of, row_of, language
):
    victim = talk_as("ola.hansen", "nb")
    await victim.say("jeg har glemt passordet mitt")
    theirs = tokens(victim)
    before, pressed = row_of("ola.hansen"), set()
    thief = talk_as(WELL[language], language)
    for token in theirs.values():
        await thief.say(token)
        assert thief.last.strip()
        pressed.add(thief.last)
    await thief.say("btn." + "0" * 32 + ".1-" + "0" * 64)
    assert pressed == {thief.last}, "another's button is answered like one that was made up"
    assert asked_of() == {demo_id("ola.hansen")}, "nothing was begun for the thief either"
    assert row_of("ola.hansen") == before
    clock.advance(services.settings.limits.code_send_gap)
    await victim.choose("unlock_instead")
    assert services.verification.state(victim.conversation).purpose == "unlock", (
        "and they still work for their owner"
    )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_after_an_hour_or_once_pressed_a_button_is_words(talk_as, services, clock, language):
    talk = talk_as(WELL[language], language)
    await talk.say(FORGOTTEN[language])
    offered = tokens(talk)
    clock.advance(timedelta(hours=1))
    sent = len(services.delivery.recent())
    for token in offered.values():
        await talk.say(token)
        assert not any(custom.get("type") in ("code_field", "reference", "link") for custom in talk.custom)
    assert len(services.delivery.recent()) == sent
    await talk.say(FORGOTTEN[language])
    offered = tokens(talk)
    first = await _press_any(talk, offered)
    again = await _press_any(talk, offered)
    assert first != again, "once"


async def _press_any(talk, offered: dict[str, str]) -> str:
    await talk.say(next(reversed(offered.values())))
    return talk.last
