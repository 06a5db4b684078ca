"""What survives a restart: embeddings by content, and the last version of each file that could be read.

One SQLite file, shared by all processes. It may be deleted at any time: it is filled again, only slower.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.nlu.embeddings import DIMENSION

logger = logging.getLogger(__name__)

Vector = npt.NDArray[np.float32]
_FILE: Final = "kb-cache.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS last_good (path TEXT PRIMARY KEY, source TEXT NOT NULL) WITHOUT ROWID;
"""
_CHUNK: Final = 500  # SQLite's limit on bound parameters is 999 in old builds


def content_key(kind: str, text: str) -> bytes:
    """The key of a text's embedding. `kind` names the encoder and the way it was asked."""
    return hashlib.blake2b(f"{kind}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()


class Cache:
    """All failures are logged and otherwise ignored: without its cache the base only starts slower."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _FILE

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, Vector]:
        """The vectors known, by key."""
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, Vector] = {}
        with self._connection() as connection:
            if connection is None:
                return {}
            for chunk in _chunks(wanted):
                marks = ",".join("?" * len(chunk))
                statement = f"SELECT key, value FROM vector WHERE key IN ({marks})"  # noqa: S608 (question marks)
                rows = connection.execute(statement, chunk)
                found.update((key, _unpack(value)) for key, value in rows if len(value) == 2 * DIMENSION)
        return found

    def keep_vectors(self, vectors: Mapping[bytes, Vector]) -> bool:
        """Whether they are there now."""
        with self._connection() as connection:
            if connection is not None:
                rows = [(key, vector.astype(np.float16).tobytes()) for key, vector in vectors.items()]
                connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
                return True
        return False

    def last_good(self) -> dict[str, str]:
        """The source of the last readable version of each file, by its path under the articles."""
        with self._connection() as connection:
            if connection is None:
                return {}
            return dict(connection.execute("SELECT path, source FROM last_good"))

    def keep_last_good(self, sources: Mapping[str, str], gone: Iterable[str] = ()) -> None:
        with self._connection() as connection:
            if connection is not None:
                connection.executemany(
                    "INSERT OR REPLACE INTO last_good VALUES (?, ?)", list(sources.items())
                )
                connection.executemany("DELETE FROM last_good WHERE path = ?", [(path,) for path in gone])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection | None]:
        """An open transaction, or None; an error inside ends the block quietly."""
        connection = self._open()
        if connection is None:
            yield None
            return
        with closing(connection):
            try:
                with connection:
                    yield connection
            except sqlite3.Error as err:
                logger.warning("knowledge base cache %s: %s", self._path, err)

    def _open(self) -> sqlite3.Connection | None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._connect()
        except sqlite3.DatabaseError as err:
            logger.warning("knowledge base cache %s: %s", self._path, err)
            return self._start_over(err)
        except OSError as err:
            logger.warning("knowledge base cache %s: %s", self._path, err)
            return None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _start_over(self, err: sqlite3.Error) -> sqlite3.Connection | None:
        if isinstance(
            err, sqlite3.OperationalError
        ):  # locked, read-only or full: the file itself may be sound
            return None
        try:
            self._path.unlink()
            return self._connect()
        except (OSError, sqlite3.Error):
            return None


def _chunks(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


def _unpack(value: bytes) -> Vector:
    return np.frombuffer(value, dtype=np.float16).astype(np.float32)
