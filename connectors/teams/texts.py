"""The connector's own words, beside what responses/ says: one file a language, the same keys in each."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from servicedesk.conversations import LANGUAGES

FOLDER = Path(__file__).parent / "texts"
DEFAULT = "en"


def text(key: str, language: str | None, /, **values: object) -> str:
    return _all(language if language in LANGUAGES else DEFAULT)[key].format(**values)


@cache
def _all(language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return texts
