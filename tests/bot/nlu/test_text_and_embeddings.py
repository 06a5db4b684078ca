"""What reaches the engine, and the caches in front of it."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.embeddings import DIMENSION, DiskCache, Encoder, Vectors, shared_encoder
from bot.nlu.text import _UNSAFE, MAX_CHARACTERS, as_typed, clean, is_command


def test_nothing_that_the_engine_may_not_get_is_printable() -> None:
    """Else `clean` would not look for it."""
    everything = map(chr, range(sys.maxunicode + 1))
    assert not [char for char in everything if char.isprintable() and unicodedata.category(char) in _UNSAFE]


@given(st.text(max_size=2000))
def test_clean_text_is_short_and_plain(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= MAX_CHARACTERS
    assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cs", "Cn", "Co"}
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Hei\n\tdu ", "Hei du"),
        ("ﬁl", "fil"),
        ("a\x00b\ud800c", "a b c"),
        ("\ufdfa" * 600, clean("\ufdfa" * 40)),
        ("", ""),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(max_size=50).map(lambda tail: "/" + tail) | st.text(max_size=50))
def test_typed_text_is_never_a_command(text: str) -> None:
    """S9."""
    typed = as_typed(text)
    assert not is_command(typed)
    assert len(typed) == len(text)
    assert not typed.strip().upper().startswith("EXTERNAL:")
    assert clean(typed) == clean(text)


class Counting:
    """An encoder that says how often it was asked."""

    def __init__(self, engine: str = "counting") -> None:
        self.engine = self.name = engine
        self.asked: list[str] = []

    def query(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(t)] * DIMENSION for t in texts], dtype=np.float32).reshape(-1, DIMENSION)

    def passage(self, texts: Sequence[str]) -> Vectors:
        return -self.query(texts)

    def embed(self, kind: str, texts: Sequence[str]) -> Vectors:
        return self.query(texts) if kind == "query" else self.passage(texts)


def test_the_disk_remembers_across_processes(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    DiskCache(first, tmp_path / "a" / "c.sqlite").query(["en", "to", "en"])
    vectors = DiskCache(second, tmp_path / "a" / "c.sqlite").query(["to", " en ", "tre"])
    assert (first.asked, second.asked) == (["en", "to"], ["tre"])
    assert vectors[:, 0].tolist() == [2, 2, 3]


def test_questions_and_passages_are_kept_apart(tmp_path: Path) -> None:
    cached = DiskCache(Counting(), tmp_path / "c.sqlite")
    assert cached.query(["en"])[0, 0] == -cached.passage(["en"])[0, 0]


def test_a_broken_cache_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"not a database" * 100)
    assert DiskCache(Counting(), tmp_path / "c.sqlite").query(["to"])[0, 0] == 2
    assert DiskCache(Counting(), tmp_path / "c.sqlite").query([]).shape == (0, DIMENSION)


def test_the_engine_gives_unit_vectors_that_know_meaning() -> None:
    nb, sv, other = shared_encoder().query(
        ["jeg har glemt passordet", "jag har glömt lösenordet", "what's for lunch"]
    )
    assert np.linalg.norm(nb) == pytest.approx(1, abs=1e-3)
    assert nb @ sv > nb @ other


def test_the_engine_survives_what_once_killed_it() -> None:
    texts = ["\ufdfa" * 40, "\ufdfa" * 20, "x" * 50_000, "", "\x00", "\ud800", "\U0001f511" * 600]
    assert np.isfinite(shared_encoder().query(texts)).all()


def test_a_sentence_is_embedded_once() -> None:
    engine = Counting()
    encoder = Encoder(lambda: engine, remember=2)
    encoder.query(["a", "b", "a", " a "])
    assert engine.asked == ["a", "b"]
    encoder.query(["c"])
    encoder.query(["b", "c"])
    assert engine.asked == ["a", "b", "c"], "those asked for last are remembered"
    encoder.query(["a"])
    assert engine.asked == ["a", "b", "c", "a"], "but no more than two"


def test_the_memory_keeps_questions_and_passages_apart() -> None:
    encoder = Encoder(Counting)
    assert encoder.query(["a"])[0, 0] == -encoder.passage(["a"])[0, 0]


def test_vectors_of_two_engines_never_mix(tmp_path: Path) -> None:
    first, second = Counting("one"), Counting("two")
    DiskCache(first, tmp_path / "c.sqlite").query(["en"])
    DiskCache(second, tmp_path / "c.sqlite").query(["en"])
    assert (first.asked, second.asked) == (["en"], ["en"])


def test_vectors_come_back_in_the_order_of_the_sentences(tmp_path: Path) -> None:
    texts = [f"{'x' * (n * 7 % 40)} {n}" for n in range(1200)]
    vectors = DiskCache(Counting(), tmp_path / "c.sqlite").query(texts)
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
