"""Whether somebody to whom help was named says that nobody needs it. The words stand in distress_talk.yml; they mean nothing
in any other place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from servicedesk.talk_patterns import patterns_of

FILE: Final = Path(__file__).with_name("distress_talk.yml")
FINE: Final = "fine"
LONGEST: Final = 4_000  # characters that are looked at
TELLING: Final = 3  # words beside the denial, from which on they say something of the matter
_PARTS: Final = re.compile(r"[^.!?;,\n]+[.!?;,\n]*")


def is_denial(text: str) -> bool:
    """ "I am fine"; the question whether one is says nothing."""
    return any(_denies(part) for part in _PARTS.findall(text[:LONGEST]))


def beside_the_denial(text: str) -> str:
    """What else these words say; "" where that is too little to tell anything."""
    rest = "".join(part for part in _PARTS.findall(text[:LONGEST]) if not _denies(part)).strip(" ,;")
    rest = re.sub(r"^(?:\W*\w+[?!]+)+\s*", "", rest)  # "What?" before it
    return rest if len(rest.split()) >= TELLING else ""


def _denies(part: str) -> bool:
    said = " ".join(part.casefold().replace("’", "'").split())
    return "?" not in part and patterns_of(FILE)[FINE].search(said) is not None
