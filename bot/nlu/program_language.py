"""Whether a message that names a language speaks of a program's: "the menus are in Swedish" is no wish for ours."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import yaml

PATTERNS: Final = Path(__file__).with_name("patterns") / "program_language.yml"
LONGEST: Final = 2_000  # characters that are looked at


def is_a_programs(text: str) -> bool:
    """Whether these words say in which language something on a screen is, and ask us for none."""
    said = " ".join(text[:LONGEST].casefold().replace("’", "'").split())
    things, is_in, to_us = (_patterns()[name] for name in ("things", "is_in", "to_us"))
    return bool(things.search(said) and is_in.search(said)) and not to_us.search(said)


def names_a_program(text: str) -> bool:
    """Whether a program, an app or a portal is named."""
    return _patterns()["programs"].search(text[:LONGEST].casefold()) is not None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    kinds: dict[str, list[str]] = yaml.safe_load(PATTERNS.read_text(encoding="utf-8"))
    return {name: re.compile("|".join(patterns)) for name, patterns in kinds.items()}
