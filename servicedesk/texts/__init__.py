"""What Tier0 writes outside a dialogue: SMS, mail, news in the chat. One file a language, the same keys in
each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

FALLBACK = "en"
LANGUAGES = ("nb", "sv", "de", "en")


def say(language: str, key: str, **values: object) -> str:
    """The sentence in this language; English where the language is none of the four."""
    texts = load(language if language in LANGUAGES else FALLBACK)
    return texts[key].format(**values)


@lru_cache(maxsize=len(LANGUAGES))
def load(language: str) -> dict[str, str]:
    path = Path(__file__).parent / f"{language}.yml"
    return {key: str(text).strip() for key, text in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
