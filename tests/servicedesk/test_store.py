from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, delete, insert, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from servicedesk import store as store_module
from servicedesk.store import Store, StoreBusy, StoreUnavailable
from servicedesk.store.migrate import is_ours, migrate
from servicedesk.store.tables import code_sends, messages, metadata

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=timezone.utc)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'tier0.db'}"
    url: str = request.getfixturevalue("postgresql").new_database()
    return url


only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.fixture
def store(url: str) -> Store:
    migrate(url)
    return Store(url)


def _send(store: Store, at: datetime) -> None:
    with store.transaction() as connection:
        connection.execute(insert(code_sends).values(account="a", proven=True, at=at))


def test_migrations_lead_to_exactly_the_tables(store: Store) -> None:
    """Run `python -m servicedesk.store.migrate revision MESSAGE` after a change to tables.py."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(store: Store, url: str) -> None:
    _send(store, NOON)
    migrate(url)
    with store.transaction() as connection:
        assert connection.execute(select(code_sends.c.at)).scalar_one() == NOON


def test_four_processes_may_start_at_once(tmp_path: Path) -> None:
    """F17"""
    url = f"sqlite:///{tmp_path / 'tier0.db'}"
    command = [sys.executable, "-c", f"from servicedesk.store.migrate import migrate; migrate({url!r})"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    problems = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], problems
    assert set(metadata.tables) <= set(inspect(create_engine(url)).get_table_names())


def test_a_migration_that_fails_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F10: whole or nothing"""
    from alembic.runtime import migration

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(migration.HeadMaintainer, "update_to_step", fail)
    with pytest.raises(RuntimeError):
        migrate(url)
    assert inspect(create_engine(url)).get_table_names() == []
    monkeypatch.undo()
    migrate(url)


def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as connection:
            connection.execute(insert(code_sends).values(account="a", proven=True, at=NOON))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.transaction() as connection:
        assert connection.execute(select(code_sends)).all() == []


@only_sqlite
def test_a_locked_database_is_said_so(url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """F8"""
    monkeypatch.setattr(store_module, "BUSY_TIMEOUT_SECONDS", 0.1)
    other = Store(url)
    with store.transaction(), pytest.raises(StoreBusy):
        _send(other, NOON)


@only_sqlite
def test_sqlite_is_set_up_to_lose_nothing(store: Store) -> None:
    """F8: WAL, FULL, foreign keys"""
    with closing(store.engine.raw_connection()) as connection:  # as tests/savings.py has not touched it
        pragmas = {
            name: connection.cursor().execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_reading_waits_for_no_writer_and_changes_nothing(store: Store) -> None:
    _send(store, NOON)
    with store.transaction() as writing, store.reading() as reading:
        writing.execute(insert(code_sends).values(account="b", proven=True, at=NOON))
        assert len(reading.execute(select(code_sends)).all()) == 1
    with pytest.raises((StoreUnavailable, DBAPIError)), store.reading() as reading:
        reading.execute(insert(code_sends).values(account="c", proven=True, at=NOON))
    with store.reading() as reading:
        assert len(reading.execute(select(code_sends)).all()) == 2


def test_the_threads_of_a_process_take_turns(store: Store) -> None:
    """None sleeps while others overtake it, none is told "locked", and nothing is lost."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: _send(store, NOON), range(24)))
    with store.reading() as connection:
        assert len(connection.execute(select(code_sends)).all()) == 24


@only_sqlite
def test_what_was_deleted_is_in_no_file_while_one_stays_open(store: Store, url: str) -> None:
    """D4: the log of a busy process would keep it for as long as it runs."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    with store.kept_open():
        with store.transaction() as connection:
            connection.execute(insert(code_sends).values(account="kanarifugl", proven=True, at=NOON))
        assert _in_files(folder, b"kanarifugl")
        with store.transaction() as connection:
            connection.execute(delete(code_sends))
        store.forget_deleted()
        assert (folder / "tier0.db-wal").stat().st_size == 0


def _in_files(folder: Path, what: bytes) -> bool:
    return any(what in path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_a_foreign_key_holds(store: Store) -> None:
    values = {"key": "k", "conversation": "nowhere", "at": NOON, "author": "bot", "text": "x", "content": {}}
    with pytest.raises(IntegrityError), store.transaction() as connection:
        connection.execute(insert(messages).values(**values))


def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    """F14"""
    oslo = timezone(timedelta(hours=1))
    _send(store, NOON.astimezone(oslo))
    with store.transaction() as connection:
        at = connection.execute(select(code_sends.c.at)).scalar_one()
    assert at == NOON
    assert at.tzinfo is timezone.utc


def test_a_naive_time_is_refused(store: Store) -> None:
    """F14"""
    with pytest.raises(StatementError, match="naive"):
        _send(store, datetime(2026, 11, 2))
