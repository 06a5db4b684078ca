"""The audit trail (D2): who changed what, in the transaction of the change, in a chain that shows any
tampering.

Each row's MAC covers its number, its content and the MAC before it. The newest number and MAC (the head) are
copied to a file outside the database, so that a cut tail shows too. People stand in it under pseudonyms made
with a key of their own: erasing that key leaves the chain whole and the rows nobody's.

`python -m servicedesk.audit verify` prints what is wrong (exit 1); `… export` prints every row as a JSON
line."""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock, SystemClock
from servicedesk.keys import KeyRing, Purpose
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import audit, person_keys
from servicedesk.store.turns import Turn, wait_for_turn

PROCESSES = frozenset({"bot", "page", "worker", "desk", "system", "operator"})  # actors that are no person
PERSONAL_DETAILS = ("account", "conversation", "person")  # stored as pseudonyms
MAX_DETAIL = 200
BATCH = 1_000  # rows read at a time: a year of them need not fit into memory
PURGED = "audit.purged"

Scalar = str | int | float | bool | None


class Audit:
    def __init__(self, store: Store, clock: Clock, keys: KeyRing, head_file: Path) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._head_file = head_file

    def record(
        self,
        connection: Connection,
        *,
        event: str,
        outcome: str,
        actor: str,
        subject: str,
        details: Mapping[str, Scalar] | None = None,
    ) -> int:
        """Add a row in the caller's transaction and return its number: no audit, no action.

        `actor` is a person's identifier or one of PROCESSES; `subject` is the identifier of the account
        concerned, or empty. Both, and the details named in PERSONAL_DETAILS, are stored as pseudonyms.
        Details hold no text that a person wrote."""
        wait_for_turn(connection, Turn.AUDIT)  # numbers have no gaps: writers queue up until they commit
        last = connection.execute(
            select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
        ).first()
        values: dict[str, Any] = {
            "seq": 1 if last is None else last.seq + 1,
            "at": self._clock.now(),
            "event": event,
            "outcome": outcome,
            "actor": actor if actor in PROCESSES else self.pseudonym(connection, actor),
            "subject": self.pseudonym(connection, subject) if subject else "",
            "details": self._details(connection, details or {}),
            "previous": "" if last is None else last.mac,
        }
        version, mac = self._keys.mac(Purpose.AUDIT, *_parts(values))
        connection.execute(insert(audit).values(**values, key_version=version, mac=mac))
        return int(values["seq"])

    def pseudonym(self, connection: Connection, person: str) -> str:
        """The name under which this person stands in the trail; the same until `erase_person`."""
        _, identifier = self._keys.mac(Purpose.PERSON, person)
        key = _person_key(connection, identifier)
        return "p:" + hmac.new(bytes.fromhex(key), person.encode(), hashlib.sha256).hexdigest()[:32]

    def erase_person(self, connection: Connection, person: str) -> None:
        """Throw away the key: the rows stay and the chain holds, but nobody can tell any more whose they
        are."""
        _, identifier = self._keys.mac(Purpose.PERSON, person)
        connection.execute(delete(person_keys).where(person_keys.c.person == identifier))

    def purge(self, before: datetime) -> int:
        """Delete rows older than `before` (D4: 12 months) and record where the trail begins now; how many
        went.

        The database itself refuses to delete rows younger than a year."""
        with self._store.transaction() as connection:
            last = connection.execute(
                select(audit.c.seq, audit.c.mac)
                .where(audit.c.at < before)
                .order_by(audit.c.seq.desc())
                .limit(1)
            ).first()
            if last is None:
                return 0
            self.record(
                connection,
                event=PURGED,
                outcome="done",
                actor="worker",
                subject="",
                details={"through": last.seq, "mac": last.mac},
            )
            return int(connection.execute(delete(audit).where(audit.c.seq <= last.seq)).rowcount)

    def anchor(self) -> None:
        """Copy the head to its file; never back to an older one. Called each minute and after each account
        change."""
        with self._store.transaction() as connection:
            last = connection.execute(
                select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)
            ).first()
        if last is None:
            return
        self._head_file.parent.mkdir(parents=True, exist_ok=True)
        with self._head_file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self._read_head()
            if known is None or known["seq"] < last.seq:
                self._write_head(last.seq, last.mac)

    def verify(self) -> list[str]:
        """What is wrong with the trail, a line each; an empty list when it is whole."""
        problems: list[str] = []
        expected: int | None = None
        previous = ""
        first: tuple[int, str] | None = None
        purges: set[tuple[int, str]] = set()
        macs: dict[int, str] = {}
        head, head_problem = self._checked_head()
        problems += [head_problem] if head_problem else []
        for row in self._rows():
            if expected is None:
                first = (row.seq, row.previous)
            elif row.seq != expected:
                problems.append(f"gap: rows {expected} to {row.seq - 1} are missing")
            if expected is not None and row.seq == expected and row.previous != previous:
                problems.append(f"row {row.seq}: does not follow row {row.seq - 1}")
            if not self._keys.verify(Purpose.AUDIT, row.key_version, row.mac, *_parts(dict(row._mapping))):
                problems.append(f"row {row.seq}: changed or inserted")
            elif row.event == PURGED:
                purges.add((int(row.details["through"]), str(row.details["mac"])))
            if head is not None and row.seq == head[0]:
                macs[row.seq] = row.mac
            expected, previous = row.seq + 1, row.mac
        problems += _check_start(first, purges)
        problems += _check_tail(head, macs)
        return problems

    def export(self) -> Iterator[dict[str, Any]]:
        for row in self._rows():
            yield {**row._mapping, "at": row.at.isoformat()}

    def _rows(self) -> Iterator[Row]:
        after = -1
        while True:
            with self._store.transaction() as connection:
                rows = connection.execute(
                    select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(BATCH)
                ).all()
            yield from rows
            if len(rows) < BATCH:
                return
            after = rows[-1].seq

    def _details(self, connection: Connection, details: Mapping[str, Scalar]) -> dict[str, Scalar]:
        stored: dict[str, Scalar] = {}
        for name, value in details.items():
            if name in PERSONAL_DETAILS and value:
                value = self.pseudonym(connection, str(value))
            stored[name] = value[:MAX_DETAIL] if isinstance(value, str) else value
        return stored

    def _read_head(self) -> dict[str, Any] | None:
        try:
            head = json.loads(self._head_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return head if isinstance(head, dict) and isinstance(head.get("seq"), int) else None

    def _write_head(self, seq: int, mac: str) -> None:
        version, proof = self._keys.mac(Purpose.AUDIT, "head", str(seq), mac)
        partial = self._head_file.with_suffix(f".{secrets.token_hex(4)}")
        with partial.open("w", encoding="ascii") as file:
            json.dump({"seq": seq, "mac": mac, "key_version": version, "proof": proof}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._head_file)

    def _checked_head(self) -> tuple[tuple[int, str] | None, str]:
        if not self._head_file.exists():
            return None, ""
        head = self._read_head()
        if head is None:
            return None, "head: cannot be read"
        genuine = self._keys.verify(
            Purpose.AUDIT,
            str(head.get("key_version")),
            str(head.get("proof")),
            "head",
            str(head["seq"]),
            str(head.get("mac")),
        )
        return ((head["seq"], str(head["mac"])), "") if genuine else (None, "head: changed")


def _parts(values: Mapping[str, Any]) -> tuple[str, ...]:
    details = json.dumps(values["details"], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    plain = (
        values["event"],
        values["outcome"],
        values["actor"],
        values["subject"],
        details,
        values["previous"],
    )
    return (str(values["seq"]), values["at"].isoformat(), *plain)


def _check_start(first: tuple[int, str] | None, purges: set[tuple[int, str]]) -> list[str]:
    if first is None or first == (1, "") or (first[0] - 1, first[1]) in purges:
        return []
    return [f"the trail begins at row {first[0]}, and no purge says so"]


def _check_tail(head: tuple[int, str] | None, macs: dict[int, str]) -> list[str]:
    if head is None:
        return []
    seq, mac = head
    if seq not in macs:
        return [f"tail: row {seq} was there once and is gone"]
    return [] if macs[seq] == mac else [f"tail: row {seq} is not the one that was there"]


def _person_key(connection: Connection, identifier: str) -> str:
    query = select(person_keys.c.key).where(person_keys.c.person == identifier)
    known = connection.execute(query).scalar_one_or_none()
    if known is not None:
        return str(known)
    try:
        with connection.begin_nested():
            connection.execute(insert(person_keys).values(person=identifier, key=secrets.token_hex(32)))
    except IntegrityError:
        pass  # another process made it in between: that one counts
    return str(connection.execute(query).scalar_one())


def open_audit(settings: Settings, store: Store, clock: Clock, keys: KeyRing) -> Audit:
    return Audit(store, clock, keys, settings.state_dir / "audit.head")


def main(arguments: list[str]) -> int:
    if arguments not in (["verify"], ["export"]):
        print("usage: python -m servicedesk.audit verify|export", file=sys.stderr)
        return 2
    settings = Settings.from_env(os.environ)
    trail = open_audit(settings, Store(settings.database_url), SystemClock(), KeyRing(settings.keys_dir))
    if arguments == ["export"]:
        for row in trail.export():
            print(json.dumps(row, ensure_ascii=True))
        return 0
    problems = trail.verify()
    print("\n".join(problems) or "The audit trail is whole.")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
