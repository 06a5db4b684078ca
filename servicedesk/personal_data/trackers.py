"""Rasa's memory of conversations: a database of its own, which only the rasa process writes to otherwise."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from servicedesk.store import BUSY_TIMEOUT_SECONDS, StoreUnavailable


class Trackers:
    """Raises StoreUnavailable while the database is locked. Where there is none yet, nobody is in it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def events(self, conversations: Collection[str]) -> list[dict[str, Any]]:
        """What Rasa keeps of these conversations, oldest first."""
        with self._open() as database:
            rows = [
                row
                for conversation in sorted(conversations)
                for row in database.execute(
                    "SELECT data FROM events WHERE sender_id = ? ORDER BY id", (conversation,)
                )
            ]
        return [json.loads(data) for (data,) in rows]

    def erase(self, conversations: Collection[str]) -> int:
        """How many events went."""
        with self._open() as database, database:
            return sum(
                database.execute("DELETE FROM events WHERE sender_id = ?", (conversation,)).rowcount
                for conversation in conversations
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        path = self._path if self._path.exists() else ":memory:"
        try:
            with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS)) as database:
                database.execute("PRAGMA secure_delete=ON")  # else it stays readable in the file
                if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone():
                    database.execute("CREATE TEMP TABLE events (id, sender_id, data)")
                yield database
        except sqlite3.OperationalError as err:
            raise StoreUnavailable("Rasa's trackers: " + type(err).__name__) from err
