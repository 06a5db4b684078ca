"""Lists of regular expressions by kind and language (order_talk.yml, security_talk.yml, actions/after_sending.yml)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml


@cache
def patterns_of(file: Path) -> dict[str, re.Pattern[str]]:
    """One expression a kind. All languages at once: nobody's language is known for certain from four words.

    They are for text in lower case, with straight apostrophes and single spaces."""
    kinds: dict[str, dict[str, list[str]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        kind: re.compile("|".join(each for patterns in languages.values() for each in patterns))
        for kind, languages in kinds.items()
    }
