"""A PostgreSQL server of the tests' own: one a session, with a database of its own for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

from tests.servers.process import PATIENCE, free_port, need, running

PACKAGE = "postgresql"
OWNER = "postgres"  # the superuser; and, since the server refuses root, the system's user whom it runs as
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",  # these databases need not survive the machine, only the server
    "log_min_messages": "warning",
}


@dataclass
class PostgreSql:
    folder: Path
    port: int
    _until_it_ends: ExitStack = field(default_factory=ExitStack, repr=False)
    _process: subprocess.Popen[bytes] = field(init=False, repr=False)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def url(self, database: str, user: str = OWNER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """The address of a new database, a copy of `template`."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> None:
        """As the superuser."""
        connection = psycopg2.connect(self.url(database))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def start(self) -> None:
        command = [*_as_owner(), need("postgres", PACKAGE), "-D", str(self.folder / "data")]
        command += ["-p", str(self.port), *(f"--{name}={value}" for name, value in SETTINGS.items())]
        server = running(command, self.folder / "output", "127.0.0.1", self.port)
        self._process = self._until_it_ends.enter_context(server)
        self._wait_until_it_answers()

    def stop(self) -> None:
        self._until_it_ends.close()

    def crash(self) -> None:
        """Without a word to anybody who is connected; what was committed is found again at the next start."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(10)
        self._until_it_ends.close()

    def _wait_until_it_answers(self) -> None:
        """It listens before it has started, and while it recovers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg2.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "output").read_text(errors="replace")
                time.sleep(0.05)


def _as_owner() -> list[str]:
    if os.getuid() != 0:
        return []
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups"]


@contextmanager
def postgresql_server() -> Iterator[PostgreSql]:
    """A running server without any database of ours yet."""
    initdb = need("initdb", PACKAGE)
    # Not under pytest's own folder: that is closed to the user whom the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="tier0-postgresql-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        options = (
            f"--username={OWNER}",
            "--auth=trust",
            "--no-sync",
            *LOCALE,
            "--pgdata",
            str(folder / "data"),
        )
        subprocess.run([*_as_owner(), initdb, *options], check=True, stdout=subprocess.DEVNULL)
        server = PostgreSql(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with postgresql_server() as server:
        yield server
