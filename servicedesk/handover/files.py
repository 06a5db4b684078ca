"""The files that say how Tier0 hands over: ours, or an administrator's in their place (docs/handover.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from servicedesk.errors import SettingsError

OURS = Path(__file__).parent
NAMES = ("priorities.yml", "criteria.yml", "facts.yml", "affected.yml", "hours.yml")
Made = TypeVar("Made")


def read(name: str, folder: Path | None, build: Callable[[Mapping[str, Any]], Made]) -> Made:
    """What `build` makes of the file in `folder`, else of ours. Raises SettingsError, which says what is wrong."""
    own = folder / name if folder else None
    path = own if own is not None and own.exists() else OURS / name
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise SettingsError(f"{path}: cannot be read ({type(err).__name__})") from err
    try:
        return build(content)
    except KeyError as err:
        raise SettingsError(f"{path}: {err} is missing") from err
    except (TypeError, AttributeError, ValueError) as err:
        raise SettingsError(f"{path}: {err}") from err


def beginnings(words: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of these at the beginning of a word, "~these" anywhere in one; None where there are none."""
    longest_first = sorted((str(word).casefold() for word in words), key=len, reverse=True)
    if not longest_first:
        return None
    parts = [
        re.escape(word[1:]) if word.startswith("~") else rf"(?<!\w){re.escape(word)}"
        for word in longest_first
    ]
    return re.compile("|".join(parts))
