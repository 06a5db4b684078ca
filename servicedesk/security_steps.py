"""Which first steps fit a reported security incident, by the words of the report (security_steps.yml)."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from servicedesk.lost_content import loses_content

FILE = Path(__file__).with_name("security_steps.yml")
GENERAL = "general"
DATA_BREACH, LOST_DEVICE = "data_breach", "lost_device"
PHISHING = "phishing"  # speaks of mails
STRANGER, POSTER = "stranger", "poster"  # in the building: somebody, or what somebody left for others to scan
PAYMENT = "payment"  # money that goes, or shall go, to fraudsters
TYPED = "typed"  # a password into a stranger's page
DONE = (
    "plugged_in",
    "approved",
    TYPED,
)  # kinds that somebody did: "I have not plugged it in" is none of them
BETWEEN = 60  # characters
_NOS: Final = (
    *("not", "never", "n't", "n’t", r"\byet", r"\bno"),
    *("ikke", "ikkje", "aldri", "inte", "aldrig"),
    *("nicht", r"\bnie", r"\bkein", r"\bkeine"),
)
_NEGATION: Final = re.compile("|".join(rf"{each}(?!\w)" for each in _NOS))
_NOT: Final = "".join(rf"(?<!{each} )" for each in _NOS)


def first_steps(words: str) -> str:
    """The name of a kind of security_steps.yml: `phishing`, `approved` ...; `general` where no word tells."""
    text = words.casefold()[:4_000]
    told = next((name for name, pattern in _patterns().items() if _tells(name, pattern, text)), GENERAL)
    return GENERAL if told in (LOST_DEVICE, PHISHING) and loses_content(words) else told


def _tells(name: str, pattern: re.Pattern[str], text: str) -> bool:
    """ "I did not type in my password" puts its "not" between the words."""
    found = pattern.finditer(text)
    return any(name != TYPED or _NEGATION.search(each.group()) is None for each in found)


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    kinds: dict[str, list[str | list[list[str]]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: _pattern(words, _NOT if name in DONE else "") for name, words in kinds.items()}


def _pattern(words: list[str | list[list[str]]], unless: str) -> re.Pattern[str]:
    return re.compile("|".join(_entry(each, unless) for each in words))


def _entry(entry: str | list[list[str]], unless: str) -> str:
    """A list of two lists stands for one word of each in the same sentence, in whatever order."""
    if isinstance(entry, str):
        return _spelled(entry, unless)
    one, other = ("(?:" + "|".join(_spelled(each, unless) for each in words) + ")" for words in entry)
    return f"{one}{_GAP}{other}|{other}{_GAP}{one}"


_GAP: Final = rf"[^.!?\n]{{0,{BETWEEN}}}?"


def _spelled(words: str, unless: str) -> str:
    """`…` stands for whatever comes between in the same sentence."""
    start = rf"(?<!\w){unless}"
    return start + f"{_GAP}{start}".join(re.escape(each.strip()) for each in words.split("…"))
