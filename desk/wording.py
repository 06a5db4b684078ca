"""What the pages for employees say: desk/texts/{nb,sv,de,en}.yml. The desk speaks English to its agents."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Request, g, request

LANGUAGES = ("nb", "sv", "de", "en")
LANGUAGE_NAMES = {"nb": "Norsk", "sv": "Svenska", "de": "Deutsch", "en": "English"}
ALIASES = {"no": "nb", "nn": "nb"}  # browsers send these for Norwegian
FOLDER = Path(__file__).parent / "texts"


@cache
def texts(language: str) -> dict[str, str]:
    """All sentences of one language, by dotted name."""
    with (FOLDER / f"{language}.yml").open(encoding="utf-8") as file:
        return dict(_flat("", yaml.safe_load(file)))


def text(key: str, language: str, /, **values: Any) -> str:
    """Raises KeyError for an unknown name: a page without its words is a defect, not an empty line."""
    return texts(language)[key].format(**values)


def choose_language(preferred: str | None = None) -> str:
    """`?lang=` first, then what the caller knows (a link's language), then the browser's, then English."""
    for candidate in (request.args.get("lang"), preferred, _browser_language(request)):
        if candidate in LANGUAGES:
            g.language = candidate
            return candidate
    g.language = "en"
    return "en"


def _browser_language(incoming: Request) -> str | None:
    for tag, _weight in incoming.accept_languages:
        primary = tag.lower().split("-")[0]
        if (found := ALIASES.get(primary, primary)) in LANGUAGES:
            return found
    return None


def _flat(prefix: str, node: Any) -> list[tuple[str, str]]:
    if not isinstance(node, dict):
        return [(prefix, str(node).strip())]
    return [
        pair
        for key, value in node.items()
        for pair in _flat(f"{prefix}.{key}" if prefix else str(key), value)
    ]
