"""Cases: what the employee holds a reference to from the first second, whatever the ticket system does (F5).

Everything that must reach the ticket system or the chat goes through the outbox, in the transaction that
writes the case and its audit row."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.audit import Audit
from servicedesk.case_records import (
    OPEN,
    Case,
    CaseNotFound,
    find_row,
    insert_unless_taken,
    new_reference,
    seen_as,
    to_case,
)
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation, Conversations
from servicedesk.directory.port import AccountId
from servicedesk.errors import Tier0Error
from servicedesk.handover.addition import render_facts
from servicedesk.handover.gathering import CaseContext, CaseRequest
from servicedesk.handover.packet import EscalationPacket, Fact, clean
from servicedesk.handover.packet_json import from_json, to_json
from servicedesk.handover.ticket_text import render_text
from servicedesk.outbox import Outbox, fitting
from servicedesk.quiet_hours import QuietHours
from servicedesk.screening import Refusal, screen
from servicedesk.store import Store
from servicedesk.store.tables import cases
from servicedesk.ticketing.errors import TicketNotFound, TicketSystemError
from servicedesk.ticketing.port import TicketRef, TicketState, TicketSystem

__all__ = ["AgentReply", "Case", "CaseNotFound", "CaseRequest", "Cases"]

log = logging.getLogger(__name__)

TRIES = 20
LISTED = 10
KEY_LENGTH = 128
SETTLED = (TicketState.CLOSED,)  # not asked for again


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentReply:
    refusal: Refusal | None  # why it was not sent
    held: bool = False  # the chat gets it when the employee's quiet hours end, or when they write

    @property
    def sent(self) -> bool:
        return self.refusal is None


class Cases:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        conversations: Conversations,
        tickets: TicketSystem,
        outbox: Outbox,
        audit: Audit,
        context: CaseContext,
        quiet: QuietHours,
    ) -> None:
        self._store = store
        self._clock = clock
        self._conversations = conversations
        self._tickets = tickets
        self._outbox = outbox
        self._audit = audit
        self._context = context
        self._quiet = quiet

    # --- for the employee ---

    def open(self, request: CaseRequest) -> Case:
        """Write the case and queue its ticket; the same key gives the case that it gave before.

        Raises StoreUnavailable: then nothing was saved."""
        key = fitting(request.key, KEY_LENGTH)
        known = self._by_key(key)
        if known is not None:
            return known
        for _ in range(TRIES):
            made = self._write(request, key, new_reference())
            if made is not None:
                return made
        raise Tier0Error("no free reference was found")

    def of_account(self, account: AccountId, limit: int = LISTED) -> tuple[Case, ...]:
        """This person's cases, newest first, with the ticket's state as it is now where it can be asked."""
        return self._listed(cases.c.account == account, limit)

    def of_conversation(self, conversation: str, limit: int = LISTED) -> tuple[Case, ...]:
        """The cases that were opened in this conversation, newest first."""
        return self._listed(cases.c.conversation == conversation, limit)

    def of_requester(self, reference: str, *, conversation: str) -> Case:
        """One case of theirs, with the ticket's state as it is now. Raises CaseNotFound."""
        own = self._conversations.get(conversation)
        with self._store.reading() as connection:
            found = to_case(_own(connection, reference, own))
        return self.as_it_is_now(found)

    def as_it_is_now(self, case: Case) -> Case:
        return next(iter(self._refreshed([case])))

    def add_comment(
        self, reference: str, *, conversation: str, key: str, text: str, event: str = "case.comment"
    ) -> None:
        """Add the employee's words to their ticket; `event` is what the audit trail calls it. Raises CaseNotFound."""
        own = self._conversations.get(conversation)
        with self._store.transaction() as connection:
            row = _own(connection, reference, own)
            self._step(connection, "comment", row, key, event=event, text=clean(text))

    def add_facts(
        self,
        reference: str,
        *,
        conversation: str,
        key: str,
        facts: tuple[Fact, ...],
        unknown: tuple[str, ...],
        words: str = "",
    ) -> None:
        """Complete the packet: `facts` that its requester has told since, `unknown` what is still not known, and where
        nothing was said when it was sent, the `words` that say what it is about. Raises CaseNotFound."""
        own = self._conversations.get(conversation)
        facts = tuple(replace(fact, value=clean(fact.value)) for fact in facts)
        with self._store.transaction() as connection:
            row = _own(connection, reference, own)
            before = from_json(row.draft["form"])
            packet = self._context.as_told_now(_completed(before, clean(words), facts, unknown))
            text = render_facts(words=clean(words), facts=facts, unknown=unknown, before=before, now=packet)
            if self._step(connection, "comment", row, key, event="case.facts", text=text):
                draft = {"form": to_json(packet), "text": render_text(packet)}
                changed = {"draft": draft, "summary": packet.summary}
                connection.execute(update(cases).where(cases.c.reference == row.reference).values(**changed))

    def reopen(self, reference: str, *, conversation: str, key: str, reason: str = "") -> None:
        """Put the employee's resolved ticket to work again. Raises CaseNotFound."""
        own = self._conversations.get(conversation)
        with self._store.transaction() as connection:
            row = _own(connection, reference, own)
            self._step(connection, "reopen", row, key, reason=clean(reason))
            self._remember(connection, row.reference, TicketState.IN_PROGRESS)

    def withdraw(self, reference: str, *, conversation: str, key: str, reason: str = "") -> None:
        """The employee no longer needs it. Raises CaseNotFound."""
        own = self._conversations.get(conversation)
        with self._store.transaction() as connection:
            row = _own(connection, reference, own)
            self._step(connection, "withdraw", row, key, reason=clean(reason))
            self._remember(connection, row.reference, TicketState.WITHDRAWN)

    def group_of(self, reference: str) -> str:
        """The assignment group that has the case. Raises CaseNotFound."""
        return self.get(reference).assignment_group

    # --- for L1 ---

    def ticket_is(self, connection: Connection, reference: str, state: TicketState) -> None:
        """What L1 has just made of the case's ticket, in the caller's transaction; of another ticket nothing is kept."""
        self._remember(connection, reference, state)

    def get(self, name: str) -> Case:
        """By reference, or by the ticket's number or id. Raises CaseNotFound."""
        with self._store.transaction() as connection:
            return to_case(find_row(connection, name))

    def form(self, name: str) -> Mapping[str, Any]:
        """The escalation packet as it was handed over (packet_json.py). Raises CaseNotFound."""
        with self._store.transaction() as connection:
            form: Mapping[str, Any] = find_row(connection, name).draft["form"]
        return form

    def agent_reply(self, name: str, agent_name: str, text: str, *, key: str | None = None) -> AgentReply:
        """Put an agent's answer on the ticket and into the employee's chat, both or neither (U16).

        A `key` from the page makes a double click harmless. Raises CaseNotFound."""
        refusal = screen(text)
        with self._store.transaction() as connection:
            row = find_row(connection, name)
            outcome = refusal.value if refusal else "sent"
            self._record(connection, "case.agent_reply", outcome, f"agent:{agent_name}", row)
            held = refusal is None and self._put_reply(
                connection, row, agent_name, text.strip(), key or secrets.token_hex(16)
            )
        return AgentReply(refusal=refusal, held=held)

    # --- opening ---

    def _by_key(self, key: str) -> Case | None:
        with self._store.transaction() as connection:
            row = connection.execute(select(cases).where(cases.c.key == key)).one_or_none()
        return None if row is None else to_case(row)

    def _write(self, request: CaseRequest, key: str, reference: str) -> Case | None:
        """All in one transaction; None when the reference is taken. What is slow is gathered before it."""
        others = self._open_cases(self._context.account_of(request), request.conversation)
        context = self._context.gather(request, reference, others)
        packet = context.packet
        values = {
            "reference": reference,
            "key": key,
            "conversation": request.conversation,
            "account": context.account,
            "kind": packet.kind.value,
            "category": packet.category,
            "summary": packet.summary,
            "language": request.language,
            "draft": {"form": to_json(packet), "text": render_text(packet)},
            "state": TicketState.NEW.value,
            "opened_at": packet.opened_at,
            "heard_at": packet.opened_at,
        }
        with self._store.transaction() as connection:
            row = insert_unless_taken(connection, values)
            if row is None:
                known = connection.execute(select(cases).where(cases.c.key == key)).one_or_none()
                return None if known is None else to_case(known)  # the same message, taken up twice at once
            self._outbox.put(
                connection,
                kind="ticket.open",
                key=f"ticket.open:{reference}",
                payload={"reference": reference},
            )
            self._record(connection, "case.opened", "done", _actor(row), row)
        return to_case(row)

    def _open_cases(self, account: AccountId | None, conversation: str | None) -> tuple[str, ...]:
        """Other cases of this person, open as far as is known: the ticket system is not asked."""
        if account is None and conversation is None:
            return ()
        whose = cases.c.account == account if account else cases.c.conversation == conversation
        query = (
            select(cases)
            .where(whose, cases.c.state.in_([state.value for state in OPEN]))
            .order_by(cases.c.opened_at.desc())
            .limit(LISTED)
        )
        with self._store.transaction() as connection:
            found = [to_case(row) for row in connection.execute(query)]
        return tuple(
            f"{case.reference} {case.number or '(not numbered by the ticket system yet)'}: {case.summary}"
            for case in found
        )

    # --- steps ---

    def _step(
        self, connection: Connection, what: str, row: Row, key: str, *, event: str = "", **payload: str
    ) -> bool:
        """Whether it is new: the same key again does nothing."""
        queued = self._outbox.put(
            connection,
            kind=f"ticket.{what}",
            key=f"ticket.{what}:{row.reference}:{key}",
            payload={
                "reference": row.reference,
                "author": row.draft["form"]["requester_name"],
                "public": True,
                **payload,
            },
        )
        if queued:
            self._heard(connection, row)
            self._record(connection, event or f"case.{what}", "done", _actor(row), row)
        return queued

    def _put_reply(self, connection: Connection, row: Row, agent_name: str, text: str, key: str) -> bool:
        """Whether the chat has to wait for it."""
        self._outbox.put(
            connection,
            kind="ticket.comment",
            key=f"ticket.comment:{row.reference}:agent:{key}",
            payload={"reference": row.reference, "author": agent_name, "text": text, "public": True},
        )
        self._heard(connection, row)
        if row.conversation is None:
            return False
        until = self._quiet.hold(connection, row)
        self._outbox.put(
            connection,
            kind="chat.say",
            key=f"agent:{row.reference}:{key}",
            payload={
                "conversation": row.conversation,
                "text": text,
                "content": {"type": "agent", "reference": row.reference},
                "author": "agent",
                "author_name": agent_name,
            },
            not_before=until,
        )
        return until is not None

    def _heard(self, connection: Connection, row: Row) -> None:
        mine = cases.c.reference == row.reference
        connection.execute(update(cases).where(mine).values(heard_at=self._clock.now()))

    def _record(self, connection: Connection, event: str, outcome: str, actor: str, row: Row) -> None:
        self._audit.record(
            connection,
            event=event,
            outcome=outcome,
            actor=actor,
            subject=row.account or "",
            details={"reference": row.reference, "category": row.category},
        )

    # --- what the ticket system says ---

    def _listed(self, condition: Any, limit: int) -> tuple[Case, ...]:
        query = (
            select(cases).where(condition).order_by(cases.c.opened_at.desc(), cases.c.reference).limit(limit)
        )
        with self._store.transaction() as connection:
            found = [to_case(row) for row in connection.execute(query)]
        return tuple(self._refreshed(found))

    def _refreshed(self, found: Iterable[Case]) -> Iterable[Case]:
        """With today's state. One that does not answer is not asked about the rest: the employee is waiting."""
        down = False
        for case in found:
            if case.ticket_id is None or case.number is None or case.state in SETTLED:
                yield case
                continue
            if self._outbox.waits_for(case.reference, ("ticket.reopen", "ticket.withdraw")):
                yield case  # the system does not know yet what its requester has decided
                continue
            state = None if down else self._state(TicketRef(id=case.ticket_id, number=case.number))
            down = state is None
            if state is None:
                yield replace(case, stale=True)
                continue
            if state is not case.state:
                with self._store.transaction() as connection:
                    self._remember(connection, case.reference, state)
            yield replace(case, state=state)

    def _state(self, ref: TicketRef) -> TicketState | None:
        try:
            return self._tickets.state(ref)
        except TicketNotFound:
            return TicketState.UNKNOWN
        except TicketSystemError as err:
            log.warning("cases: the ticket system does not answer (%s)", type(err).__name__)
            return None

    def _remember(self, connection: Connection, reference: str, state: TicketState) -> None:
        mine = cases.c.reference == reference
        connection.execute(update(cases).where(mine).values(**seen_as(state, self._clock.now())))


def _completed(
    before: EscalationPacket, words: str, facts: tuple[Fact, ...], unknown: tuple[str, ...]
) -> EscalationPacket:
    told = {fact.ids for fact in facts if fact.ids}
    kept = tuple(fact for fact in before.facts if fact.ids not in told)
    known = {*unknown, *(fact.label for fact in facts)}
    return replace(
        before,
        facts=(*kept, *facts),
        unknown=unknown,
        not_asked=tuple(label for label in before.not_asked if label not in known),
        taken_back=tuple(label for label in before.taken_back if label not in known),
        words=before.words or words,
    )


def _own(connection: Connection, reference: str, conversation: Conversation | None) -> Row:
    """The case, where it was opened in this conversation or belongs to the person whom it proves."""
    row = find_row(connection, reference)
    if conversation is None:
        raise CaseNotFound(reference)
    if conversation.proven and row.account is not None:
        allowed = row.account == conversation.account
    else:
        allowed = row.conversation == conversation.id
    if not allowed:
        raise CaseNotFound(reference)
    return row


def _actor(row: Row) -> str:
    return str(row.account or row.conversation or "system")
