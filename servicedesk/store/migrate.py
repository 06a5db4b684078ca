"""Brings a database to the newest schema: `python -m servicedesk.store.migrate` (head) or `… revision
MESSAGE`; `… grant ROLE` gives PostgreSQL's role of that name what the services need (store/rights.py)."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.engine.url import make_url

from servicedesk.settings import Settings
from servicedesk.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
POSTGRES_LOCK = 7_240_019  # any number that nothing else locks


def migrate(url: str) -> None:
    """Bring the database to head. Whole or nothing, and safe when several processes start at once."""
    with _locked_file(url), _connected(url) as connection:
        config = _config(connection)
        head = ScriptDirectory.from_config(config).get_current_head()
        if MigrationContext.configure(connection).get_current_revision() != head:
            command.upgrade(config, "head")


def newest_revision() -> str:
    """The revision that this release needs."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def write_revision(url: str, message: str) -> None:
    """Write the migration that leads from the newest one to store/tables.py; read it before it is
    committed."""
    with _connected(url) as connection:
        config = _config(connection)
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04}")


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a thing in the database is compared with tables.py: SQLite keeps a table of its own there."""
    return not (kind == "table" and (name or "").startswith("sqlite_"))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    store = Store(url)
    try:
        with store.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")
            yield connection
    finally:
        store.close()


@contextmanager
def _locked_file(url: str) -> Iterator[None]:
    """SQLite's own lock gives up after five seconds and does not cover the switch to WAL; a file's lock
    waits."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        yield
        return
    path = Path(f"{parts.database}.migrate")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: list[str]) -> int:
    url = Settings.from_env(os.environ).database_url
    if arguments[:1] == ["revision"] and len(arguments) > 1:
        write_revision(url, " ".join(arguments[1:]))
        return 0
    if arguments[:1] == ["grant"] and len(arguments) == 2:
        from servicedesk.store.rights import grant

        grant(Store(url), arguments[1])
        return 0
    if arguments:
        print("usage: python -m servicedesk.store.migrate [revision MESSAGE | grant ROLE]", file=sys.stderr)
        return 2
    migrate(url)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
