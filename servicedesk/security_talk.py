"""What is said about a security incident that is open: that it is none, or one of the questions that everybody asks then.

The words stand in security_talk.yml; they mean nothing in a conversation that has reported no incident."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("security_talk.yml")
NOT_AN_INCIDENT, SWITCH_OFF, CALLED = "not_an_incident", "switch_off", "called"
LONGEST = 4_000  # characters that are looked at
LONGEST_QUESTION = 14  # words; a longer message is a report, and has more to say than its question
TELLING = 3  # words beside the denial, from which on they describe what is wrong
_PARTS = re.compile(r"[^.!?;,:\n]+[.!?;,:\n]*")


def is_denial(text: str) -> bool:
    """Whether these words say that it is no security incident. The question whether it is one says nothing."""
    return any(_denies(part) for part in _parts(text))


def beside_the_denial(text: str) -> str:
    """The parts of the sentence that say something else; "" where that is too little to describe a problem."""
    rest = "".join(part for part in _parts(text) if not _denies(part)).strip(" ,;:")
    return rest if len(rest.split()) >= TELLING else ""


def question_in(text: str) -> str | None:
    """`switch_off` or `called`; None where the text asks neither."""
    if "?" not in text or len(text.split()) > LONGEST_QUESTION:
        return None
    said = _plain(text)
    return next((kind for kind in (SWITCH_OFF, CALLED) if _patterns()[kind].search(said)), None)


def _denies(part: str) -> bool:
    return "?" not in part and bool(_patterns()[NOT_AN_INCIDENT].search(_plain(part)))


def _parts(text: str) -> list[str]:
    return _PARTS.findall(text[:LONGEST])


def _plain(text: str) -> str:
    return " ".join(text[:LONGEST].casefold().replace("’", "'").split())


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    """All languages at once: nobody's language is known for certain from four words."""
    kinds: dict[str, dict[str, list[str]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        kind: re.compile("|".join(each for patterns in languages.values() for each in patterns))
        for kind, languages in kinds.items()
    }
