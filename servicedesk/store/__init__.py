"""The database of record: one SQLite file by default, PostgreSQL in production."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from servicedesk.errors import Tier0Error

BUSY_TIMEOUT_SECONDS = 5  # F8: wait this long for SQLite's lock, then say "not saved"


class StoreUnavailable(Tier0Error):
    """The database did not take the work: nothing was saved, another try may help."""


class Store:
    """Hands out transactions. Each is whole or nothing, and on SQLite takes the write lock at its start (F8)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed when the block ends, undone when it raises.

        Raises StoreUnavailable when the database is locked, full or gone."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (OperationalError, DBAPIError) as err:
            if isinstance(err, OperationalError) or err.connection_invalidated:
                raise StoreUnavailable(type(err.orig).__name__) from err
            raise

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, future=True, pool_pre_ping=True)
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    # No pool: an SQLite connection is cheap, and one that a killed process or thread kept would hold the lock.
    engine = create_engine(
        url,
        future=True,
        poolclass=NullPool,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = (
        None  # the driver would begin late and upgrade the lock: a deadlock between writers
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
