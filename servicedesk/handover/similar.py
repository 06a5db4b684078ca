"""Open cases of other people that may have the same cause: ten of the same are one outage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from servicedesk.case_records import OPEN
from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.handover.packet import SimilarCase
from servicedesk.store import Store
from servicedesk.store.tables import cases
from servicedesk.ticketing.port import TicketKind

LATELY = timedelta(hours=24)
LOOKED_THROUGH = 50
LISTED = 5
NAMES = ("application", "device", "error_code")  # what tells one cause from another within a category


def similar_cases(
    store: Store,
    clock: Clock,
    *,
    category: str,
    entities: Mapping[str, str],
    account: AccountId | None,
    conversation: str | None,
) -> tuple[SimilarCase, ...]:
    """Newest first: of the same category, and about the same thing where both name one."""
    query = (
        select(cases)
        .where(
            cases.c.category == category,
            cases.c.kind == TicketKind.INCIDENT.value,
            cases.c.state.in_([state.value for state in OPEN]),
            cases.c.opened_at > clock.now() - LATELY,
        )
        .order_by(cases.c.opened_at.desc())
        .limit(LOOKED_THROUGH)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    found = [
        SimilarCase(
            reference=row.reference,
            number=row.ticket_number or "",
            opened_at=row.opened_at,
            site=row.draft["form"]["person"]["site"],
        )
        for row in rows
        if not _is_own(row.account, row.conversation, account, conversation)
        and not _differs(entities, (row.draft["form"].get("understood") or {}).get("entities") or {})
    ]
    return tuple(found[:LISTED])


def _is_own(
    owner: str | None, where: str | None, account: AccountId | None, conversation: str | None
) -> bool:
    return (account is not None and owner == account) or (conversation is not None and where == conversation)


def _differs(ours: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    return any(ours.get(name) and theirs.get(name) and ours[name] != theirs[name] for name in NAMES)
