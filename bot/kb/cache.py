"""What survives a restart: embeddings by content, and of each file the last version that could be read.

One SQLite file, shared by all processes. It may be deleted at any time: it is filled again, only slower.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.nlu.embeddings import DIMENSION

logger = logging.getLogger(__name__)

Vector = npt.NDArray[np.float32]
_FILE: Final = "kb-cache.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, stamp BLOB NOT NULL, digest BLOB NOT NULL,
  everybody INTEGER NOT NULL, edition BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS file_digest ON file (digest);
CREATE TABLE IF NOT EXISTS article (digest BLOB PRIMARY KEY, edition BLOB NOT NULL, parsed TEXT NOT NULL,
  source TEXT NOT NULL);
"""
_CHUNK: Final = 500  # SQLite's limit on bound parameters is 999 in old builds


class KeptFile(NamedTuple):
    stamp: bytes  # by which a file that nobody touched is known; empty: look into it
    digest: bytes  # of the last version that could be read
    everybody: bool  # whether employees may see it
    edition: bytes  # which code has read it


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

    def files(self) -> dict[str, KeptFile]:
        """The last readable version of each file, by its path under the articles."""
        with self._connection() as connection:
            if connection is None:
                return {}
            rows = connection.execute("SELECT path, stamp, digest, everybody, edition FROM file")
            return {
                path: KeptFile(stamp, digest, bool(all_), edition)
                for path, stamp, digest, all_, edition in rows
            }
        return {}

    def keep_files(self, files: Mapping[str, KeptFile], gone: Iterable[str] = ()) -> None:
        with self._connection() as connection:
            if connection is not None:
                rows = [(path, *file) for path, file in files.items()]
                connection.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)", rows)
                connection.executemany("DELETE FROM file WHERE path = ?", [(path,) for path in gone])

    def articles(self, digests: Iterable[bytes], edition: bytes) -> dict[bytes, str]:
        """What `keep_articles` got, of those that this edition has kept."""
        return self._of_articles("parsed", "AND edition = ?", digests, edition)

    def sources(self, digests: Iterable[bytes]) -> dict[bytes, str]:
        """The texts of the files; whichever edition has read them."""
        return self._of_articles("source", "", digests)

    def keep_articles(self, articles: Iterable[tuple[bytes, bytes, str, str]]) -> bool:
        """Digest, edition, what is made of the file, and its text. Whether they are there now."""
        with self._connection() as connection:
            if connection is not None:
                connection.executemany("INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?)", articles)
                return True
        return False

    def forget_articles(self, digests: Iterable[bytes]) -> None:
        """But for those that some file has."""
        with self._connection() as connection:
            if connection is not None:
                statement = "DELETE FROM article WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM file WHERE digest = ?1)"
                connection.executemany(statement, [(digest,) for digest in digests])

    def _of_articles(
        self, column: str, more: str, digests: Iterable[bytes], *values: bytes
    ) -> dict[bytes, str]:
        found: dict[bytes, str] = {}
        with self._connection() as connection:
            if connection is None:
                return {}
            for chunk in _chunks(list(dict.fromkeys(digests))):
                marks = ",".join("?" * len(chunk))
                statement = f"SELECT digest, {column} FROM article WHERE digest IN ({marks}) {more}"  # noqa: S608
                found.update(connection.execute(statement, (*chunk, *values)))
        return found

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
