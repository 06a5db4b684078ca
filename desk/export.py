"""Tickets as CSV, with every cell made harmless for spreadsheets (U10)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from servicedesk.ticketing.embedded import Ticket

COLUMNS = (
    "number",
    "reference",
    "kind",
    "state",
    "priority",
    "category",
    "group",
    "assigned to",
    "language",
    "opened",
    "updated",
    "requester",
    "summary",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def as_csv(tickets: Iterable[Ticket], names: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for ticket in tickets:
        writer.writerow([harmless(cell) for cell in _cells(ticket, names)])
    return text.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what could start one."""
    return f"'{cell}" if cell.lstrip(" \u00a0\u200b").startswith(FORMULA_STARTS) else cell


def _cells(ticket: Ticket, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        ticket.ref.number,
        ticket.key,
        ticket.kind.value,
        ticket.state.value,
        str(ticket.priority.value),
        ticket.category,
        ticket.assignment_group,
        names.get(ticket.assigned_to or "", ""),
        ticket.language,
        ticket.opened_at.isoformat(),
        ticket.updated_at.isoformat(),
        ticket.requester_name,
        ticket.summary,
    )
