"""Where nobody is helped by machine, whatever can be proven (criteria.yml, `stops`): the case goes to L1 with a check list.

What sets a stop off is in the store, so that other words or another channel do not get round it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from servicedesk.clock import Clock
from servicedesk.conversations import Conversations
from servicedesk.directory.port import AccountId
from servicedesk.handover.criteria import (
    FACTOR_LOST,
    MANY_RESETS,
    PRESSURE,
    REPORT_BEFORE,
    Criteria,
    Reason,
)
from servicedesk.security_steps import first_steps
from servicedesk.store import Store
from servicedesk.store.tables import account_changes, cases
from servicedesk.ticketing.port import TicketKind

A_MOMENT = timedelta(hours=1)
MESSAGES = 20  # ours and theirs
BY_WORDS = (FACTOR_LOST, PRESSURE)


class RiskStops:
    def __init__(self, store: Store, clock: Clock, conversations: Conversations, criteria: Criteria) -> None:
        self._store = store
        self._clock = clock
        self._conversations = conversations
        self._criteria = criteria

    def of(
        self, account: AccountId | None, words: str = "", conversation: str | None = None
    ) -> tuple[Reason, ...]:
        """What stops self-service for this account, and what these words set off, or others a moment before in the same
        conversation: whoever is told no words it anew. Raises StoreUnavailable."""
        said = [words, *(self._said_before(conversation) if conversation else ())]
        found = {name: self._criteria.reason(name) for each in said for name in self._criteria.stops_in(each)}
        if account is not None:
            found |= self._of_account(account)
        return tuple(found.values())

    def ends_links(self, account: AccountId) -> bool:
        """Whether something stands against a link that is out already. How many resets there were was looked at when it
        was sent; the next one ends it anyway. Raises StoreUnavailable."""
        return any(reason.id != MANY_RESETS for reason in self.of(account))

    def _said_before(self, conversation: str) -> Iterator[str]:
        since = self._clock.now() - A_MOMENT
        for message in self._conversations.messages(conversation, limit=MESSAGES):
            if message.author == "employee" and message.at > since:
                yield message.text

    def _of_account(self, account: AccountId) -> dict[str, Reason]:
        criteria, now = self._criteria, self._clock.now()
        resets = select(func.count()).where(
            account_changes.c.account == account,
            account_changes.c.kind == "reset",
            account_changes.c.state.in_(("done", "unknown")),
            account_changes.c.started_at > now - criteria.reset_days,
        )
        lately = select(cases).where(
            cases.c.account == account,
            cases.c.opened_at > now - max(criteria.stop_lasts, criteria.report_hours),
        )
        with self._store.reading() as connection:
            count = int(connection.execute(resets).scalar_one())
            rows = connection.execute(lately.order_by(cases.c.opened_at)).all()
        found = {}
        if count >= criteria.nth_reset - 1:
            found[MANY_RESETS] = criteria.reason(MANY_RESETS, nth=count + 1)
        for row in rows:
            form = row.draft["form"]
            if self._is_report(row.kind, row.opened_at, form):
                found[REPORT_BEFORE] = criteria.reason(REPORT_BEFORE, reference=row.reference)
            if row.opened_at > now - criteria.stop_lasts:
                before = {reason["id"] for reason in form.get("because", ())}
                found |= {name: criteria.reason(name) for name in BY_WORDS if name in before}
        return found

    def _is_report(self, kind: str, opened_at: datetime, form: dict[str, str]) -> bool:
        if kind != TicketKind.SECURITY_INCIDENT.value:
            return False
        if opened_at <= self._clock.now() - self._criteria.report_hours:
            return False
        return first_steps(form["words"]) in self._criteria.report_kinds
