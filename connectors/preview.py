"""The preview of a ticket as a window with a field a line: what was changed in it, line by line.

What is shown is what the stored message says (connectors/reply.py); what comes back is only its line's number and its
words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPE = "preview"
MAX_LINES = 20
MAX_VALUE = 3_000  # of a field in Slack; a longer line is corrected in the chat


@dataclass(frozen=True, slots=True)
class PreviewLine:
    at: str  # what the dialogue calls it
    name: str  # in the employee's language
    value: str


def lines_of(custom: Mapping[str, Any]) -> tuple[PreviewLine, ...]:
    """The lines to be corrected, () where there are none or a window cannot hold them."""
    if custom.get("type") != TYPE:
        return ()
    lines = tuple(
        PreviewLine(str(line["at"]), str(line["name"]), str(line["value"])) for line in custom["lines"]
    )
    fits = len(lines) <= MAX_LINES and all(len(line.value) <= MAX_VALUE for line in lines)
    return lines if fits else ()


def edits_of(custom: Mapping[str, Any], typed: Mapping[int, str]) -> tuple[dict[str, str], ...]:
    """What was changed, for the dialogue: `at`, `was`, and `now`, which is "" where the line is to be left out."""
    return tuple(
        {"at": line.at, "was": line.value, "now": typed[number]}
        for number, line in enumerate(lines_of(custom))
        if number in typed and _same(typed[number]) != _same(line.value)
    )


def _same(text: str) -> str:
    return " ".join(text.split())
