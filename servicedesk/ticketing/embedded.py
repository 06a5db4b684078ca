"""A ticket system of our own, in the database of record: what `make run` and the desk use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.store import Store
from servicedesk.store.tables import ticket_attachments, ticket_comments, tickets
from servicedesk.ticketing.errors import TicketNotFound
from servicedesk.ticketing.port import (
    Attachment,
    Change,
    Comment,
    Impact,
    Keeping,
    Priority,
    TicketDraft,
    TicketKind,
    TicketRef,
    TicketState,
    TicketView,
    Urgency,
    at_any_time,
)

PREFIX = {TicketKind.SERVICE_REQUEST: "REQ"}  # all others: INC
ENDED = (TicketState.RESOLVED, TicketState.CLOSED, TicketState.WITHDRAWN)
OPEN = (TicketState.NEW, TicketState.IN_PROGRESS, TicketState.WAITING)
REQUESTER = "Requester"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A ticket as the desk shows it: more than the port promises of every system."""

    ref: TicketRef
    key: str
    kind: TicketKind
    state: TicketState
    category: str
    summary: str
    description: str
    requester: str | None
    requester_name: str
    contact: str
    language: str
    conversation: str | None
    impact: Impact
    urgency: Urgency
    priority: Priority
    assignment_group: str
    assigned_to: str | None
    opened_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which tickets; what is None does not narrow."""

    states: tuple[TicketState, ...] | None = None
    assignment_group: str | None = None
    assigned_to: str | None = None
    unassigned: bool = False
    priority: Priority | None = None
    requester: str | None = None
    text: str | None = None  # in the number, the reference, the summary or the requester's name


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    tickets: tuple[Ticket, ...]
    total: int  # over all pages


class EmbeddedTickets:
    """Implements servicedesk.ticketing.port.TicketSystem."""

    keeping = Keeping.UNIQUE
    search_lag = timedelta()
    attaches_on_open = True

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # --- the port ---

    def look_ahead(self, coming: Callable[[], Iterable[str]]) -> None:
        """Nobody is looked up here."""

    def open(self, draft: TicketDraft) -> TicketRef:
        """Ticket and attachments in one transaction; the key decides, also between two callers at once."""
        with self._store.transaction() as connection:
            return _find(connection, draft.key) or self._insert(connection, draft)

    def find(self, key: str) -> TicketRef | None:
        with self._store.transaction() as connection:
            return _find(connection, key)

    def state(self, ref: TicketRef) -> TicketState:
        with self._store.transaction() as connection:
            return TicketState(_row(connection, ref).state)

    def view(self, ref: TicketRef) -> TicketView:
        with self._store.transaction() as connection:
            row = _row(connection, ref)
            comments = connection.execute(
                select(ticket_comments)
                .where(ticket_comments.c.ticket == row.id)
                .order_by(ticket_comments.c.id)
            ).all()
        return TicketView(
            ref=_ref(row),
            key=row.key,
            state=TicketState(row.state),
            summary=row.summary,
            updated_at=row.updated_at,
            comments=tuple(_comment(comment) for comment in comments),
        )

    def views(self, refs: Sequence[TicketRef]) -> Iterator[TicketView]:
        for ref in refs:
            with suppress(TicketNotFound):
                yield self.view(ref)

    def comment(
        self,
        ref: TicketRef,
        *,
        key: str,
        author: str,
        text: str,
        public: bool,
        new: bool = False,
        first: Callable[[], None] = at_any_time,
    ) -> None:
        with self._store.transaction() as connection:
            self._comment(connection, _row(connection, ref), key=key, author=author, text=text, public=public)

    def attach(
        self,
        ref: TicketRef,
        attachment: Attachment,
        *,
        new: bool = False,
        first: Callable[[], None] = at_any_time,
    ) -> None:
        with self._store.transaction() as connection:
            row = _row(connection, ref)
            mine = ticket_attachments.c.ticket == row.id
            query = select(ticket_attachments.c.id).where(mine, ticket_attachments.c.name == attachment.name)
            if connection.execute(query).first() is None:
                _attach(connection, row.id, attachment)
                self._change(connection, row)

    def reopen(self, ref: TicketRef, *, key: str, reason: str) -> None:
        with self._store.transaction() as connection:
            row = _row(connection, ref)
            if TicketState(row.state) in ENDED:
                self._change(connection, row, state=TicketState.IN_PROGRESS.value)
                self._explain(connection, row, key, "Reopened", reason)

    def withdraw(self, ref: TicketRef, *, key: str, reason: str) -> None:
        with self._store.transaction() as connection:
            row = _row(connection, ref)
            if TicketState(row.state) not in (TicketState.CLOSED, TicketState.WITHDRAWN):
                self._change(connection, row, state=TicketState.WITHDRAWN.value)
                self._explain(connection, row, key, "Withdrawn", reason)

    def changed_since(self, moment: datetime) -> Iterator[Change]:
        query = select(tickets).where(tickets.c.updated_at >= moment)
        with self._store.transaction() as connection:
            rows = connection.execute(query.order_by(tickets.c.updated_at, tickets.c.id)).all()
        return iter([Change(ref=_ref(row), opened_at=row.opened_at, at=row.updated_at) for row in rows])

    # --- more, for the desk ---

    def list(self, wanted: Filter | None = None, *, limit: int = 50, offset: int = 0) -> Page:
        """Most urgent first, the oldest of one priority first."""
        condition = _condition(wanted or Filter())
        query = (
            select(tickets)
            .where(*condition)
            .order_by(tickets.c.priority, tickets.c.opened_at, tickets.c.id)
            .limit(limit)
            .offset(offset)
        )
        with self._store.transaction() as connection:
            counted = select(func.count()).select_from(tickets).where(*condition)
            total = int(connection.execute(counted).scalar() or 0)
            rows = connection.execute(query).all()
        return Page(tickets=tuple(_ticket(row) for row in rows), total=total)

    def get(self, identifier: str) -> Ticket:
        """By id, number or reference. Raises TicketNotFound."""
        with self._store.transaction() as connection:
            return _ticket(_row_by_name(connection, identifier))

    def groups(self) -> tuple[str, ...]:
        query = select(tickets.c.assignment_group).distinct().order_by(tickets.c.assignment_group)
        with self._store.transaction() as connection:
            return tuple(connection.execute(query).scalars())

    def attachments(self, ref: TicketRef) -> tuple[Attachment, ...]:
        """Raises TicketNotFound."""
        with self._store.transaction() as connection:
            row = _row(connection, ref)
            query = select(ticket_attachments).where(ticket_attachments.c.ticket == row.id)
            found = connection.execute(query.order_by(ticket_attachments.c.id)).all()
        return tuple(
            Attachment(name=each.name, media_type=each.media_type, content=each.content) for each in found
        )

    def assign(self, ref: TicketRef, agent: str | None, *, connection: Connection | None = None) -> None:
        """To an agent, or back to the group; a new ticket is in progress then. Raises TicketNotFound."""
        with self._joined(connection) as own:
            row = _row(own, ref)
            taken = agent is not None and row.state == TicketState.NEW.value
            state = TicketState.IN_PROGRESS.value if taken else row.state
            self._change(own, row, assigned_to=agent, state=state)

    def set_state(self, ref: TicketRef, state: TicketState, *, connection: Connection | None = None) -> None:
        """Raises TicketNotFound, and ValueError for UNKNOWN, which is no state to be in."""
        if state is TicketState.UNKNOWN:
            raise ValueError("unknown is no state to put a ticket in")
        with self._joined(connection) as own:
            self._change(own, _row(own, ref), state=state.value)

    # --- within one transaction ---

    @contextmanager
    def _joined(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self._store.transaction() as own:
            yield own

    def _insert(self, connection: Connection, draft: TicketDraft) -> TicketRef:
        now = self._clock.now()
        values = {
            "key": draft.key,
            "kind": draft.kind.value,
            "state": TicketState.NEW.value,
            "category": draft.category,
            "summary": draft.summary[:160],
            "description": draft.description,
            "requester": draft.requester,
            "requester_name": draft.requester_name[:120],
            "contact": draft.contact[:200],
            "language": draft.language,
            "conversation": draft.conversation,
            "impact": draft.impact.value,
            "urgency": draft.urgency.value,
            "priority": draft.priority.value,
            "assignment_group": draft.assignment_group[:80],
            "opened_at": now,
            "updated_at": now,
        }
        try:
            with connection.begin_nested():
                identifier = connection.execute(insert(tickets).values(**values)).inserted_primary_key[0]
        except IntegrityError:
            found = _find(connection, draft.key)  # another caller was first
            if found is None:
                raise
            return found
        for attachment in draft.attachments:
            _attach(connection, identifier, attachment)
        return TicketRef(id=str(identifier), number=number(identifier, draft.kind))

    def _comment(self, connection: Connection, row: Row, **values: Any) -> bool:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(ticket_comments).values(ticket=row.id, at=self._clock.now(), **values)
                )
        except IntegrityError:
            return False
        self._change(connection, row)
        return True

    def _explain(self, connection: Connection, row: Row, key: str, what: str, reason: str) -> None:
        text = f"{what}: {reason}" if reason else what
        self._comment(connection, row, key=key, author=REQUESTER, text=text, public=True)

    def _change(self, connection: Connection, row: Row, **values: Any) -> None:
        changed = {"updated_at": self._clock.now(), **values}
        connection.execute(update(tickets).where(tickets.c.id == row.id).values(**changed))


def _attach(connection: Connection, ticket: int, attachment: Attachment) -> None:
    connection.execute(
        insert(ticket_attachments).values(
            ticket=ticket,
            name=attachment.name[:160],
            media_type=attachment.media_type[:80],
            content=attachment.content,
        )
    )


def number(identifier: int, kind: TicketKind) -> str:
    """What people call the ticket: "INC0010001"."""
    return f"{PREFIX.get(kind, 'INC')}{10_000 + identifier:07}"


def _condition(wanted: Filter) -> list[Any]:
    condition: list[Any] = []
    if wanted.states is not None:
        condition.append(tickets.c.state.in_([state.value for state in wanted.states]))
    if wanted.assignment_group is not None:
        condition.append(tickets.c.assignment_group == wanted.assignment_group)
    if wanted.assigned_to is not None:
        condition.append(tickets.c.assigned_to == wanted.assigned_to)
    if wanted.unassigned:
        condition.append(tickets.c.assigned_to.is_(None))
    if wanted.priority is not None:
        condition.append(tickets.c.priority == wanted.priority.value)
    if wanted.requester is not None:
        condition.append(tickets.c.requester == wanted.requester)
    if wanted.text:
        condition.append(_matches(wanted.text.strip()))
    return condition


def _matches(text: str) -> Any:
    conditions = [
        func.lower(column).contains(text.lower(), autoescape=True)
        for column in (tickets.c.summary, tickets.c.requester_name, tickets.c.key)
    ]
    identifier = _identifier(text)
    return or_(*conditions, tickets.c.id == identifier) if identifier else or_(*conditions)


def _identifier(name: str) -> int | None:
    """The id in "INC0010001" or "17"; None when it is neither."""
    digits = name[3:] if name[:3].upper() in ("INC", "REQ") else name
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        return None
    return int(digits) - 10_000 if digits != name else int(digits)


def _row_by_name(connection: Connection, name: str) -> Row:
    identifier = _identifier(name)
    condition = tickets.c.key == name if identifier is None else tickets.c.id == identifier
    row = connection.execute(select(tickets).where(condition)).one_or_none()
    if row is None:
        raise TicketNotFound(name)
    return row


def _row(connection: Connection, ref: TicketRef) -> Row:
    if not (ref.id.isascii() and ref.id.isdigit() and len(ref.id) <= 12):
        raise TicketNotFound(ref.id)
    row = connection.execute(select(tickets).where(tickets.c.id == int(ref.id))).one_or_none()
    if row is None:
        raise TicketNotFound(ref.id)
    return row


def _find(connection: Connection, key: str) -> TicketRef | None:
    row = connection.execute(select(tickets).where(tickets.c.key == key)).one_or_none()
    return None if row is None else _ref(row)


def _ref(row: Row) -> TicketRef:
    return TicketRef(id=str(row.id), number=number(row.id, TicketKind(row.kind)))


def _comment(row: Row) -> Comment:
    return Comment(id=str(row.id), at=row.at, author=row.author, text=row.text, public=row.public, ours=True)


def _ticket(row: Row) -> Ticket:
    return Ticket(
        ref=_ref(row),
        key=row.key,
        kind=TicketKind(row.kind),
        state=TicketState(row.state),
        category=row.category,
        summary=row.summary,
        description=row.description,
        requester=row.requester,
        requester_name=row.requester_name,
        contact=row.contact,
        language=row.language,
        conversation=row.conversation,
        impact=Impact(row.impact),
        urgency=Urgency(row.urgency),
        priority=Priority(row.priority),
        assignment_group=row.assignment_group,
        assigned_to=row.assigned_to,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
    )
