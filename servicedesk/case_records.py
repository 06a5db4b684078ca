"""A case's row, and what the rest of the house sees of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, insert, or_, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.directory.port import AccountId
from servicedesk.errors import Tier0Error
from servicedesk.store.tables import cases
from servicedesk.ticketing.port import TicketKind, TicketState

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, U: to be read out over the telephone
REFERENCE_LENGTH = 5  # 24 million
OPEN = (TicketState.NEW, TicketState.IN_PROGRESS, TicketState.WAITING)
SETTLED = (TicketState.RESOLVED, TicketState.CLOSED)


class CaseNotFound(Tier0Error):
    """There is no such case, or it is not this person's: the two look alike (U13)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    reference: str  # "T0-7KQ2M"
    number: str | None  # of the ticket; None until the ticket system has it
    ticket_id: str | None
    kind: TicketKind
    category: str
    summary: str
    assignment_group: str
    language: str
    conversation: str | None
    account: AccountId | None
    state: TicketState
    opened_at: datetime
    opens_at: datetime | None = None  # when L1 was there next, as it was opened; on the desk's clock
    stale: bool = False  # the ticket system did not answer: the state is the last known

    @property
    def open(self) -> bool:
        return self.state in OPEN


def new_reference() -> str:
    return "T0-" + "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_LENGTH))


def insert_unless_taken(connection: Connection, values: dict[str, Any]) -> Row | None:
    """The new row; None where its reference or its key stands there already."""
    try:
        with connection.begin_nested():
            connection.execute(insert(cases).values(**values))
    except IntegrityError:
        return None
    return connection.execute(select(cases).where(cases.c.reference == values["reference"])).one()


def seen_as(state: TicketState, now: datetime) -> dict[str, Any]:
    """What a case's row holds once its ticket was seen so. A resolved one that is closed later is settled since before."""
    settled = cases.c.state.in_([each.value for each in SETTLED])
    since: Any = case((settled, cases.c.settled_at), else_=now) if state in SETTLED else None
    return {"state": state.value, "settled_at": since}


def find_row(connection: Connection, name: str) -> Row:
    """By reference, or by the ticket's number or id. Raises CaseNotFound."""
    wanted = name.strip()
    query = select(cases).where(
        or_(
            cases.c.reference == wanted.upper(),
            cases.c.ticket_number == wanted.upper(),
            cases.c.ticket_id == wanted,
        )
    )
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        raise CaseNotFound(name)
    return row


def to_case(row: Row) -> Case:
    return Case(
        reference=row.reference,
        number=row.ticket_number,
        ticket_id=row.ticket_id,
        kind=TicketKind(row.kind),
        category=row.category,
        summary=row.summary,
        assignment_group=row.draft["form"]["assignment_group"],
        language=row.language,
        conversation=row.conversation,
        account=AccountId(row.account) if row.account else None,
        state=TicketState(row.state),
        opened_at=row.opened_at,
        opens_at=_moment(row.draft["form"].get("opens_at")),
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
