"""What PostgreSQL does otherwise than SQLite: turns, rights, and going away in the middle of it (D2, F8, F9)."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from servicedesk import store as store_module
from servicedesk.audit import open_audit
from servicedesk.bootstrap import build_front
from servicedesk.clock import ManualClock
from servicedesk.conversations import Conversations
from servicedesk.errors import SettingsError
from servicedesk.settings import Mode, Settings
from servicedesk.store import CommitUnanswered, Store, StoreBusy, StoreUnavailable, migrate
from servicedesk.store.tables import outbox
from servicedesk.store.turns import Turn, wait_for_turn
from tests.servers.postgresql import PostgreSql
from tests.servicedesk.killing import Killer, check_reset, check_unlock, kept, killer, reset, unlock
from tests.servicedesk.world import World

__all__ = ["kept", "killer"]

pytestmark = pytest.mark.parametrize("world", ["postgresql"], indirect=True)
BACK_WITHIN = 10.0  # seconds


def test_four_may_bring_it_up_to_date_at_once(world: World, postgresql: PostgreSql) -> None:
    """F17"""
    url = postgresql.new_database()
    failed: list[BaseException] = []

    def bring_up() -> None:
        try:
            migrate.migrate(url)
        except Exception as err:
            failed.append(err)

    threads = [threading.Thread(target=bring_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_who_waits_too_long_for_a_turn_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """F8"""
    monkeypatch.setitem(store_module.POSTGRESQL, "lock_timeout", "100ms")
    other = Store(world.settings.database_url)

    def wait() -> None:
        with other.transaction() as second:
            wait_for_turn(second, Turn.ACCOUNT, "ola")

    with world.services.store.transaction() as first:
        wait_for_turn(first, Turn.ACCOUNT, "ola")
        with pytest.raises(StoreBusy):
            wait()
        with other.transaction() as second:
            wait_for_turn(second, Turn.ACCOUNT, "kari")
    wait()
    other.close()


def test_messages_of_one_conversation_are_numbered_as_they_are_committed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads on from the last number seen misses none: the second waits until the first is there"""
    monkeypatch.setitem(store_module.POSTGRESQL, "lock_timeout", "100ms")
    talk, other = world.talk("ola.hansen"), world.talk("kari.nordmann")
    beside = Conversations(Store(world.settings.database_url), world.clock)
    with world.services.store.transaction() as connection:
        world.services.conversations.say(
            conversation=talk.id, key="1", author="bot", text="first", connection=connection
        )
        with pytest.raises(StoreUnavailable):
            beside.say(conversation=talk.id, key="2", author="agent", text="second")
        assert beside.say(conversation=other.id, key="3", author="bot", text="to somebody else")
    assert beside.say(conversation=talk.id, key="2", author="agent", text="second")
    assert [message.text for message in beside.messages(talk.id)] == ["first", "second"]
    beside._store.close()


@pytest.fixture
def service(world: World, postgresql: PostgreSql, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store as the services' own role sees it."""
    postgresql.execute("DROP ROLE IF EXISTS tier0_service")
    postgresql.execute("CREATE ROLE tier0_service LOGIN")
    monkeypatch.setenv("TIER0_DATABASE_URL", world.settings.database_url)
    assert migrate.main(["grant", "tier0_service"]) == 0
    store = Store(world.settings.database_url.replace("//postgres@", "//tier0_service@"))
    yield store
    store.close()
    name = world.settings.database_url.rsplit("/", 1)[1]
    postgresql.execute("DROP OWNED BY tier0_service", name)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET outcome = 'refused'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_no_change ON audit",
        "DROP TABLE audit",
    ],
)
def test_the_services_role_can_only_add_to_the_trail(world: World, service: Store, statement: str) -> None:
    """D2"""
    trail = open_audit(world.settings, service, world.clock, world.services.keys)
    with service.transaction() as connection:
        trail.record(connection, event="x", outcome="done", actor="bot", subject="")
    with pytest.raises(DBAPIError), service.transaction() as connection:
        connection.execute(text(statement))
    assert trail.verify() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET outcome = ''", "TRUNCATE audit", "DELETE FROM audit"]
)
def test_not_even_the_owner_changes_it_by_mistake(world: World, statement: str) -> None:
    """D2"""
    store = world.services.store
    with store.transaction() as connection:
        world.services.audit.record(connection, event="x", outcome="done", actor="bot", subject="")
    with pytest.raises(DBAPIError, match="append-only"), store.transaction() as connection:
        connection.execute(text(statement))


def test_rows_past_retention_can_go(world: World, service: Store) -> None:
    """D4"""
    long_ago = ManualClock(world.clock.now() - timedelta(days=900))
    trail = open_audit(world.settings, service, long_ago, world.services.keys)
    with service.transaction() as connection:
        trail.record(connection, event="x", outcome="done", actor="bot", subject="")
    assert trail.purge(world.clock.now() - timedelta(days=366)) == 1
    assert trail.verify() == []


def test_production_starts_only_with_a_role_that_cannot_change_the_trail(
    world: World, service: Store
) -> None:
    """D2"""

    def start(url: str) -> None:
        build_front(Settings(mode=Mode.PRODUCTION, keys_dir=world.settings.keys_dir, database_url=url))

    with pytest.raises(SettingsError, match="TIER0_DATABASE_URL: this role can change"):
        start(world.settings.database_url)
    start(str(service.url))
    with world.services.store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    with pytest.raises(SettingsError, match="at revision 0004"):
        start(str(service.url))


def test_a_restart_in_the_middle_leaves_all_or_nothing(world: World, postgresql: PostgreSql) -> None:
    """F9: what was acknowledged is there, what was refused is not, no half is, and it goes on by itself"""
    services = world.services
    saved: list[str] = []
    refused: list[str] = []
    ended = threading.Event()

    def write(thread: int) -> None:
        for number in itertools.count():
            if ended.is_set():
                return
            key = f"{thread}:{number}"
            try:
                with services.store.transaction() as connection:
                    for half in "ab":
                        services.outbox.put(connection, kind="x", key=f"{key}:{half}", payload={})
            except CommitUnanswered:
                time.sleep(0.05)
            except StoreUnavailable:
                refused.append(key)
                time.sleep(0.05)
            else:
                saved.append(key)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    _wait_for(lambda: len(saved) > 60)
    postgresql.crash()
    _wait_for(lambda: len(refused) > 6)
    postgresql.start()
    up, before = time.monotonic(), len(saved)
    _wait_for(lambda: len(saved) > before + 60)
    assert time.monotonic() - up < BACK_WITHIN
    ended.set()
    for thread in threads:
        thread.join()
    with services.store.transaction() as connection:
        keys = set(connection.execute(select(outbox.c.key)).scalars())
    assert {f"{key}:{half}" for key in saved for half in "ab"} <= keys
    assert not {f"{key}:a" for key in refused} & keys
    assert {key[:-1] for key in keys if key[-1] == "a"} == {key[:-1] for key in keys if key[-1] == "b"}


def _wait_for(condition: object) -> None:
    deadline = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.timeout(1800)
def test_a_reset_ends_well_whichever_commit_goes_unanswered(killer: Killer, kept: Path) -> None:
    """F9: an unknown commit is settled by its key"""
    run = killer.kills(reset, kept, postgresql=1, lost_answers=True)
    assert run(check_reset(killer.world, killer.talk, kept)) >= 4


@pytest.mark.timeout(1800)
def test_an_unlock_ends_well_whichever_commit_goes_unanswered(killer: Killer, kept: Path) -> None:
    """F9"""
    run = killer.kills(unlock, kept, postgresql=1, lost_answers=True)
    assert run(check_unlock(killer.world, killer.talk)) >= 3
