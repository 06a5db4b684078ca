"""What was said about a case since it was handed over, as one comment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from servicedesk.conversations import StoredMessage
from servicedesk.handover.packet import EscalationPacket, Fact, shorten
from servicedesk.handover.ticket_text import AUTHORS, IMPACTS
from servicedesk.sealed_links import without_links

NEWEST = 10  # messages
A_MESSAGE = 300  # characters


def render_addition(
    *, words: str, facts: Iterable[Fact], messages: Iterable[StoredMessage], since: datetime
) -> str:
    """Plain text. Whoever sends it redacts it once more (cases.add_comment)."""
    said = [each for each in messages if each.at > since and each.author in ("employee", "bot")][-NEWEST:]
    parts = [
        ["The requester asked about this again, and chose to add it here:"],
        [f"> {line}" for line in words.splitlines()] or ["> (asked for a person)"],
        [f"- {fact.label}: {fact.value}" for fact in facts],
        [f"{each.at:%Y-%m-%d %H:%M} {AUTHORS[each.author]}: {_line(each)}" for each in said],
    ]
    titles = ("", "", "FACTS", "IN THE CHAT SINCE (UTC)")
    return "\n\n".join(
        "\n".join([*([title] if title else []), *lines])
        for title, lines in zip(titles, parts, strict=True)
        if lines
    )


def render_facts(
    *,
    words: str,
    facts: Iterable[Fact],
    unknown: Iterable[str],
    before: EscalationPacket,
    now: EscalationPacket,
) -> str:
    """What completes a packet that was sent as it was; `words` where it had none. Plain text."""
    lines = [f"- {fact.label}: {fact.value}" for fact in facts]
    still = ", ".join(unknown)
    parts = [
        "The requester has added what was not known when this was sent:",
        "\n".join(f"> {line}" for line in words.splitlines()),
        "\n".join(["FACTS", *lines]) if lines else "",
        f"Still not known: {still}" if still else "",
        _impact(before, now),
    ]
    return "\n\n".join(part for part in parts if part)


def _impact(before: EscalationPacket, now: EscalationPacket) -> str:
    """The ticket has the priority that it was opened with; whether to raise it L1 decides."""
    if before.impact is now.impact:
        return ""
    opened, by_now = f"P{before.priority.value}", f"P{now.priority.value}"
    return (
        f"Impact by this: {IMPACTS[now.impact]}, {by_now} by the matrix. The ticket was opened with {opened}."
    )


def _line(message: StoredMessage) -> str:
    return shorten(without_links(message.text), A_MESSAGE)
