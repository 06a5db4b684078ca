"""Who objects to a reset, and who tells more beside it."""

from __future__ import annotations

import pytest

from servicedesk.reset_talk import is_objection, tells_more


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
