"""Whether a message says of itself that it is a complaint, and what it wants done. The words stand in complaint_talk.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from servicedesk.talk_patterns import LONGEST, says

FILE: Final = Path(__file__).with_name("complaint_talk.yml")
COMPLAINS, WISHES = "complains", "wishes"
_SENTENCES: Final = re.compile(r"[^.!?\n…]+[.!?\n…]*")


def complains(text: str) -> bool:
    """Whether somebody complains here and now: not of what others do, and not "I don't want to complain"."""
    return any(says(FILE, COMPLAINS, each) for each in _sentences(text) if not each.rstrip().endswith("?"))


def wish_in(text: str) -> str:
    """The sentences that say what shall be done, as they stand; "" where none does. Whoever only wants to complain has not
    said it yet."""
    found = (each.strip() for each in _sentences(text) if says(FILE, WISHES, each))
    return " ".join(each.rstrip("\n") for each in found)


def _sentences(text: str) -> list[str]:
    return _SENTENCES.findall(text[:LONGEST])
