"""A program's language is spoken of, or ours is asked for."""

from __future__ import annotations

import pytest

from benchmarks.understanding.dataset import dev_set, examples
from bot.nlu.program_language import is_a_programs


@pytest.mark.parametrize(
    "text",
    [
        "alle knapper i Visma er på dansk nå",
        "ordboka rettar alt til engelsk",
        "menyerna i Revit är på tyska sen uppdateringen",
        "rättstavningen ändrar allt till norska",
        "jetz is mei Outlook auf einmal englisch",
        "die Anzeigesprache von Windows ist Schwedisch",
        "my Excel went German overnight",
        "the printer's menu is in Norwegian",
    ],
)
def test_a_programs(text: str) -> None:
    assert is_a_programs(text)


@pytest.mark.parametrize(
    "text",
    [
        "svar meg på norsk, Word er på svensk",
        "kan vi ta det på svenska? datorn är på engelska",
        "können wir bitte auf Deutsch weitermachen",
        "please answer in English, my Windows is German",
        "engelsk",
        "auf Schwedisch bitte",
    ],
)
def test_ours(text: str) -> None:
    assert not is_a_programs(text)


def test_no_wish_for_another_language_that_anybody_wrote_is_taken_for_a_programs() -> None:
    wishes = [each.text for each in (*dev_set(), *examples()) if each.intent == "change_language"]
    assert [text for text in wishes if is_a_programs(text)] == []
