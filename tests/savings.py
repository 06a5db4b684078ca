"""What would only cost time in every test: waiting for the disk, and hashes that are slow on purpose.

Each has a test of its own that sees it as it is shipped: tests/servicedesk/test_store.py, test_passwords.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

import desk.staff
import servicedesk.directory.demo
import servicedesk.directory.embedded

HASHING = (servicedesk.directory.embedded, servicedesk.directory.demo, desk.staff)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def commits_without_the_disk() -> Iterator[None]:
    """No test of this process pulls the plug. Whoever is killed in one loses nothing: the kernel has it already."""

    def configure(connection: Connection, *_: Any) -> None:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA synchronous=OFF")

    event.listen(Engine, "engine_connect", configure)
    yield
    event.remove(Engine, "engine_connect", configure)


@pytest.fixture(scope="session", autouse=True)
def shipped_hashers() -> Iterator[list[PasswordHasher]]:
    """What hashes passwords outside the tests; in them it is as quick as argon2 can be."""
    shipped = [module.HASHER for module in HASHING]
    with pytest.MonkeyPatch.context() as patch:
        for module in HASHING:
            patch.setattr(module, "HASHER", QUICK)
        yield shipped
