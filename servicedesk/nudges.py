"""An open ticket of which its requester has heard nothing for days: one message says where it stands, and asks.

Once a silence, by however many workers it is noticed: the case's row says what was asked about last (F7, F11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.engine import Row

from servicedesk.audit import Audit
from servicedesk.case_records import OPEN, Case
from servicedesk.case_rounds import CaseRounds
from servicedesk.clock import Clock
from servicedesk.requesters import Choice, Place, Requesters
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import cases, reminders_off
from servicedesk.texts import say
from servicedesk.ticket_buttons import TicketAnswer, answer
from servicedesk.ticketing.port import TicketKind

LONG_AGO = timedelta(days=60)  # of what was forgotten by all, nobody is reminded when this is switched on
BUTTONS = {
    TicketAnswer.STILL_NEEDED: "button_still_needed",
    TicketAnswer.ADD: "button_add_to_ticket",
    TicketAnswer.WITHDRAW: "button_no_longer_needed",
}


class Nudges:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        rounds: CaseRounds,
        requesters: Requesters,
        audit: Audit,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._rounds = rounds
        self._requesters = requesters
        self._audit = audit

    def look(self) -> int:
        """Write to those who have heard nothing; to how many. Raises StoreUnavailable."""
        wanted = self._settings.reminders
        if not wanted.on or not wanted.nudge_days:
            return 0
        return self._rounds.go(self._silent(), self._nudge)

    def _silent(self) -> tuple[Any, ...]:
        now = self._clock.now()
        heard = func.coalesce(cases.c.heard_at, cases.c.opened_at)
        wants_none = exists(select(reminders_off.c.account).where(reminders_off.c.account == cases.c.account))
        return (
            cases.c.state.in_([state.value for state in OPEN]),
            heard <= now - timedelta(days=self._settings.reminders.nudge_days),
            heard > now - LONG_AGO,
            or_(cases.c.nudged_at.is_(None), cases.c.nudged_at < heard),
            ~wants_none,
        )

    def _nudge(self, row: Row, place: Place) -> bool:
        heard = row.heard_at or row.opened_at
        if self._requesters.is_quiet(row):
            return False
        if self._requesters.working_days_since(row, heard) < self._settings.reminders.nudge_days:
            return False
        case = self._rounds.as_it_is_now(row)
        if case is None or not case.open:
            return False
        text, choices = where_it_stands(case, place.language)
        return self._say(row, place, text, choices)

    def _say(self, row: Row, place: Place, text: str, choices: list[Choice]) -> bool:
        """Whoever comes second about the same silence says nothing; nor where it has just ended."""
        heard = row.heard_at or row.opened_at
        unchanged = cases.c.heard_at.is_(None) if row.heard_at is None else cases.c.heard_at == row.heard_at
        due = and_(unchanged, or_(cases.c.nudged_at.is_(None), cases.c.nudged_at < heard))
        with self._store.transaction() as connection:
            mine = update(cases).where(cases.c.reference == row.reference, due)
            if not connection.execute(mine.values(nudged_at=self._clock.now())).rowcount:
                return False
            key = f"nudge:{row.reference}:{heard.isoformat(timespec='seconds')}"
            self._requesters.say(connection, place, key=key, text=text, choices=choices)
            self._audit.record(
                connection,
                event="case.nudged",
                outcome="done",
                actor="worker",
                subject=row.account or "",
                details={"reference": row.reference, "category": row.category},
            )
        return True


def where_it_stands(case: Case, language: str) -> tuple[str, list[Choice]]:
    """An open ticket in words, and what its requester can say to that."""
    text = say(language, f"ticket_{case.state.value}", reference=case.reference, summary=case.summary)
    return text, [(say(language, BUTTONS[each]), answer(case.reference, each)) for each in _answers(case)]


def _answers(case: Case) -> list[TicketAnswer]:
    """One tap does not take back a security incident: whoever holds the device might."""
    safe = case.kind is not TicketKind.SECURITY_INCIDENT
    return [each for each in BUTTONS if safe or each is not TicketAnswer.WITHDRAW]
