"""A requester's own open cases: what they ask about once more may be one of these, and then needs no second ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from servicedesk.case_records import OPEN, Case, to_case
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation
from servicedesk.store import Store
from servicedesk.store.tables import cases
from servicedesk.ticketing.port import TicketKind

LATELY = timedelta(days=7)
AT_ONCE = timedelta(minutes=30)  # who comes back so soon means the same, whatever they write
LOOKED_THROUGH = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCase:
    case: Case
    words: str  # the request as the employee put it
    just_now: bool


def own_open_cases(store: Store, clock: Clock, conversation: Conversation) -> tuple[OwnCase, ...]:
    """Newest first; of who is proven, else of this conversation. A security incident always gets its own."""
    account = conversation.account if conversation.proven else None
    mine = cases.c.account == account if account else cases.c.conversation == conversation.id
    now = clock.now()
    query = (
        select(cases)
        .where(
            mine,
            cases.c.state.in_([state.value for state in OPEN]),
            cases.c.kind != TicketKind.SECURITY_INCIDENT.value,
            cases.c.opened_at > now - LATELY,
        )
        .order_by(cases.c.opened_at.desc())
        .limit(LOOKED_THROUGH)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return tuple(
        OwnCase(case=to_case(row), words=row.draft["form"]["words"], just_now=row.opened_at > now - AT_ONCE)
        for row in rows
    )
