"""Lists of regular expressions by kind and language (order_talk.yml, security_talk.yml, actions/after_sending.yml), and how
a message is cut and spelt for them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import yaml

LONGEST: Final = 4_000  # characters that are looked at
_PARTS: Final = re.compile(r"[^.!?;,\n]+[.!?;,\n]*")


def parts(text: str) -> list[str]:
    """What stands between commas and ends of sentences, with the mark that ends it."""
    return _PARTS.findall(text[:LONGEST])


def says(file: Path, kind: str, words: str) -> bool:
    """Whether these words, as they are written, are of this kind."""
    return patterns_of(file)[kind].search(plain(words)) is not None


def plain(words: str) -> str:
    """As the expressions expect them: in lower case, with straight apostrophes and single spaces."""
    return " ".join(words[:LONGEST].casefold().replace("’", "'").split())


@cache
def patterns_of(file: Path) -> dict[str, re.Pattern[str]]:
    """One expression a kind. All languages at once: nobody's language is known for certain from four words.

    They are for `plain` words."""
    kinds: dict[str, dict[str, list[str]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        kind: re.compile("|".join(each for patterns in languages.values() for each in patterns))
        for kind, languages in kinds.items()
    }
