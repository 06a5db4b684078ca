"""Every boundary that a journey passes: before and after each commit that writes, and each call of a port.

They are found by running the journey, so one that is added tomorrow is killed at as well."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from servicedesk.bootstrap import Services
from servicedesk.delivery.port import Delivery
from servicedesk.directory.port import Directory
from servicedesk.ticketing.port import TicketSystem
from tests.servers.postgresql import PostgreSql
from tests.servicedesk.world import World


class Boundaries:
    """Counts what is passed, and at number `last` ends the process, or loses the answer of a commit."""

    def __init__(self, last: int, log: Path, *, lose_answer: bool = False) -> None:
        self._left = last
        self._log = log
        self._lose_answer = lose_answer
        self._aside = False

    def watch(self, services: Services) -> None:
        self._watch_commits(services.store.engine)
        adapters = (
            (Directory, services.directory),
            (Delivery, services.delivery),
            (TicketSystem, services.tickets),
        )
        for port, adapter in adapters:
            for name in (name for name, call in vars(port).items() if callable(call) and name[0] != "_"):
                setattr(adapter, name, self._watched(f"{port.__name__}.{name}", getattr(adapter, name)))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What the employee does meanwhile: reading a text message is none of our steps."""
        self._aside = True
        yield
        self._aside = False

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            self._pass(f"before {name}")
            result = call(*arguments, **options)
            self._pass(f"after {name}")
            return result

        return watched

    def _watch_commits(self, engine: Engine) -> None:
        dialect, commit = engine.dialect, engine.dialect.do_commit
        written: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
                written.append(statement.split("SET")[0].split("(")[0].strip())

        def watched(connection: Any) -> None:
            if not written:
                return commit(connection)
            what = " + ".join(dict.fromkeys(written))
            written.clear()
            self._pass(f"before the commit of {what}")
            commit(connection)
            if self._lose_answer and self._passes(f"after the commit of {what}, unanswered"):
                raise dialect.dbapi.OperationalError("server closed the connection unexpectedly")
            self._pass(f"after the commit of {what}")
            return None

        event.listen(engine, "before_cursor_execute", note)
        event.listen(engine, "rollback", lambda _connection: written.clear())
        dialect.do_commit = watched

    def _pass(self, name: str) -> None:
        if not self._lose_answer and self._passes(name):
            os.kill(os.getpid(), signal.SIGKILL)

    def _passes(self, name: str) -> bool:
        """Whether this is the one."""
        if self._aside:
            return False
        self._left -= 1
        if self._left == -1:
            self._log.write_text(name)
        return self._left == -1


class Snapshot:
    """A world as it was, as often as one likes."""

    def __init__(self, world: World, folder: Path, server: PostgreSql | None) -> None:
        self._world, self._folder, self._server = world, folder, server
        self._now = world.clock.now()
        world.services.store.close()
        shutil.copytree(world.folder, folder)
        if server is not None:
            self._name = world.environment["TIER0_DATABASE_URL"].rsplit("/", 1)[1]
            server.execute(f"CREATE DATABASE {self._name}_kept TEMPLATE {self._name}")

    def restore(self) -> None:
        self._world.services.store.close()
        shutil.rmtree(self._world.folder)
        shutil.copytree(self._folder, self._world.folder)
        self._world.clock.advance(self._now - self._world.clock.now())
        if self._server is not None:
            self._server.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
            self._server.execute(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_kept")
