"""Whether what is gone is content: notes, files, mails, bookmarks, settings. A program or a synchronisation lost it, and
nothing that somebody could find on a seat. The words stand in lost_content.yml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from servicedesk.talk_patterns import patterns_of, plain, says

FILE: Final = Path(__file__).with_name("lost_content.yml")
BETWEEN: Final = r"[^.!?;\n]{0,80}?"  # in the same sentence
_FROM: Final = r"(?:fra|från|from|off|von|vom|aus|ur)"
_PREPOSITION: Final = rf"(?:{_FROM}|på|av|i|ut|auf|am|im|on|in)\b"


def loses_content(words: str) -> bool:
    """ "Our notebook has lost all my notes" does; "my notebook with all the customer files is gone" is a lost device."""
    said = plain(words)
    if says(FILE, "never", said):
        return False
    said = patterns_of(FILE)["book"].sub("notes", said)  # a content that the patterns know in every language
    said = _where_from().sub(" ", said)
    if _lost_device().search(said):
        return False
    return _lost_content().search(said) is not None


@cache
def _where_from() -> re.Pattern[str]:
    """ "From the laptop": what is gone is not the laptop."""
    return re.compile(rf"\b{_FROM}\s+(?:\w+\s+){{0,2}}?{_any('device')}")


@cache
def _lost_content() -> re.Pattern[str]:
    """The content before its verb or after it, and no device between the two."""
    content, lost, gone, device = (_any(kind) for kind in ("content", "lost", "gone", "device"))
    between = rf"(?:(?!{device})[^.!?;\n]){{0,80}}?"
    return re.compile(f"{content}{between}(?:{lost}|{gone})|(?:{lost}|{gone}){between}{content}")


@cache
def _lost_device() -> re.Pattern[str]:
    """The device itself: beside the verb ("lost my phone", "the phone is gone"), or with what was on it."""
    content, lost, gone, device, carried = (
        _any(kind) for kind in ("content", "lost", "gone", "device", "carried_with")
    )
    no_content = rf"(?:(?!{content})[^.!?;\n]){{0,40}}?"
    return re.compile(
        "|".join(
            (
                rf"{lost}(?:[\s,:]+(?!{content}|{_PREPOSITION})\w+){{0,3}}[\s,:]+{device}",
                rf"{device}{no_content}{gone}",
                rf"{device}{no_content}{lost}(?!{BETWEEN}{content})",
                rf"{device}\s+(?:{carried}){BETWEEN}{content}",
            )
        )
    )


def _any(kind: str) -> str:
    return f"(?:{patterns_of(FILE)[kind].pattern})"
