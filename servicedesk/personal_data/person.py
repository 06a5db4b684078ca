"""One person's data: found once, then handed out or erased."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.engine import Connection, Row

from servicedesk.audit import Audit
from servicedesk.directory.port import Account, AccountId
from servicedesk.personal_data.known import Known, known_of
from servicedesk.personal_data.places import OF_A_PERSON, WITHHELD
from servicedesk.personal_data.trackers import Trackers
from servicedesk.store import Store
from servicedesk.store.tables import cases

WITHHELD_MARK = "(withheld: it proves something)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    id: AccountId
    addresses: tuple[str, ...] = ()  # of phone and mailboxes, where the directory still knows them

    @classmethod
    def of(cls, account: Account) -> Person:
        phone = account.phone.number if account.phone else ""
        addresses = (phone, account.email, account.alternate_email or "")
        return cls(id=account.id, addresses=tuple(filter(None, addresses)))


class PersonalData:
    def __init__(self, *, store: Store, audit: Audit, trackers: Trackers) -> None:
        self._store = store
        self._audit = audit
        self._trackers = trackers

    def export(self, person: Person) -> dict[str, Any]:
        """All that is kept of them, by table, as JSON can hold it; nothing that proves something. In the audit trail.

        Raises StoreUnavailable."""
        with self._store.transaction() as connection:
            known = known_of(connection, person.id, person.addresses)
            kept: dict[str, Any] = {}
            for table, mine in OF_A_PERSON.items():
                rows = connection.execute(select(table).where(mine(connection, known))).all()
                if rows:
                    kept[table.name] = [_as_json(table, row) for row in rows]
            self._record(connection, "person.exported", person)
            pseudonyms = {self._audit.pseudonym(connection, name) for name in _in_trail(known)}
        events = self._trackers.events(known.conversations)
        trail = [
            row for row in self._audit.export() if pseudonyms & {row["actor"], row["subject"], *_texts(row)}
        ]
        return {"person": person.id, "kept": kept, "dialogue": events, "audit": trail}

    def erase(self, person: Person) -> dict[str, int]:
        """Forget them: how many rows went, by table. A second time finds nothing, and does no harm.

        Raises StoreUnavailable: then some of it may be left, and it is to be run again."""
        with self._store.transaction() as connection:
            known = known_of(connection, person.id, person.addresses)
        # The store goes last: until then it knows which conversations there are, should this be interrupted.
        events = self._trackers.erase(known.conversations)
        gone = {"dialogue": events} if events else {}
        with self._store.transaction() as connection:
            known = known_of(connection, person.id, person.addresses)
            # Asked of all before any goes: items of the queue are found by the cases and changes that they name.
            mine = {table: condition(connection, known) for table, condition in OF_A_PERSON.items()}
            for table, condition in mine.items():
                number = int(connection.execute(delete(table).where(condition)).rowcount)
                if number:
                    gone[table.name] = number
            self._record(connection, "person.erased", person)
            for name in _in_trail(known):
                self._audit.erase_person(connection, name)
        self._store.forget_deleted()
        return gone

    def outside_tickets(self, person: Person) -> tuple[str, ...]:
        """Numbers of their tickets in a system of its own: what is there is not ours to delete."""
        with self._store.transaction() as connection:
            known = known_of(connection, person.id, person.addresses)
            query = select(cases.c.ticket_number).where(
                cases.c.reference.in_(known.cases), cases.c.ticket_number.is_not(None)
            )
            return tuple(connection.execute(query.order_by(cases.c.opened_at)).scalars())

    def _record(self, connection: Connection, event: str, person: Person) -> None:
        self._audit.record(connection, event=event, outcome="done", actor="operator", subject=person.id)


def _in_trail(known: Known) -> Collection[str]:
    """Who stands in the trail under a pseudonym of their own."""
    return {known.account, *known.conversations}


def _texts(row: dict[str, Any]) -> set[str]:
    return {value for value in row["details"].values() if isinstance(value, str)}


def _as_json(table: Table, row: Row) -> dict[str, Any]:
    return {
        column.name: WITHHELD_MARK if column in WITHHELD else _value(row._mapping[column.name])
        for column in table.columns
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"({len(value)} bytes)" if isinstance(value, bytes) else value
