"""Impact x urgency -> priority (priorities.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from servicedesk.ticketing.port import Impact, Priority, TicketKind, Urgency


@dataclass(frozen=True, kw_only=True, slots=True)
class Priorities:
    matrix: Mapping[tuple[Impact, Urgency], Priority]
    always: Mapping[TicketKind, Priority]
    targets: Mapping[
        Priority, timedelta
    ]  # until the first answer: what the house aims at, of those that it says

    def by_rule(self, kind: TicketKind) -> bool:
        """Whether the kind alone decides, whoever is affected and however much."""
        return kind in self.always

    def of(self, kind: TicketKind, impact: Impact, urgency: Urgency) -> Priority:
        return self.always.get(kind) or self.matrix[impact, urgency]


def build(content: Mapping[str, Any]) -> Priorities:
    """Raises ValueError, KeyError."""
    matrix = {
        (impact, urgency): Priority(content["matrix"][impact.name.lower()][urgency.name.lower()])
        for impact in Impact
        for urgency in Urgency
    }
    always = {TicketKind(kind): Priority(value) for kind, value in (content.get("always") or {}).items()}
    if always.get(TicketKind.SECURITY_INCIDENT) is not Priority.CRITICAL:
        raise ValueError("always: security_incident must be 1")
    targets = {
        Priority(int(priority)): timedelta(minutes=_minutes(minutes))
        for priority, minutes in (content.get("first_answer_minutes") or {}).items()
    }
    return Priorities(matrix=matrix, always=always, targets=targets)


def _minutes(value: Any) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"first_answer_minutes: {value!r} must be a number of minutes")
    return value
