"""Which of a few listed things somebody means: "the second one", "2", "den siste"."""

from __future__ import annotations

import re
from typing import Final

MOST_WORDS: Final = 5  # a longer message says more than which one
_PLACES: Final = (
    r"1\.?|første|fyrste|första|erste[nrs]?|first",
    r"2\.?|andre|andra|zweite[nrs]?|second",
    r"3\.?|tredje|dritte[nrs]?|third",
)
_LAST: Final = r"siste|sista|letzte[nrs]?|last"
_PATTERNS: Final = [re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I) for words in (*_PLACES, _LAST)]


def place(text: str, count: int) -> int | None:
    """Which of `count` things, counted from 0; None where the text names none, or more than one."""
    if len(text.split()) > MOST_WORDS:
        return None
    named = [at for at, pattern in enumerate(_PATTERNS) if pattern.search(text)]
    at = named[0] if len(named) == 1 else None
    if at == len(_PLACES):
        at = count - 1
    return at if at is not None and at < count else None
