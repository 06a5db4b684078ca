"""Who objects to a reset, and who tells more beside it."""

from __future__ import annotations

import pytest

from servicedesk.reset_talk import has_no_code, is_objection, tells_more


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (
            "Hva? nei, jeg har ikke noe problem med passordet. Det er opptaket fra Teams-møtet som er borte",
            True,
        ),
        ("jeg har ikke glemt passordet", False),
        ("det handler ikke om passordet", False),
        ("nej, jag har inga problem med lösenordet", False),
        ("det har inget med mitt lösenord att göra, det är filmen som är borta", True),
        ("Nein, ich habe kein Problem mit dem Passwort", False),
        ("es geht nicht um das Passwort, die Aufnahme ist einfach weg", True),
        ("ich habe mein Passwort doch nicht vergessen", False),
        ("I have no problem with my password", False),
        ("I didn't ask for a new password, the recording has simply vanished", True),
    ],
)
def test_an_objection(text: str, more: bool) -> None:
    assert is_objection(text)
    assert tells_more(text) is more


@pytest.mark.parametrize(
    "text",
    [
        "jeg har problemer med passordet",
        "jeg har ikke fått koden",
        "lösenordet fungerar inte",
        "ich habe kein neues Passwort bekommen",
        "mein Passwort geht nicht",
        "I have a problem with my password",
        "the new password doesn't work",
        "is there no problem with my password?",
    ],
)
def test_what_is_none(text: str) -> None:
    assert not is_objection(text)


@pytest.mark.parametrize(
    "text",
    [
        "det er det gamle nummeret mitt",
        "har ikkje den telefonen lenger",
        "koden kommer ikke",
        "har bytta sim-kort",
        "det är mitt gamla nummer",
        "har inte fått nåt sms",
        "mobilen ligger hemma",
        "das ist meine alte Nummer",
        "es kommt kein Code",
        "das Handy liegt daheim",
        "hab die Nummer gewechselt",
        "that is my old number only, I changed my sim last week",
        "i havent got that phone any more",
        "I cannot get the code",
        "the phone is at home",
    ],
)
def test_no_code_can_be_had(text: str) -> None:
    assert has_no_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "hvor kommer koden?",
        "koden er 48",
        "vilket nummer går den till?",
        "wo kommt der Code an?",
        "where does the code come?",
        "one moment, I am looking for it",
        "takk",
        "Outlook ber om passordet hele tiden",
    ],
)
def test_nothing_is_said_of_the_code(text: str) -> None:
    assert not has_no_code(text)
