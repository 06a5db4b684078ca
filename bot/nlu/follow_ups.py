"""Whether a short message goes on about the article that was just shown: "and on a Mac?", "step 3 isn't there".

Alone such words mean nothing, so the intent model guesses at random ("and on a Mac?" looks like an order). A model of its
own tells them from new questions: learned from follow_ups/*.yml on one side, and a sample of all other examples on the
other. What to make of it is for the dialogue to decide, which knows whether there was an article.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from bot.nlu.intent import UNKNOWN

FOLDER = Path(__file__).with_name("follow_ups")
OTHER_CASE = "other_case"  # the same in another place: another section
WHERE = "where"  # does not find or understand what a step says
FAILED = "failed"  # done, and nothing changed
KINDS = (OTHER_CASE, WHERE, FAILED)
NONE = UNKNOWN  # the intent model's name for what it does not know

MOST_WORDS = 14
SAMPLE = 1_500
# After an article these say what FAILED says.
ALIKE = frozenset({"deny", "complaint"})


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Text and kind, in all languages."""
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        kinds: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [(str(text), kind) for kind in KINDS for text in kinds[kind]]
    return tuple(found)


def others(texts: Sequence[str], intents: Sequence[str]) -> list[str]:
    """Examples of messages that are no follow-up: a sample of the short ones, of which a new example changes next to
    nothing."""
    known = {text.casefold() for text, _ in examples()}
    short = [
        text
        for text, intent in zip(texts, intents, strict=True)
        if intent not in ALIKE and len(text.split()) <= MOST_WORDS and text.casefold() not in known
    ]
    return sorted(short, key=lambda text: hashlib.sha256(text.encode()).digest())[:SAMPLE]


def can_be(text: str) -> bool:
    return 0 < len(text.split()) <= MOST_WORDS
