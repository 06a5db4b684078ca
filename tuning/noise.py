"""Sentences as they are typed in a hurry. No library has keyboards for all four languages, so these few lines do it."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import pairwise
from typing import Final

_ROWS: Final = {
    "nb": ("qwertyuiopå", "asdfghjkløæ", "zxcvbnm"),
    "sv": ("qwertyuiopå", "asdfghjklöä", "zxcvbnm"),
    "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
    "en": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
}
_RESPELT: Final = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_BARE: Final = str.maketrans({"æ": "a", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "ß": "s"})
_MARKS: Final = str.maketrans("", "", ".,!?;:")
_MOST_TYPOS: Final = 0.06  # of the letters


def hurried(text: str, language: str, random_: random.Random) -> str:
    """The text with some of: small letters, no punctuation, no æøåäöüß, a few typos. Never empty."""
    typed = text
    if random_.random() < 0.7:
        typed = typed.lower()
    if random_.random() < 0.5:
        typed = typed.translate(_MARKS)
    if random_.random() < 0.4:
        respelt = random_.random() < (0.7 if language == "de" else 0.35)
        typed = typed.translate(_RESPELT if respelt else _BARE)
    if random_.random() < 0.7:
        for _ in range(max(1, int(len(typed) * random_.uniform(0.01, _MOST_TYPOS)))):
            typed = _with_typo(typed, language, random_)
    return typed if typed.strip() else text


def _with_typo(text: str, language: str, random_: random.Random) -> str:
    if len(text) < 2:
        return text
    at = random_.randrange(len(text) - 1)
    here, before, after = text[at], text[:at], text[at + 1 :]
    if here == " ":
        return before + after if random_.random() < 0.3 else text
    if not here.isalpha():
        return text
    kind = random_.random()
    if kind < 0.3:
        return before + after[0] + here + after[1:]
    if kind < 0.6:
        return before + after
    if kind < 0.85:
        return before + random_.choice(_NEIGHBOURS[language].get(here.lower(), [here])) + after
    return before + here + here + after


def _neighbours(rows: tuple[str, ...]) -> dict[str, list[str]]:
    beside: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for left, right in pairwise(row):
            beside[left].append(right)
            beside[right].append(left)
    return dict(beside)


_NEIGHBOURS: Final = {language: _neighbours(rows) for language, rows in _ROWS.items()}
