"""A round over the cases whose requesters are to be written to unasked: some at a time, for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from servicedesk.case_records import Case, to_case
from servicedesk.cases import Cases
from servicedesk.requesters import Place, Requesters
from servicedesk.store import Store
from servicedesk.store.tables import cases as case_table

A_ROUND = 100  # cases looked at
ROUND_SECONDS = 5.0  # the worker has other work, and the next round is near

Write = Callable[[Row, Place], bool]
"""Writes to the requester of a case where that is right now; whether it did. Several workers may come to the same case."""


class CaseRounds:
    def __init__(self, *, store: Store, cases: Cases, requesters: Requesters) -> None:
        self._store = store
        self._cases = cases
        self._requesters = requesters

    def go(self, due: tuple[Any, ...], write: Write) -> int:
        """To those who can be reached, of the cases that these conditions hold for; to how many was written.

        Raises StoreUnavailable."""
        written, until = 0, time.monotonic() + ROUND_SECONDS
        for row in self._some(due):
            place = self._requesters.place(row)
            written += place is not None and write(row, place)
            if time.monotonic() > until:
                break
        return written

    def as_it_is_now(self, row: Row) -> Case | None:
        """What the ticket system says of it; None where it does not answer, for what is not certain is not said."""
        case = self._cases.as_it_is_now(to_case(row))
        return None if case.stale else case

    def _some(self, due: tuple[Any, ...]) -> list[Row]:
        """In no order, or those who cannot be written to would stand before the others each time."""
        query = select(case_table).where(*due).order_by(func.random()).limit(A_ROUND)
        with self._store.reading() as connection:
            return list(connection.execute(query))
