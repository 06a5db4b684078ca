"""What every view needs of the application around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy.engine import Connection

from bot.kb.shelf import Shelf
from desk.sessions import Sessions
from desk.staff import Agent, Staff
from servicedesk.audit import Scalar
from servicedesk.ticket_hooks import TicketHooks

if TYPE_CHECKING:
    from servicedesk.bootstrap import Services


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    services: Services
    staff: Staff
    sessions: Sessions
    shelf: Shelf
    ticket_hooks: TicketHooks | None = None  # where the ticket system may call us


def desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])


def audit_as(agent: Agent | None, *, event: str, outcome: str, subject: str = "", **details: Scalar) -> None:
    """An audit row in its own transaction: before an outside effect, or for what only reads (D2)."""
    services = desk().services
    with services.store.transaction() as connection:
        services.audit.record(
            connection,
            event=event,
            outcome=outcome,
            actor=f"agent:{agent.id}" if agent else "desk",
            subject=subject,
            details=details,
        )


@contextmanager
def audited(agent: Agent, *, event: str, subject: str | None, **details: Scalar) -> Iterator[Connection]:
    """A transaction for a change, with its audit row in it: both or neither (D2)."""
    services = desk().services
    with services.store.transaction() as connection:
        services.audit.record(
            connection,
            event=event,
            outcome="done",
            actor=f"agent:{agent.id}",
            subject=subject or "",
            details=details,
        )
        yield connection
