"""What means something of its own where a question of a form is open."""

from __future__ import annotations

import pytest

from bot.nlu.form_words import addition, can_work, is_skip


@pytest.mark.parametrize(
    "text",
    [
        *("Det spiller ingen rolle", "samme for meg", "hopp over", "vet ikke", "ingen anelse", "veit ikkje"),
        *("spelar ingen roll", "strunt samma", "hoppa över", "vet inte", "ingen aning"),
        *("egal", "Ist mir egal.", "weiß ich nicht", "keine Ahnung", "überspringen"),
        *("doesn't matter", "It doesn’t matter", "don't know", "no idea", "skip", "not sure", "whatever"),
    ],
)
def test_no_answer_is_an_answer(text: str) -> None:
    assert is_skip(text)


@pytest.mark.parametrize(
    "text",
    [
        "nei",
        "siden mandag",
        "egal was ich tue, es kommt Fehler 5",
        "skip the login and it hangs",
        "vet ikke hvorfor den slår seg av",
        "I don't know the error code but it is red",
        "",
    ],
)
def test_what_says_something_is_no_skip(text: str) -> None:
    assert not is_skip(text)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("legg til: det gjelder også Ola", "det gjelder også Ola"),
        ("Legg til at det skjer på begge skjermene", "det skjer på begge skjermene"),
        ("lägg till: det gäller även Ola", "det gäller även Ola"),
        ("lägg också till att kabeln är röd", "kabeln är röd"),
        ("Ergänzung: betrifft auch Herrn Meier", "betrifft auch Herrn Meier"),
        ("bitte noch dazuschreiben: es ist das rote Kabel", "es ist das rote Kabel"),
        ("add: it also affects Tom", "it also affects Tom"),
        ("please add that it is the red cable", "it is the red cable"),
    ],
)
def test_what_shall_be_added(text: str, added: str) -> None:
    assert addition(text) == added


@pytest.mark.parametrize(
    "text", ["add me to the sales mailbox", "legg til skriver", "since Monday", "add:", ""]
)
def test_what_is_no_addition(text: str) -> None:
    assert addition(text) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        *((text, "no") for text in ("Nei", "nej", "nein!", "no", "urgent")),
        *((text, "can_wait") for text in ("det haster ikke", "inte bråttom", "nicht dringend", "no rush")),
        *((text, None) for text in ("ja", "yes, slowly", "no, it can")),
    ],
)
def test_whether_somebody_can_work(text: str, answer: str | None) -> None:
    assert can_work(text) == answer
