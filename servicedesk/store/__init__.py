"""The database of record: one SQLite file by default, PostgreSQL in production."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from sqlalchemy.pool import NullPool

from servicedesk.errors import Tier0Error
from servicedesk.store.writers import Busy, Turns

BUSY_TIMEOUT_SECONDS = 5  # F8: wait this long for SQLite's lock, then say "not saved"
POOL_TIMEOUT_SECONDS = 10  # for one of this process's connections
POSTGRESQL = {
    "lock_timeout": "5s",  # F8, as for SQLite
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",  # a process that hangs keeps nobody waiting (F7)
    "timezone": "UTC",
}
READING = "tier0_reading"
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's, after lock_timeout


class StoreUnavailable(Tier0Error):
    """The database did not take the work: nothing was saved, another try may help."""


class StoreBusy(StoreUnavailable):
    """Others kept us waiting for too long: the database is there, and as it was."""


class CommitUnanswered(StoreUnavailable):
    """PostgreSQL went away in the middle of a commit: saved or not, nobody knows.

    Whoever tries again does so with the same key, or looks first (F9)."""


class Store:
    """Hands out transactions. Each is whole or nothing. On SQLite it takes the write lock at its start (F8), on
    PostgreSQL those that must not run side by side take turns (store/turns.py)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        # SQLite has whoever waits for its lock sleep, up to 100 ms at a time, while others take it. The threads of
        # a process take turns here instead, and none sleeps longer than it has to.
        self._turns = Turns() if self._is_sqlite else None

    @contextmanager
    def transaction(self, *, first: bool = False) -> Iterator[Connection]:
        """A connection whose work is committed when the block ends, undone when it raises.

        `first`: somebody waits on the line; of this process's threads, this one is next.
        Raises StoreUnavailable when the database is locked, full or gone, and CommitUnanswered."""
        committing = False
        try:
            with _told(), self._turn(first), self.engine.begin() as connection:
                yield connection
                committing = True
        except StoreUnavailable as err:
            cause = err.__cause__
            if committing and isinstance(cause, DBAPIError) and cause.connection_invalidated:
                raise CommitUnanswered(str(err)) from cause
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the database as it is at one moment, and changes nothing. It waits for no writer,
        and no writer waits for it. Raises StoreUnavailable."""
        with _told(), self.engine.connect() as connection:
            yield connection.execution_options(**{READING: True, "postgresql_readonly": True})

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Meanwhile SQLite keeps its log: who closes the last connection has to write it back, and syncs twice more."""
        if not self._is_sqlite:
            yield
            return
        with closing(self.engine.raw_connection()) as connection:
            with _told():
                connection.cursor().execute(
                    "SELECT 1 FROM sqlite_master", ()
                ).fetchall()  # opens the log, too
            yield

    def forget_deleted(self) -> None:
        """Of what was deleted, SQLite's log keeps copies until it is written back: do that now. Raises StoreUnavailable."""
        if self._is_sqlite:
            with _told(), closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)", ()).fetchall()

    @property
    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _turn(self, first: bool) -> AbstractContextManager[None]:
        if self._turns is None:
            return nullcontext()
        return self._turns.turn(first=first, timeout=BUSY_TIMEOUT_SECONDS)

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TimeoutError as err:
        raise StoreBusy("no connection is free") from err
    except Busy as err:
        raise StoreBusy("busy") from err
    except (OperationalError, DBAPIError) as err:
        if isinstance(err, OperationalError) or err.connection_invalidated:
            kind = StoreBusy if _is_a_lock(err.orig) else StoreUnavailable
            raise kind(type(err.orig).__name__) from err
        raise


def _is_a_lock(err: BaseException | None) -> bool:
    code = getattr(err, "sqlite_errorcode", None) or getattr(err, "pgcode", None)
    return code in (sqlite3.SQLITE_BUSY, LOCK_NOT_AVAILABLE)


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "postgresql":
        return _postgresql(url)
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


def _postgresql(url: str) -> Engine:
    """READ COMMITTED, and store/turns.py where that is not enough. A connection that a restart of the server has
    broken is found and replaced when it is taken (F9)."""
    options = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL.items())
    return create_engine(
        url,
        future=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={"connect_timeout": 5, "options": options, "tcp_user_timeout": 10_000},
    )


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = (
        None  # the driver would begin late and upgrade the lock: a deadlock between writers
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    if connection.get_execution_options().get(READING):
        connection.exec_driver_sql("PRAGMA query_only=ON")
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
