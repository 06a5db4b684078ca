"""Which of a few listed things is meant."""

from __future__ import annotations

import pytest

from bot.nlu.ordinals import place


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("den første", 0),
        ("nummer 2", 1),
        ("den andre", 1),
        ("det siste", 2),
        ("den första", 0),
        ("den andra där", 1),
        ("tredje", 2),
        ("sista alternativet", 2),
        ("das erste", 0),
        ("Zweites bitte", 1),
        ("die letzte", 2),
        ("the first one", 0),
        ("2.", 1),
        ("third", 2),
        ("I tried it twice", None),
        ("the first or the second", None),
        ("first I restarted and then it was gone", None),
        ("4", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_place_in_a_list(text: str, at: int | None) -> None:
    assert place(text, 3) == at


def test_there_is_no_third_of_two() -> None:
    assert place("the third", 2) is None
    assert place("the last", 2) == 1
