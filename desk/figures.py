"""The desk's key figures. None is shown on fewer than five people, and none per employee or agent (D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.engine import Connection

from servicedesk.store import Store
from servicedesk.store.tables import account_changes, cases, conversations, feedback

FEWEST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    name: str
    value: int | None  # None: fewer than five people, so nothing is shown


def key_figures(store: Store, since: datetime) -> tuple[Figure, ...]:
    """How much Tier0 did for everybody since then."""
    solved = feedback.c.verdict == "solved"
    with store.transaction() as connection:
        return (
            _count(
                connection,
                "Conversations",
                conversations.c.id,
                conversations.c.id,
                conversations.c.seen_at >= since,
            ),
            _count(
                connection,
                "Passwords reset",
                account_changes.c.id,
                account_changes.c.account,
                _done("reset", since),
            ),
            _count(
                connection,
                "Accounts unlocked",
                account_changes.c.id,
                account_changes.c.account,
                _done("unlock", since),
            ),
            _count(
                connection,
                "Answers that helped",
                feedback.c.id,
                feedback.c.conversation,
                solved & (feedback.c.at >= since),
            ),
            _count(
                connection,
                "Handed to L1",
                cases.c.reference,
                cases.c.conversation,
                cases.c.opened_at >= since,
            ),
        )


def _done(kind: str, since: datetime) -> Any:
    changes = account_changes.c
    return (changes.kind == kind) & (changes.state == "done") & (changes.started_at >= since)


def _count(
    connection: Connection,
    name: str,
    what: Any,
    people: Any,
    when: Any,
) -> Figure:
    counted, persons = connection.execute(
        select(func.count(what), func.count(distinct(people))).where(when)
    ).one()
    return Figure(name=name, value=int(counted) if persons >= FEWEST else None)
