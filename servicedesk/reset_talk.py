"""Whether somebody who is asked for a code says that the password is not the matter, or that no code can reach them. The
words stand in reset_talk.yml; they mean nothing where no code is waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from servicedesk.talk_patterns import parts, says

FILE: Final = Path(__file__).with_name("reset_talk.yml")
DENIES, NO_CODE = "denies", "no_code"
TELLING: Final = 4  # words beside the objection, from which on they tell something of the matter


def is_objection(text: str) -> bool:
    """ "I have no problem with my password"; the question whether one has says nothing."""
    return any(_denies(part) for part in parts(text))


def has_no_code(text: str) -> bool:
    """ "That is my old number", "no text has come"; the question where the code comes does not say it."""
    return any("?" not in part and says(FILE, NO_CODE, part) for part in parts(text))


def tells_more(text: str) -> bool:
    """Whether these words say of the matter, too, what it is about."""
    rest = " ".join(part for part in parts(text) if not _denies(part))
    return len(rest.split()) >= TELLING


def _denies(part: str) -> bool:
    return "?" not in part and says(FILE, DENIES, part)
