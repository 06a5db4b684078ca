"""Which first steps fit a reported security incident, by the words of the report (security_steps.yml)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

FILE = Path(__file__).with_name("security_steps.yml")
GENERAL = "general"
DATA_BREACH = "data_breach"
DONE = ("plugged_in", "approved")  # kinds that somebody did: "I have not plugged it in" is none of them
BETWEEN = 60  # characters
_NOS: Final = "not never n't n’t \\byet ikke ikkje aldri inte aldrig nicht \\bnie"
_NOT: Final = "".join(rf"(?<!{each} )" for each in _NOS.split())


def first_steps(words: str) -> str:
    """The name of a kind of security_steps.yml: `phishing`, `approved` ...; `general` where no word tells."""
    text = words.casefold()[:4_000]
    return next((name for name, pattern in _patterns().items() if pattern.search(text)), GENERAL)


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    kinds: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        name: re.compile(
            r"(?<!\w)" + (_NOT if name in DONE else "") + "(?:" + "|".join(map(_spelled, words)) + ")"
        )
        for name, words in kinds.items()
    }


def _spelled(words: str) -> str:
    """`…` stands for whatever comes between in the same sentence."""
    return rf"[^.!?\n]{{0,{BETWEEN}}}?(?<!\w)".join(re.escape(each.strip()) for each in words.split("…"))
