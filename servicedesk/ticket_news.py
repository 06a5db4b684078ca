"""What L1 does in an outside ticket system, brought back to the employee: answers into the chat, the state to the case.

Asked for every so often: it needs no hole in the firewall. A webhook, where there is one, only says which ticket to read
sooner (ticket_hooks.py). What was told is written with the message, so an answer comes once, however often it is looked
at and by however many workers (F11)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.audit import Audit
from servicedesk.case_records import seen_as
from servicedesk.clock import Clock
from servicedesk.outbox import Outbox
from servicedesk.quiet_hours import QuietHours
from servicedesk.screening import LONGEST, Refusal, screen
from servicedesk.store import Store
from servicedesk.store.tables import cases, watermarks
from servicedesk.ticketing.port import Change, Comment, TicketRef, TicketState, TicketSystem, TicketView

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=2)  # what changed reaches a system's search in this time
FIRST_LOOK = timedelta(hours=1)
AT_ONCE = timedelta(seconds=5)  # a ticket that has not changed since it was opened has nothing to tell
LOOKS = 2  # at one change: an answer may come within the second that we looked in
MOST = 15  # tickets a run: the outbox waits meanwhile
NOT_PASSED_ON = (
    "This comment was not passed on to the employee's chat, because it asks for a secret or holds one. "
    "Write it again without."
)


class TicketNews:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        tickets: TicketSystem,
        outbox: Outbox,
        audit: Audit,
        system: str,
        quiet: QuietHours | None = None,  # None: no answer waits for the morning
    ) -> None:
        self._store = store
        self._clock = clock
        self._tickets = tickets
        self._outbox = outbox
        self._audit = audit
        self._name = f"tickets:{system}"
        self._quiet = quiet

    def run(self) -> int:
        """Look at what changed; how many tickets were looked at closely. Raises TicketSystemError, StoreUnavailable."""
        mark = self._mark()
        looked = 0
        close: list[tuple[Row, Change]] = []
        for change in self._tickets.changed_since(mark - OVERLAP - self._tickets.search_lag):
            mark = max(mark, change.at)
            case = self._case(change.ref.id)
            if case is None or change.at - change.opened_at < AT_ONCE or _is_settled(case, change.at):
                continue
            close.append((case, change))
            if looked + len(close) == MOST:
                looked += self._read(close)
                close = []
                if looked == MOST:
                    break
        looked += self._read(close)
        self._remember(mark)
        return looked

    def look(self, reference: str) -> None:
        """Read this one ticket now. Raises TicketSystemError, StoreUnavailable.

        `run` comes to the change as if nobody had looked, and finds it told: it stays the safety net."""
        with self._store.transaction() as connection:
            case = connection.execute(select(cases).where(cases.c.reference == reference)).one_or_none()
        if case is not None and case.ticket_id is not None:
            ref = TicketRef(id=case.ticket_id, number=case.ticket_number)
            self._heard(case, self._tickets.view(ref), None)

    def _read(self, close: list[tuple[Row, Change]]) -> int:
        by_id = {change.ref.id: (case, change.at) for case, change in close}
        looked = 0
        for view in self._tickets.views([change.ref for _, change in close]) if close else ():
            case, at = by_id[view.ref.id]
            looked += self._heard(case, view, at)
        return looked

    def _heard(self, case: Row, view: TicketView, at: datetime | None) -> bool:
        if view.key != case.reference:  # of a system that was here before: ids repeat, references do not
            log.warning("ticket news: %s is not the ticket of its case", view.ref.number)
            return False
        with self._store.transaction() as connection:
            self._take_in(connection, case.reference, view, at)
        return True

    def _take_in(self, connection: Connection, reference: str, view: TicketView, at: datetime | None) -> None:
        case = connection.execute(
            select(cases).where(cases.c.reference == reference).with_for_update()
        ).one_or_none()
        if case is None:
            return
        news = case.news or {}
        told = list(news.get("told", ()))
        for comment in view.comments:
            if comment.public and not comment.ours and comment.id not in told:
                self._tell(connection, case, comment)
                told.append(comment.id)
        kept = {**news, "told": told}
        if at is not None:
            same = news.get("at") == at.isoformat()
            kept |= {"at": at.isoformat(), "looks": news.get("looks", 0) + 1 if same else 1}
        values: dict[str, Any] = {"news": kept}
        if view.state is not TicketState.UNKNOWN:
            values |= seen_as(view.state, self._clock.now())
        if len(told) > len(news.get("told", ())):
            values["heard_at"] = self._clock.now()
        connection.execute(update(cases).where(cases.c.reference == reference).values(**values))

    def _tell(self, connection: Connection, case: Row, comment: Comment) -> None:
        """The agent's words into the chat, or back to the agent where nobody may read them (U16, S12)."""
        text = comment.text.strip()
        if len(text) > LONGEST:
            text = text[: LONGEST - 1] + "…"
        refusal = screen(text)
        if refusal is Refusal.EMPTY:
            return
        self._audit.record(
            connection,
            event="case.agent_reply",
            outcome=refusal.value if refusal else "sent",
            actor=self._name,
            subject=case.account or "",
            details={"reference": case.reference, "category": case.category},
        )
        if refusal is not None:
            self._put(
                connection,
                "ticket.comment",
                f"ticket.comment:{case.reference}:refused:{comment.id}",
                {"reference": case.reference, "author": "Tier0", "text": NOT_PASSED_ON, "public": False},
            )
        elif case.conversation is not None:
            self._put(
                connection,
                "chat.say",
                f"news:{case.reference}:{comment.id}",
                {
                    "conversation": case.conversation,
                    "text": text,
                    "content": {"type": "agent", "reference": case.reference},
                    "author": "agent",
                    "author_name": comment.author[:120],
                },
                self._quiet.hold(connection, case) if self._quiet else None,
            )

    def _put(
        self,
        connection: Connection,
        kind: str,
        key: str,
        payload: dict[str, Any],
        until: datetime | None = None,
    ) -> None:
        self._outbox.put(connection, kind=kind, key=key, payload=payload, not_before=until)

    def _case(self, ticket_id: str) -> Row | None:
        with self._store.transaction() as connection:
            return connection.execute(select(cases).where(cases.c.ticket_id == ticket_id)).first()

    def _mark(self) -> datetime:
        """In the ticket system's own time, but for the very first look."""
        with self._store.transaction() as connection:
            query = select(watermarks.c.at).where(watermarks.c.name == self._name)
            found = connection.execute(query).scalar_one_or_none()
        return found or self._clock.now() - FIRST_LOOK

    def _remember(self, mark: datetime) -> None:
        mine = watermarks.c.name == self._name
        with self._store.transaction() as connection:
            if connection.execute(
                update(watermarks).where(mine, watermarks.c.at < mark).values(at=mark)
            ).rowcount:
                return
            try:
                with connection.begin_nested():
                    connection.execute(insert(watermarks).values(name=self._name, at=mark))
            except IntegrityError:
                return  # another worker has read as far, or further


def _is_settled(case: Row, at: datetime) -> bool:
    news = case.news or {}
    return news.get("at") == at.isoformat() and news.get("looks", 0) >= LOOKS
