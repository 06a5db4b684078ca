"""What the worker does for a case in the ticket system. Each may be called again for the same key (F5-F7)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.clock import Clock, SystemClock, runs
from servicedesk.outbox import LEASE, GiveUp, Item, Outbox, Settle, TryAgain
from servicedesk.store import Store
from servicedesk.store.tables import cases as case_table
from servicedesk.store.tables import outbox as outbox_table
from servicedesk.ticket_news import TicketNews
from servicedesk.ticketing.errors import (
    AccessRefused,
    OutcomeUnknown,
    TicketNotFound,
    TicketRejected,
    TicketSystemError,
    TicketSystemUnavailable,
)
from servicedesk.ticketing.port import (
    Attachment,
    Impact,
    Keeping,
    Priority,
    TicketDraft,
    TicketKind,
    TicketRef,
    TicketSystem,
    Urgency,
)

log = logging.getLogger(__name__)

KINDS = "ticket."  # of all items that go to the ticket system
CALL = timedelta(seconds=15)  # longer than any change takes that was sent (http.WRITE_SECONDS)
ON_ITS_WAY = LEASE + CALL  # since it was asked for: then it has arrived, or never will
AHEAD = 50  # tickets whose requesters are looked up together, where the system can do that
LOOKS = 3  # then the change is left to polling
Answered = TypeVar("Answered")


class TicketHandlers:
    def __init__(
        self,
        store: Store,
        tickets: TicketSystem,
        *,
        clock: Clock | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        self._store = store
        self._tickets = tickets
        self._clock = clock or SystemClock()
        self._outbox = outbox  # for what follows on a new ticket
        tickets.look_ahead(self._coming)

    def open(self, item: Item) -> Settle | None:
        """Where keys are not unique, look for the ticket first: an earlier try may have opened it and not lived
        to tell (F6, F7), or may stand in no backup (F19). A new item that nobody asked for yet has none."""
        case = self._case(item)
        if case.ticket_id is not None:
            return None
        if self._tickets.keeping is Keeping.UNIQUE:
            opened = self._call(lambda: self._tickets.open(draft_of(case)))
        elif item.fresh and case.asked_at is None:
            opened = self._open(item, case)
        else:
            opened = self._call(lambda: self._tickets.find(case.reference)) or self._open(item, case)

        def settle(connection: Connection) -> None:
            connection.execute(
                update(case_table)
                .where(case_table.c.reference == case.reference)
                .values(ticket_id=opened.id, ticket_number=opened.number, asked_at=None)
            )
            if self._outbox is not None and not self._tickets.attaches_on_open:
                self._outbox.put(
                    connection,
                    kind="ticket.attach",
                    key=f"ticket.attach:{case.reference}",
                    payload={"reference": case.reference},
                )

        return settle

    def comment(self, item: Item) -> None:
        """One that is `optional` is left out where the system refuses it, and nobody is called to look."""
        ref, payload = self._ref(item), item.payload
        try:
            self._add(
                item,
                lambda: self._tickets.comment(
                    ref,
                    key=item.key,
                    author=str(payload["author"]),
                    text=str(payload["text"]),
                    public=bool(payload["public"]),
                    new=_is_new(item),
                    first=lambda: self._see_that_it_is_ours(item),
                ),
            )
        except GiveUp as err:
            if not payload.get("optional") or isinstance(err.__cause__, AccessRefused):
                raise
            log.info("tickets: a note was left out: %s", err)

    def attach(self, item: Item) -> None:
        ref, new = self._ref(item), _is_new(item)
        for each in draft_of(self._case(item)).attachments:
            self._add(
                item,
                lambda each=each: self._tickets.attach(  # type: ignore[misc]
                    ref, each, new=new, first=lambda: self._see_that_it_is_ours(item)
                ),
            )

    def reopen(self, item: Item) -> None:
        ref = self._ref(item)
        self._add(item, lambda: self._tickets.reopen(ref, key=item.key, reason=str(item.payload["reason"])))

    def withdraw(self, item: Item) -> None:
        ref = self._ref(item)
        self._add(item, lambda: self._tickets.withdraw(ref, key=item.key, reason=str(item.payload["reason"])))

    # --- what a webhook named ---

    def look(self, item: Item, news: TicketNews) -> None:
        """Never a dead letter: what cannot be read now, polling reads."""
        try:
            news.look(str(item.payload["reference"]))
        except TicketSystemUnavailable as err:
            if item.attempt < LOOKS:
                raise TryAgain("the ticket system does not answer", err.retry_after, system=KINDS) from err
            log.warning("tickets: what a webhook named is left to polling (%s)", type(err).__name__)
        except TicketSystemError as err:
            log.warning("tickets: what a webhook named cannot be read (%s)", type(err).__name__)

    # --- opened once, whatever happens ---

    def _open(self, item: Item, case: Row) -> TicketRef:
        self._wait_for_an_earlier_call(item, case)
        asked_at = self._announce(case)
        try:
            ref = self._call(lambda: self._tickets.open(draft_of(case)))
        except TryAgain as err:
            if not isinstance(err.__cause__, OutcomeUnknown):
                self._take_back(case, asked_at)
            raise
        except GiveUp:
            self._take_back(case, asked_at)
            raise
        if self._clock.now() - asked_at < ON_ITS_WAY:
            return ref
        return self._the_one_that_counts(case, ref)

    def _wait_for_an_earlier_call(self, item: Item, case: Row) -> None:
        """One that nobody knows the end of may have opened the ticket, or may yet, or the search lags behind."""
        if case.asked_at is None:
            return
        if self._tickets.keeping is Keeping.NOT_KEPT and item.attempt > 1:
            raise GiveUp("it may be open already, and cannot be looked for: see, then send it again")
        longest, now = ON_ITS_WAY + self._tickets.search_lag, self._clock.now()
        until = case.asked_at + longest
        if runs(until, now, longest):
            raise TryAgain("an earlier call may still open it", until - now)

    def _announce(self, case: Row) -> datetime:
        """That a call is about to go out; not where another worker has done so since (F7)."""
        now = self._clock.now()
        unchanged = (
            case_table.c.asked_at.is_(None)
            if case.asked_at is None
            else case_table.c.asked_at == case.asked_at
        )
        ours = (case_table.c.reference == case.reference, case_table.c.ticket_id.is_(None), unchanged)
        with self._store.transaction() as connection:
            taken = connection.execute(update(case_table).where(*ours).values(asked_at=now)).rowcount
        if not taken:
            raise TryAgain("another worker is about to open it")
        return now

    def _take_back(self, case: Row, asked_at: datetime) -> None:
        """Our call did nothing for certain: the next try need not wait. Another worker's word stays (F7)."""
        ours = (case_table.c.reference == case.reference, case_table.c.asked_at == asked_at)
        with self._store.transaction() as connection:
            connection.execute(update(case_table).where(*ours).values(asked_at=None))

    def _the_one_that_counts(self, case: Row, ref: TicketRef) -> TicketRef:
        """We were stopped for longer than our lease on the way: another may have taken over and opened it (F7)."""
        found = self._call(lambda: self._tickets.find(case.reference))
        if found is None or found.id == ref.id:
            return ref
        log.warning("tickets: opened too late, and withdrawn: %s", ref.number)
        self._call(
            lambda: self._tickets.withdraw(
                ref,
                key=f"late:{case.reference}:{ref.id}",
                reason=f"opened twice; it goes on in {found.number}",
            )
        )
        return found

    def _coming(self) -> list[str]:
        """The addresses of those whose tickets are opened next."""
        waiting = outbox_table.c.kind == "ticket.open", outbox_table.c.state == "queued"
        in_turn = (
            select(outbox_table.c.payload)
            .where(*waiting)
            .order_by(outbox_table.c.not_before, outbox_table.c.id)
        )
        with self._store.reading() as connection:
            items = connection.execute(in_turn.limit(AHEAD)).scalars()
            references = [str(payload["reference"]) for payload in items]
            drafts = connection.execute(
                select(case_table.c.draft).where(case_table.c.reference.in_(references))
            ).scalars()
            return [str(draft["form"].get("person", {}).get("email", "")) for draft in drafts]

    # --- what all need ---

    def _case(self, item: Item) -> Row:
        query = select(case_table).where(case_table.c.reference == item.payload["reference"])
        with self._store.transaction() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise GiveUp("the case is gone")
        return row

    def _ref(self, item: Item) -> TicketRef:
        case = self._case(item)
        if case.ticket_id is None:
            raise TryAgain("the ticket is not open yet")
        return TicketRef(id=case.ticket_id, number=case.ticket_number)

    def _add(self, item: Item, call: Callable[[], None]) -> None:
        """A comment or a file. The next try looks whether it is there: not before a call whose end nobody knows has
        arrived or never will, or it would stand there twice (F6). Whether a worker that was killed, or lost the
        database, has called, nobody knows either (F7, F9)."""
        if item.lapsed_at is not None:
            left = item.lapsed_at + CALL + self._tickets.search_lag - self._clock.now()
            if left > timedelta():
                raise TryAgain("an earlier worker's call may still arrive", left)
        try:
            self._call(call)
        except TryAgain as err:
            if not isinstance(err.__cause__, OutcomeUnknown):
                raise
            # Without `system`: this one waits, the others need not.
            wait = max(err.after or timedelta(), ON_ITS_WAY + self._tickets.search_lag)
            raise TryAgain(str(err), wait) from err.__cause__

    def _see_that_it_is_ours(self, item: Item) -> None:
        """Not to be sent when we were stopped for longer than our lease: another has taken over, and looks (F7)."""
        if item.lease_until is not None and self._clock.now() >= item.lease_until:
            raise TryAgain("the lease has ended")

    def _call(self, call: Callable[[], Answered]) -> Answered:
        try:
            return call()
        except OutcomeUnknown as err:
            reason = f"what became of it is not known: {err}"
            raise TryAgain(reason, err.retry_after, system=KINDS) from err
        except TicketSystemUnavailable as err:
            reason = f"the ticket system does not answer: {err}"
            raise TryAgain(reason, err.retry_after, system=KINDS) from err
        except AccessRefused as err:
            raise GiveUp(f"the ticket system refuses our sign-in: {err}") from err
        except TicketRejected as err:
            raise GiveUp(f"the ticket system refuses it: {err}") from err
        except TicketNotFound as err:
            raise GiveUp("the ticket system knows no such ticket") from err


def _is_new(item: Item) -> bool:
    """Nobody can have done it before: what an earlier try may have left need not be looked for."""
    return item.fresh and item.untried


def draft_of(case: Row) -> TicketDraft:
    """The ticket of a case, with the packet as an attachment for tools that read it."""
    form = case.draft["form"]
    person = form.get("person", {})
    attachment = Attachment(
        name=f"{case.reference}.json",
        media_type="application/json",
        content=json.dumps(form, ensure_ascii=False, indent=1).encode(),
    )
    return TicketDraft(
        key=case.reference,
        kind=TicketKind(case.kind),
        category=case.category,
        summary=case.summary,
        description=case.draft["text"],
        requester=case.account,
        requester_name=form["requester_name"],
        contact=form["contact"],
        language=case.language,
        conversation=case.conversation,
        impact=Impact(form["impact"]),
        urgency=Urgency(form["urgency"]),
        priority=Priority(form["priority"]),
        assignment_group=form["assignment_group"],
        username=person.get("username", ""),
        email=person.get("email", ""),
        attachments=(attachment,),
    )
