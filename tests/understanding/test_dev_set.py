"""How well Tier0 understands what it never saw: floors a little under the figures reached, language by language.

`python -m benchmarks.understanding.report` prints the figures. A floor only ever goes up.
"""

from __future__ import annotations

import pytest

from benchmarks.understanding.dataset import held_out, spoken
from benchmarks.understanding.measure import (
    Guess,
    accuracy,
    calibration_error,
    f1,
    guess,
    precision,
    recall,
)
from bot.nlu.language import LANGUAGES, OTHER, identify

ACCURACY = 0.92
LARGEST_GAP = 0.03


@pytest.fixture(scope="module")
def guesses() -> list[Guess]:
    return guess(held_out())


@pytest.mark.parametrize("language", LANGUAGES)
def test_intents_are_understood_in_each_language(guesses: list[Guess], language: str) -> None:
    assert accuracy([g for g in guesses if g.sentence.language == language]) >= ACCURACY


def test_no_language_is_left_behind(guesses: list[Guess]) -> None:
    each = [accuracy([g for g in guesses if g.sentence.language == language]) for language in LANGUAGES]
    assert max(each) - min(each) <= LARGEST_GAP


def test_a_reset_is_rarely_started_for_something_else(guesses: list[Guess]) -> None:
    assert precision(guesses, "password_reset") >= 0.97


def test_an_unlock_is_rarely_started_for_something_else(guesses: list[Guess]) -> None:
    assert precision(guesses, "account_unlock") >= 0.97


def test_incidents_are_noticed(guesses: list[Guess]) -> None:
    assert recall(guesses, "report_security_incident") >= 0.95


def test_what_is_not_it_is_noticed(guesses: list[Guess]) -> None:
    assert f1(guesses, "out_of_scope") >= 0.90


def test_confidence_is_the_chance_of_being_right(guesses: list[Guess]) -> None:
    assert calibration_error(guesses) <= 0.03


@pytest.mark.parametrize(("short", "floor"), [(True, 0.965), (False, 0.995)])
def test_the_four_languages_are_recognised(short: bool, floor: float) -> None:
    own = [s for s in spoken() if s.language in LANGUAGES and s.is_short == short]
    assert sum(identify(s.text).language == s.language for s in own) / len(own) >= floor


def test_other_languages_are_recognised() -> None:
    others = [s for s in spoken() if s.language == OTHER]
    assert sum(identify(s.text).language == OTHER for s in others) / len(others) >= 0.99


def test_danish_is_not_taken_for_norwegian() -> None:
    danish = [s for s in spoken() if s.really == "da"]
    assert sum(identify(s.text).language == "nb" for s in danish) / len(danish) < 0.05
