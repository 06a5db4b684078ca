"""In which language somebody writes: one of four, or `other`.

Naive Bayes over words (`language_table`). The conversation so far is the prior: a short or mixed message keeps
its language, and a product name, one word or a pasted error text never changes it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.language_table import CODES, LOCAL_WORDS, Floats, LanguageTable, open_table
from bot.nlu.text import clean

LANGUAGES = ("nb", "sv", "de", "en")
OTHER = "other"
CACHE_DIR = Path("var/cache")

# Found on the training examples (four languages) by `benchmarks.understanding.report --language`.
WORD_CAP = 7.0  # no single word says more than this many nats
DESK_WEIGHT = 0.25  # "login" and "reset" stand in all languages
TEMPERATURE = 1.6  # words of a sentence are not independent: flattens their product
SWITCH_MARGIN = 3.0  # nats by which another language must beat the conversation's
SWITCH_WORDS = 2  # words that must speak for it
PRIOR_NATS = 1.5

# Employees of this company write the four far more often than anything else.
_BASE = np.array([0.0 if code in LANGUAGES else -2.0 if code == "da" else -2.5 for code in CODES], np.float32)
_OURS = len(LANGUAGES)
_OTHER_SCRIPT_SHARE = 0.5
_WORD = re.compile(r"[^\W\d_]+")
_NO_WORDS = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+|\\\\\S+|[A-Za-z]:\\\S+|\b\w*\d\w*\b|\"[^\"]{4,}\"|«[^»]{4,}»|„[^“”]{4,}[“”]|“[^”]{4,}”|`[^`]{4,}`"
)


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """`language` is one of `LANGUAGES` or `other`; `confidence` is the chance that it is right, 0 to 1."""

    language: str
    confidence: float


def identify(text: str, prior: str | None = None) -> LanguageGuess:
    """The language of `text`; `prior` is the conversation's, or the channel's locale at its start.

    Without a word to go by it is the prior, else English, with little confidence.
    """
    prior = prior if prior in LANGUAGES else None
    text = clean(text)
    if _is_foreign_script(text):
        return LanguageGuess(OTHER, 0.99)
    words = _words(text)
    if not words:
        return LanguageGuess(prior or "en", 0.5 if prior else 0.25)
    if not prior and all(word in _lists()["desk"] for word in words):
        return LanguageGuess("en", 0.4)  # "wifi", "outlook": nobody's language, and no prior to keep
    scores = _scores(words) / TEMPERATURE + _BASE
    if prior:
        scores[LANGUAGES.index(prior)] += PRIOR_NATS
    best = _guess(scores)
    if prior and best.language != prior and not _may_switch(text, words, scores, prior):
        return LanguageGuess(prior, 0.5)
    return best


def _guess(scores: Floats) -> LanguageGuess:
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    five = [*chances[:_OURS], chances[_OURS:].sum()]
    best = int(np.argmax(five))
    return LanguageGuess((*LANGUAGES, OTHER)[best], round(float(five[best]), 4))


def _may_switch(text: str, words: Sequence[str], scores: Floats, prior: str) -> bool:
    if scores.max() - scores[LANGUAGES.index(prior)] < SWITCH_MARGIN:
        return False
    telling = [word for word in words if word not in _lists()["desk"]]
    return len(telling) >= SWITCH_WORDS and not _is_error_text(text)


def _is_error_text(text: str) -> bool:
    """Whether most of the text looks copied from a dialogue box: those are English on half of all screens."""
    lower = text.casefold()
    return any(phrase in lower for phrase in _lists()["error_phrases"])


def _scores(words: Sequence[str]) -> Floats:
    total = np.zeros(len(CODES), dtype=np.float32)
    # "hei hei hei" is no more Finnish than "hei".
    for word in dict.fromkeys(words):
        total += _says(word)
    return total


@lru_cache(maxsize=20_000)
def _says(word: str) -> Floats:
    """What a word says about the language, in nats. Kept, since the same few thousand words make up most messages."""
    row = _table().word(word)
    row = np.maximum(row - row.max(), -WORD_CAP)
    return row * np.float32(DESK_WEIGHT if word in _lists()["desk"] else 1.0)


def _words(text: str) -> list[str]:
    """Words in small letters; addresses, paths, codes and quotations are nobody's language, unless alone."""
    words = _WORD.findall(_NO_WORDS.sub(" ", text).casefold().replace("\u00ad", ""))
    return words or _WORD.findall(text.casefold())


def _is_foreign_script(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    foreign = sum(c > "\u024f" for c in letters)
    return bool(letters) and foreign / len(letters) > _OTHER_SCRIPT_SHARE


@cache
def _lists() -> dict[str, frozenset[str]]:
    words: dict[str, Any] = json.loads(LOCAL_WORDS.read_text(encoding="utf-8"))
    return {name: frozenset(words[name]) for name in ("desk", "error_phrases")}


_lock = threading.Lock()
_tables: list[LanguageTable] = []


def _table() -> LanguageTable:
    with _lock:
        if not _tables:
            _tables.append(open_table(CACHE_DIR))
        return _tables[0]
