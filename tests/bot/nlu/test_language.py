"""The language of a message, alone and within a conversation."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.language import LANGUAGES, OTHER, identify
from bot.nlu.language_table import CODES, open_table


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("jeg har glemt passordet mitt og kommer ikke inn", "nb"),
        ("eg har gløymt passordet mitt, kva gjer eg no", "nb"),
        ("jag har glömt mitt lösenord och kommer inte in", "sv"),
        ("ich habe mein Passwort vergessen", "de"),
        ("i forgot my password, can you help", "en"),
        ("har laast meg ute av pcen", "nb"),
        ("glomt losenordet igen", "sv"),
        ("passwort zuruecksetzen bitte", "de"),
        ("jeg har glemt min adgangskode og kan ikke komme ind", OTHER),
        ("ik ben mijn wachtwoord vergeten", OTHER),
        ("unohdin salasanani enkä pääse sisään", OTHER),
        ("j'ai oublié mon mot de passe", OTHER),
        ("я забыл пароль", OTHER),
        ("パスワードを忘れました", OTHER),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert identify(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Outlook",
            "Teams VPN",
            "reset",
            "ok",
            "nein",
            "server",
            "INC0012345",
            "0x80070005",
            "👍",
            "",
            "printer",
        ),
        "the trust relationship between this workstation and the primary domain failed",
        "Access denied. Contact your administrator",
        "https://login.example/reset?lang=en",
    ],
)
@pytest.mark.parametrize("prior", ["nb", "sv"])
def test_no_flip_on_a_name_an_error_text_or_one_word(text: str, prior: str) -> None:
    assert identify(text, prior).language == prior


@pytest.mark.parametrize("prior", LANGUAGES)
def test_a_whole_sentence_switches(prior: str) -> None:
    assert identify("kan vi ta dette på norsk, jeg forstår ikke alt", prior).language == "nb"
    assert (
        identify("sorry, could we please continue this conversation in another way", prior).language == "en"
    )


def test_a_repeated_word_is_no_more_evidence_than_one() -> None:
    assert identify("hei " * 50, "nb").language == "nb"


def test_without_words_english_is_a_guess() -> None:
    assert identify("🔑").language == "en"
    assert identify("🔑").confidence < 0.5


def test_an_unknown_prior_is_none() -> None:
    assert identify("Outlook", "xx") == identify("Outlook")


@given(st.text(max_size=300), st.sampled_from([*LANGUAGES, None, OTHER]))
def test_anything_gets_a_language(text: str, prior: str | None) -> None:
    guess = identify(text, prior)
    assert guess.language in (*LANGUAGES, OTHER)
    assert 0 <= guess.confidence <= 1


def test_a_damaged_table_is_built_again(tmp_path: Path) -> None:
    open_table(tmp_path)
    kept = next(tmp_path.glob("languages-*.npz"))
    kept.write_bytes(b"torn")
    assert open_table(tmp_path).word("passord").argmax() == CODES.index("nb")
    assert kept.stat().st_size > 1_000_000
