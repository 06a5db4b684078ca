"""From a channel's locale to one of our languages."""

from __future__ import annotations

from servicedesk.conversations import LANGUAGES

_NORWEGIAN = {"no": "nb", "nn": "nb"}


def language_of(tag: str | None) -> str | None:
    """One of the four for a tag such as "de-CH" or "nn"; None for any other."""
    short = (tag or "").casefold().replace("_", "-").split("-")[0]
    short = _NORWEGIAN.get(short, short)
    return short if short in LANGUAGES else None
