"""Words of questions and articles meet, however they are typed."""

from __future__ import annotations

import pytest

from bot.kb import tokens


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Passwort zurücksetzen", "passwort zuruecksetzen"),
        ("de", "Straße", "strasse"),
        ("nb", "låst", "laast"),
        ("nb", "kø", "koe"),
        ("nb", "kø", "ko"),
        ("sv", "lösenordet", "losenordet"),
        ("sv", "skrivarna", "skrivaren"),
        ("en", "connecting", "connected"),
        ("en", "Wi-Fi", "wifi"),
    ],
)
def test_two_spellings_share_a_term(language: str, one: str, other: str) -> None:
    assert set(tokens.terms(one, language)) & set(tokens.terms(other, language))


@pytest.mark.parametrize(
    ("word", "vocabulary", "parts"),
    [
        ("skriverko", {"skriver", "ko"}, ("skriver", "ko")),
        ("skrivarinstallation", {"skrivar", "installation"}, ("skrivar", "installation")),
        ("passordsregler", {"passord", "regler"}, ("passord", "regler")),
        ("verbindungsfehler", {"verbindung", "fehler"}, ("verbindung", "fehler")),
        ("jobbmobilen", {"mobilen"}, ("mobilen",)),
        ("drucker", {"drucker"}, ()),
    ],
)
def test_a_compound_gives_the_parts_that_are_known(
    word: str, vocabulary: set[str], parts: tuple[str, ...]
) -> None:
    assert tokens.compound_parts(word, vocabulary) == parts


def test_function_words_carry_no_meaning() -> None:
    assert tokens.words("hvordan får jeg vpn", "nb") == ["vpn"]
    assert tokens.words("was ist das", "de") == []


def test_a_typo_leaves_most_ngrams_alone() -> None:
    right, wrong = set(tokens.ngrams(["authenticator"])), set(tokens.ngrams(["authentcator"]))
    assert len(right & wrong) > len(wrong) / 2


def test_the_english_keep_their_double_vowels() -> None:
    assert tokens.fold("queue", "en") == "queue"
    assert tokens.fold("Größe", "de") == tokens.fold("groesse", "de") == "grosse"
