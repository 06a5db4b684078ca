"""The whole domain on the embedded default, with a clock that the test moves."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select, update

from servicedesk.bootstrap import Services, build_services
from servicedesk.clock import Clock, ManualClock
from servicedesk.conversations import Conversation
from servicedesk.directory.demo import demo_id
from servicedesk.directory.embedded import EmbeddedDirectory
from servicedesk.directory.port import Account
from servicedesk.settings import Settings
from servicedesk.store.tables import audit, directory_accounts, outbox
from servicedesk.verification import Challenge, CheckResult
from tests.canary import Canaries
from tests.servers.postgresql import PostgreSql

GOOD_PASSWORD = "blå giraff spiser lefse"
T = TypeVar("T")
both_stores = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)


class World:
    def __init__(self, folder: Path, database_url: str = "", clock: Clock | None = None) -> None:
        self.environment = {"TIER0_STATE_DIR": str(folder), "TIER0_DATABASE_URL": database_url}
        self.folder = folder
        self.canaries = Canaries()
        self.clock = ManualClock()
        self.settings = Settings.from_env(self.environment)
        self.services: Services = build_services(self.settings, clock or self.clock)
        self.directory = _embedded(self.services)

    def with_parts(self, **parts: Any) -> World:
        """The same world after a restart with other settings (TIER0_…)."""
        settings = Settings.from_env({**self.environment, **parts})
        self.services.store.close()
        self.settings, self.services = settings, build_services(settings, self.clock)
        self.directory = self.services.directory  # type: ignore[assignment]  # or what a test has put in its place
        return self

    def account(self, username: str) -> Account:
        found = self.directory.find(demo_id(username))
        assert found is not None
        return found

    def talk(self, username: str, *, user: str = "") -> Conversation:
        """A proven, private conversation of this person; another `user` is another device."""
        return self.services.conversations.open(
            channel="web",
            tenant="embedded",
            channel_user=user or username,
            account=demo_id(username),
            private=True,
            language=self.account(username).language,
        )

    def start(
        self, talk: Conversation, purpose: str = "reset", factor: str = "sms", language: str = "en"
    ) -> Challenge:
        assert talk.account is not None
        account = self.directory.find(talk.account)
        assert account is not None
        return self.services.verification.start(
            account,
            purpose=purpose,
            factor=factor,
            conversation=talk.id,
            channel_user=talk.channel_user,
            proven=True,
            language=language,
        )

    def check(self, talk: Conversation, code: str) -> CheckResult:
        return self.services.verification.check(
            conversation=talk.id, channel_user=talk.channel_user, code=code
        )

    def texts_to(self, username: str) -> list[str]:
        phone = self.account(username).phone
        return [sent.text for sent in self.services.delivery.sent_to(phone.number)] if phone else []

    def code_for(self, username: str) -> str:
        """The code in the newest SMS, read as the employee reads it."""
        found = re.search(r"(?<!\d)\d{6,8}(?!\d)", self.texts_to(username)[0].replace("IT: ", "", 1))
        assert found is not None
        return self.canaries.code(found[0])

    def wrong_code(self, username: str) -> str:
        right = self.code_for(username)
        return right[:-1] + str((int(right[-1]) + 1) % 10)

    def prove(self, talk: Conversation, username: str, purpose: str = "reset") -> None:
        self.start(talk, purpose)
        assert self.check(talk, self.code_for(username)).outcome == "accepted"

    def link(self, username: str, *, user: str = "") -> str:
        """The token of a reset link that this person has earned in the chat."""
        talk = self.talk(username, user=user)
        self.prove(talk, username)
        url = self.services.accounts.begin_reset_link(talk, "en")
        assert url is not None
        return self.canaries.link(url).rsplit("/", 1)[1]

    def holds_no_secret(self) -> None:
        """D1: whatever a test has done, no code or link that it got, and no password of it, is in any table."""
        if self.canaries:
            self.canaries.password(GOOD_PASSWORD)
            found = self.canaries.in_tables(self.services.store.engine)
            assert found == [], found

    def queued(self, kind: str) -> list[dict[str, Any]]:
        with self.services.store.transaction() as connection:
            query = select(outbox.c.payload).where(outbox.c.kind == kind).order_by(outbox.c.id)
            return list(connection.execute(query).scalars())

    def trail(self, event: str) -> list[str]:
        """The outcomes of this event, in order."""
        with self.services.store.transaction() as connection:
            query = select(audit.c.outcome).where(audit.c.event == event).order_by(audit.c.seq)
            return list(connection.execute(query).scalars())

    def last_row(self, event: str, subject: str) -> dict[str, Any]:
        """What the trail's newest row of this event says, once its subject was found to be this one."""
        with self.services.store.transaction() as connection:
            query = select(audit).where(audit.c.event == event).order_by(audit.c.seq.desc())
            row = connection.execute(query).first()
            assert row is not None
            assert row.subject == self.services.audit.pseudonym(connection, subject)
        return {"outcome": row.outcome, "actor": row.actor, "details": row.details}

    def edit(self, username: str, **values: Any) -> None:
        """Change the directory behind everybody's back, as an administrator would."""
        with self.services.store.transaction() as connection:
            connection.execute(
                update(directory_accounts)
                .where(directory_accounts.c.id == demo_id(username))
                .values(**values)
            )

    def later(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))


def _embedded(services: Services) -> EmbeddedDirectory:
    assert isinstance(services.directory, EmbeddedDirectory)
    return services.directory


class FaultyDirectory:
    """A real directory that fails when told to: before the write, or after it with the answer lost."""

    def __init__(self, inner: EmbeddedDirectory) -> None:
        self._inner = inner
        self.fail: dict[str, list[Exception]] = {}  # raised instead of the call, one after the other
        self.lose: dict[str, Exception] = {}  # raised after the call was carried out
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._inner, name)
        if not callable(real):
            return real  # what the directory says of itself

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            if self.fail.get(name):
                raise self.fail[name].pop(0)
            result = real(*arguments, **options)
            if name in self.lose:
                raise self.lose[name]
            return result

        return call


def put_in(services: Services, directory: FaultyDirectory) -> None:
    """Let everything that talks to the directory talk to this one."""
    accounts = services.accounts
    for part in (accounts, accounts._unlocking, accounts._password_change, services.verification):
        part._directory = directory  # type: ignore[attr-defined]
    services.page_proof._directory = directory  # type: ignore[assignment]


def at_once(times: int, work: Callable[[int], T]) -> list[T]:
    """Run this many at the same time."""
    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(work, range(times)))


def some_account(world: World, **values: Any) -> Account:
    return replace(world.account("kari.nordmann"), **values)


@pytest.fixture(scope="session")
def template() -> Path:
    return _template()


@cache
def _template() -> Path:
    """Once a process, not once a session: `make mutants` starts a session for each mutant in a copy of one process."""
    folder = Path(tempfile.mkdtemp(prefix="tier0-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    World(folder).services.store.close()
    return folder


@pytest.fixture(scope="session")
def database_template(template: Path, postgresql: PostgreSql) -> str:
    """The PostgreSQL database that belongs to `template`."""
    url = postgresql.new_database()
    World(template, url).services.store.close()
    return url.rsplit("/", 1)[1]


@pytest.fixture
def world(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[World]:
    """On SQLite, or on the store that `both_stores` or `--store` names."""
    folder = tmp_path / "state"
    shutil.copytree(template, folder)
    if getattr(request, "param", request.config.getoption("--store")) == "sqlite":
        world = World(folder)
        yield world
        world.holds_no_secret()
        return
    server: PostgreSql = request.getfixturevalue("postgresql")
    url = server.new_database(request.getfixturevalue("database_template"))
    world = World(folder, url)
    yield world
    world.holds_no_secret()
    world.services.store.close()
    server.drop(url)
