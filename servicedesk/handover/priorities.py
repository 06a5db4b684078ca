"""Impact x urgency -> priority (priorities.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.ticketing.port import Impact, Priority, TicketKind, Urgency


@dataclass(frozen=True, kw_only=True, slots=True)
class Priorities:
    matrix: Mapping[tuple[Impact, Urgency], Priority]
    always: Mapping[TicketKind, Priority]

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
    return Priorities(matrix=matrix, always=always)
