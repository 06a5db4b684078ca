"""Whether somebody to whom help was named says that nobody needs it. The words stand in distress_talk.yml; they mean nothing
in any other place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from servicedesk.talk_patterns import parts, says

FILE: Final = Path(__file__).with_name("distress_talk.yml")
FINE: Final = "fine"
TELLING: Final = 3  # words beside the denial, from which on they say something of the matter


def is_denial(text: str) -> bool:
    """ "I am fine"; the question whether one is says nothing."""
    return any(_denies(part) for part in parts(text))


def beside_the_denial(text: str) -> str:
    """What else these words say; "" where that is too little to tell anything."""
    rest = "".join(part for part in parts(text) if not _denies(part)).strip(" ,;")
    rest = re.sub(r"^(?:\W*\w+[?!]+)+\s*", "", rest)  # "What?" before it
    return rest if len(rest.split()) >= TELLING else ""


def _denies(part: str) -> bool:
    return "?" not in part and says(FILE, FINE, part)
