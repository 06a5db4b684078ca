"""Slack's way of writing a message, as the employee typed it.

https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"<([^<>]*)>")


def typed(text: str, *, bot_user: str = "") -> str:
    """The text without Slack's escapes, and without the mention of ourselves that addresses us."""
    own = f"<@{bot_user}>" if bot_user else None
    return _unescape(_TOKEN.sub(lambda found: _readable(found, own), text)).strip()


def escaped(text: str) -> str:
    """Text of anybody's, so that Slack reads no mention, link or broadcast in it (S9)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _readable(found: re.Match[str], own: str | None) -> str:
    whole, inside = found.group(0), found.group(1)
    target, _, label = inside.partition("|")
    if own is not None and f"<{target}>" == own:
        return " "
    if target.startswith("@"):
        return f"@{label}" if label else target
    if target.startswith("#"):
        return f"#{label}" if label else target
    if target.startswith("!"):
        return f"@{label.lstrip('@')}" if label else f"@{target[1:].split('^')[0]}"
    if target.startswith("mailto:"):
        return label or target.removeprefix("mailto:")
    if target.startswith("tel:"):
        return label or target.removeprefix("tel:")
    if "://" in target:
        own_words = not label or target.partition("://")[2].rstrip("/") == label.rstrip("/")
        return (label or target) if own_words else f"{label} {target}"
    return whole


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
