"""The connector's short words: labels of responses/, filled."""

from __future__ import annotations

from bot.responses import label


def text(name: str, language: str | None, /, **values: object) -> str:
    return label(name, language).format(**values)
