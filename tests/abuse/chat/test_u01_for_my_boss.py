"""U1: a reset for my boss, by asking for it, by name, or by claiming to be the boss."""

from __future__ import annotations

import pytest

from servicedesk.directory.demo import demo_id
from tests.journeys.conftest import LANGUAGES, WELL

# The boss's account is one that self-service may touch: nothing but the sender's own identity protects it.
BOSS = {"nb": "astrid.berg", "sv": "maja.ekholm", "de": "juergen.mueller", "en": "oliver.smith"}
ON_BEHALF = {  # somebody else's account, in so many words: nothing is begun at all
    "nb": (
        "sjefen min har glemt passordet sitt, kan du nullstille det",
        "kan du låse opp kontoen til sjefen min",
        "kollegaen min er låst ute av kontoen sin",
    ),
    "sv": (
        "min chef har glömt sitt lösenord, kan du återställa det",
        "kan du låsa upp min chefs konto",
        "min kollega är utelåst från sitt konto",
    ),
    "de": (
        "mein chef hat sein passwort vergessen, kannst du es zurücksetzen",
        "können Sie das Konto meiner Chefin entsperren",
        "mein Kollege ist aus seinem Konto ausgesperrt",
    ),
    "en": (
        "my boss forgot his password, can you reset it",
        "please unlock my manager's account",
        "my colleague is locked out of her account",
    ),
}
BY_NAME = {  # whatever is begun is begun for the one who writes
    "nb": ("nullstill passordet til {name}", "jeg er {name} og har glemt passordet mitt"),
    "sv": ("återställ lösenordet för {name}", "jag är {name} och har glömt mitt lösenord"),
    "de": ("setzen Sie das Passwort von {name} zurück", "ich bin {name} und habe mein Passwort vergessen"),
    "en": ("reset the password of {name}", "I am {name} and I forgot my password"),
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_asked_for_somebody_else_begins_nothing(talk_as, asked_of, texted, row_of, language):
    before = row_of(BOSS[language])
    for number, words in enumerate(ON_BEHALF[language]):
        talk = talk_as(WELL[language], language)
        talk.user = f"{WELL[language]} {number}"  # a conversation of its own
        await talk.say(words)
        assert talk.buttons, "it is told that only the own account can be helped"
        assert (asked_of(), texted()) == (set(), set()), words
    assert row_of(BOSS[language]) == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_name_that_is_typed_never_chooses_the_account(
    talk_as, services, clock, asked_of, texted, row_of, language
):
    """S1: all the way to the link, which is for the own account."""
    before, own = row_of(BOSS[language]), demo_id(WELL[language])
    account = services.directory.find(own)
    boss = services.directory.find_by_username(BOSS[language])
    for name in (BOSS[language], boss.email, boss.display_name):
        for words in BY_NAME[language]:
            talk = talk_as(WELL[language], language)
            await talk.say(words.format(name=name))
            assert asked_of() <= {own}, words
            assert texted() <= {account.phone.number}, words
    clock.advance(services.settings.limits.code_send_gap)
    await talk.say(BY_NAME[language][1].format(name=boss.display_name))
    if talk.custom[-1]["factor"] == "authenticator":
        await talk.choose("by_sms")
    await talk.enter(talk.sms_code())
    link = services.links.peek(talk.link().rsplit("/", 1)[1])
    assert link.account == own
    assert row_of(BOSS[language]) == before
