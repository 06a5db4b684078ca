"""Names, numbers, and whose account it is."""

from __future__ import annotations

import pytest

from bot.nlu.entities import find
from bot.nlu.language import LANGUAGES
from tests.growth import grows_linearly


def kinds(text: str, language: str = "en") -> dict[str, str]:
    return {entity.kind: entity.value for entity in find(text, language)}


OTHERS = [
    ("nb", "sjefen min er låst ute"),
    ("nb", "nytt passord for sjefen min"),
    ("nb", "kontoen til kollegaen min er sperret"),
    ("nb", "min kollega trenger nytt passord"),
    ("sv", "min chef har glömt sitt lösenord"),
    ("sv", "lås upp chefens konto"),
    ("sv", "kan du återställa lösenordet åt min kollega"),
    ("sv", "vår praktikant behöver ett nytt lösenord"),
    ("de", "mein Chef hat sein Passwort vergessen"),
    ("de", "bitte das Kennwort für meine Kollegin zurücksetzen"),
    ("de", "das Konto meiner Kollegin ist gesperrt"),
    ("de", "unsere Vorgesetzte braucht ein neues Passwort"),
    ("en", "my boss has forgotten his password"),
    ("en", "unlock my colleague's account"),
    ("en", "my manager can't log in"),
    ("en", "reset the password for our new starter"),
]
OWN = [
    ("nb", "sjefen min sier at jeg må bytte passord"),
    ("nb", "jeg har glemt passordet mitt"),
    ("sv", "chefen säger att mitt konto är låst"),
    ("sv", "hur återställer man sitt lösenord"),
    ("de", "ich brauche ein neues Passwort"),
    ("de", "meine Kollegin meinte, Sie können mein Konto entsperren"),
    ("en", "my boss told me to change my password"),
    ("en", "my account is locked and my manager is waiting"),
]


@pytest.mark.parametrize(("language", "text"), OTHERS)
def test_another_persons_account_is_noticed(language: str, text: str) -> None:
    """U1: reset "for my boss"."""
    assert "other_person" in kinds(text, language)


@pytest.mark.parametrize(("language", "text"), OWN)
def test_a_person_who_is_only_mentioned_is_not_the_owner(language: str, text: str) -> None:
    assert "other_person" not in kinds(text, language)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("hvor er t0-7kq2m nå", "ticket_number", "T0-7KQ2M"),
        ("status INC0012345?", "ticket_number", "INC0012345"),
        ("#4711 please", "ticket_number", "#4711"),
        ("HELP-2041", "ticket_number", "HELP-2041"),
        ("update fails, 0x80070643", "error_code", "0x80070643"),
        ("AADSTS50126 again", "error_code", "AADSTS50126"),
        ("Fehlercode 720", "error_code", "Fehlercode 720"),
        ("otlook is slow", "application", "Outlook"),
        ("microsoft teams", "application", "Teams"),
        ("we are in Vienna", "site", "Wien"),
        ("my IPHONE", "device", "phone"),
    ],
)
def test_codes_and_names(text: str, kind: str, value: str) -> None:
    assert kinds(text)[kind] == value


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("nb", "kan du svare på svensk", "sv"),
        ("sv", "på engelska tack", "en"),
        ("de", "auf Norwegisch", "nb"),
        ("en", "german please", "de"),
        ("other", "deutsch?", "de"),
    ],
)
def test_a_wish_for_a_language(language: str, text: str, wanted: str) -> None:
    assert kinds(text, language)["language_name"] == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["", "\x00", "\ud800", "\ufdfa" * 20, "🔑" * 300, "a" * 50_000, "#1-" * 20_000]
)
def test_rubbish_is_survived_at_a_cost_in_proportion(language: str, text: str) -> None:
    """S9: linear regexes."""
    find("", language)
    for entity in find(text, language):
        assert 0 <= entity.start < entity.end <= len(text)
    assert grows_linearly(lambda part: find(part, language), text)


def test_positions_point_into_the_text_and_never_overlap() -> None:
    text = "INC0012345: Outlook error 0x80070005 in Oslo for my boss"
    found = find(text, "en")
    assert [text[e.start : e.end] for e in found] == [
        "INC0012345",
        "Outlook",
        "0x80070005",
        "Oslo",
        "for my boss",
    ]
