"""Which sentences order another language, and which only speak of one."""

from __future__ import annotations

import pytest

from connectors.language_wish import language_wish


@pytest.mark.parametrize(
    ("text", "language", "rest"),
    [
        ("Skriv på bokmål, takk", "nb", ""),
        ("to skjermer. Kan du svare på engelsk?", "en", "to skjermer."),
        ("Fortsätt på svenska tack", "sv", ""),
        ("Zwei Stück. Bitte schreiben Sie auf Deutsch.", "de", "Zwei Stück."),
        ("Können Sie bitte auf Englisch antworten?", "en", ""),
        ("Please answer in German. We are two.", "de", "We are two."),
    ],
)
def test_an_order_and_what_stands_beside_it(text: str, language: str, rest: str) -> None:
    wish = language_wish(text)
    assert wish
    assert (wish.language, wish.rest) == (language, rest)


@pytest.mark.parametrize(
    "text",
    [
        "tastaturet skriver engelsk",
        "jag kan inte skriva svenska tecken",
        "die Rechtschreibung auf Deutsch fehlt",
        "English, please",
        "write in German does not work in Word",
        "can you change the English keyboard?",
        "I answer in English and nobody understands",
    ],
)
def test_what_is_no_order(text: str) -> None:
    assert language_wish(text) is None
