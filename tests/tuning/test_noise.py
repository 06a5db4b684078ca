"""Hurried spellings: still a sentence, and sometimes another one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuning.noise import hurried

LANGUAGES = ("nb", "sv", "de", "en")


@given(st.text(min_size=1, max_size=80).filter(str.strip), st.sampled_from(LANGUAGES), st.integers())
def test_any_text_stays_a_text(text: str, language: str, seed: int) -> None:
    assert hurried(text, language, random.Random(seed)).strip()


@pytest.mark.parametrize(
    ("language", "text"),
    [("nb", "Får ikke åpnet fila."), ("sv", "Kontot är låst."), ("de", "Mein Schlüssel ist groß.")],
)
def test_letters_that_a_phone_hides_are_left_out_at_times(language: str, text: str) -> None:
    spelt = {hurried(text, language, random.Random(seed)) for seed in range(60)}
    assert any(each.isascii() for each in spelt)
    assert len(spelt) > 20


def test_the_same_seed_spells_the_same() -> None:
    first, second = (hurried("Konto gesperrt", "de", random.Random(7)) for _ in range(2))
    assert first == second
