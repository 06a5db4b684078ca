"""D4: what is kept of a person is handed out whole, and erased whole, whatever table a newer part has brought."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Float, Integer, LargeBinary, Table, insert, select
from sqlalchemy.engine import Connection

from servicedesk.conversations import conversation_id
from servicedesk.directory.demo import demo_id
from servicedesk.personal_data import __main__ as command
from servicedesk.personal_data.person import WITHHELD_MARK, Person, PersonalData
from servicedesk.personal_data.places import NOT_ERASED, OF_A_PERSON, WITHHELD
from servicedesk.personal_data.trackers import Trackers
from servicedesk.store import StoreUnavailable
from servicedesk.store.tables import channel_links, conversations, messages, metadata
from servicedesk.store.types import UtcDateTime
from tests.servicedesk.world import GOOD_PASSWORD, World, both_stores

KARI, OLA = "kari.nordmann", "ola.hansen"
# Columns that say whose a row is. One in a table of neither list, or in a list that does not erase it, fails.
WHOSE = {
    *("account", "conversation", "requester", "approver", "channel_user", "recipient", "person"),
    *("ticket", "message"),
}
SECRET = ("seed", "mac", "nonce", "hash", "token", "password")


@pytest.fixture
def data(world: World) -> PersonalData:
    services = world.services
    return PersonalData(
        store=services.store, audit=services.audit, trackers=Trackers(services.settings.tracker_db)
    )


def person(world: World, username: str) -> Person:
    return Person.of(world.account(username))


class Filler:
    """A row of this person in every table, made from the columns alone: it knows no table."""

    def __init__(self, connection: Connection, username: str, address: str) -> None:
        self._connection, self._name, self._address = connection, username, address
        self._account = demo_id(username)
        self._talk = conversation_id("slack", "T1", f"U-{username}")
        self._keys: dict[Table, Any] = {}
        self._number = 1_000 * (1 + [KARI, OLA].index(username))

    def fill(self) -> None:
        for table in metadata.sorted_tables:  # who is pointed to goes before who points
            if table in OF_A_PERSON:
                made = self._connection.execute(insert(table).values(**self._row(table)))
                self._keys[table] = made.inserted_primary_key[0]

    def _row(self, table: Table) -> dict[str, Any]:
        # The clock has moved the numbers of a database that gives its own.
        return {
            column.name: self._value(table, column)
            for column in table.columns
            if not (column.primary_key and isinstance(column.type, Integer) and column.autoincrement is True)
        }

    def _value(self, table: Table, column: Any) -> Any:
        self._number += 1
        whose = {
            "account": self._account,
            "requester": self._account,
            "approver": self._account,
            "conversation": self._talk,
            "channel": "slack",
            "tenant": "T1",
            "channel_user": f"U-{self._name}",
            "recipient": self._address,
        }
        if table is conversations and column.name == "id":
            return self._talk
        if column.foreign_keys:
            (key,) = column.foreign_keys
            return self._keys.get(key.column.table, whose.get(column.name))
        if column.name in whose:
            return whose[column.name]
        if column.name == "payload" and isinstance(column.type, JSON):
            return {"deep": [{"conversation": self._talk}], "text": self._name}
        for kind, value in self._of_type().items():
            if isinstance(column.type, kind):
                return value
        length = getattr(column.type, "length", None) or 60
        return f"{self._name}-{self._number}"[-length:]

    def _of_type(self) -> dict[type, Any]:
        moment = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
        return {
            Boolean: True,
            Integer: self._number,
            Float: 1.0,
            UtcDateTime: moment,
            LargeBinary: self._name.encode(),
            JSON: {"of": self._name},
        }


def fill(world: World) -> None:
    addresses = {username: world.account(username).email for username in (KARI, OLA)}
    with world.services.store.transaction() as connection:
        for username, address in addresses.items():
            Filler(connection, username, address).fill()


def rows_of(world: World, username: str) -> dict[str, int]:
    """Where anything of this person stands, whatever the table or column."""
    needles = (
        demo_id(username),
        conversation_id("slack", "T1", f"U-{username}"),
        f"{username}-",
        f"U-{username}",
        f"'of': '{username}'",
    )
    found: dict[str, int] = {}
    with world.services.store.transaction() as connection:
        for table in set(metadata.sorted_tables) - set(NOT_ERASED):
            rows = [repr(tuple(row)) for row in connection.execute(select(table)).all()]
            number = sum(any(needle in row for needle in needles) for row in rows)
            if number:
                found[table.name] = number
    return found


def test_every_table_is_somebodys_or_says_why_not() -> None:
    """A new table fails here until it is decided what becomes of it."""
    assert set(OF_A_PERSON) & set(NOT_ERASED) == set()
    assert set(OF_A_PERSON) | set(NOT_ERASED) == set(metadata.tables.values())
    told = {table.name for table in NOT_ERASED if WHOSE & set(table.columns.keys())}
    assert told == {"directory_lockouts", "person_keys"}, "a column that names a person, and nobody erases it"


def test_what_proves_something_is_not_handed_out() -> None:
    secret = {
        column
        for table in OF_A_PERSON
        for column in table.columns
        if any(word in column.name.split("_") for word in SECRET) and not isinstance(column.type, UtcDateTime)
    }
    assert secret <= WITHHELD


@both_stores
def test_one_person_is_erased_from_every_table_and_nobody_else_is(world: World, data: PersonalData) -> None:
    fill(world)
    before = rows_of(world, OLA)
    assert set(before) == {table.name for table in OF_A_PERSON} == set(rows_of(world, KARI))
    gone = data.erase(person(world, KARI))
    assert set(gone) == set(before)
    assert rows_of(world, KARI) == {}
    assert rows_of(world, OLA) == before
    assert data.erase(person(world, KARI)) == {}, "a second time finds nothing"


@both_stores
def test_all_of_it_is_handed_out_to_one_person_and_nothing_of_another(
    world: World, data: PersonalData
) -> None:
    fill(world)
    exported = data.export(person(world, KARI))
    text = json.dumps(exported)
    assert set(exported["kept"]) == {table.name for table in OF_A_PERSON}
    assert OLA not in text
    assert demo_id(OLA) not in text
    for column in WITHHELD:
        for row in exported["kept"][column.table.name]:
            assert row[column.name] == WITHHELD_MARK


def test_journeys_leave_nothing_behind(world: World, data: PersonalData) -> None:
    """What the parts themselves have written, codes and notices and cases, is found as well as what a test makes up."""
    talk = world.talk(KARI)
    world.services.conversations.say(conversation=talk.id, key="m1", author="employee", text="jeg glemte det")
    world.prove(talk, KARI)
    url = world.services.accounts.begin_reset_link(talk, "nb")
    assert url is not None
    world.services.accounts.change_password(url.rsplit("/", 1)[1], GOOD_PASSWORD)
    world.services.reminders.turn(demo_id(KARI), on=False)
    phone = world.account(KARI).phone
    assert phone is not None
    assert world.services.delivery.sent_to(phone.number)
    assert set(data.erase(person(world, KARI))) >= {
        *("messages", "challenges", "reset_links", "account_changes", "code_sends", "code_tries"),
        *("reminders_off", "deliveries", "outbox", "conversations"),
    }
    assert rows_of(world, KARI) == {}
    assert world.services.delivery.sent_to(phone.number) == ()
    world.services.store.close()
    stored = b"".join(path.read_bytes() for path in world.folder.glob("tier0.db*"))
    assert b"jeg glemte det" not in stored, "still in a page of the database that is free"


def test_the_trail_stays_whole_and_is_nobodys(world: World, data: PersonalData) -> None:
    """D2."""
    talk = world.talk(KARI)
    world.start(talk)
    trail = world.services.audit
    with world.services.store.transaction() as connection:
        old = trail.pseudonym(connection, demo_id(KARI))
    first, *_ = data.export(person(world, KARI))["audit"]
    assert first["event"] == "code.started"
    data.erase(person(world, KARI))
    assert trail.verify() == []
    assert world.trail("person.exported") == world.trail("person.erased") == ["done"]
    with world.services.store.transaction() as connection:
        assert trail.pseudonym(connection, demo_id(KARI)) != old


def test_rooms_and_what_was_said_before_the_platform_was_asked(world: World, data: PersonalData) -> None:
    """Nothing but the link says whose these are."""
    with world.services.store.transaction() as connection:
        connection.execute(
            insert(channel_links).values(
                channel="teams",
                tenant="T",
                channel_user="aad-1",
                account=demo_id(KARI),
                evidence="object_id",
                linked_at=world.clock.now(),
            )
        )
    users = {"aad-1": 0, "aad-1/room": 0, "aad-10": 1, "aad-10/room": 1}
    for user in users:
        talk = world.services.conversations.open(
            channel="teams", tenant="T", channel_user=user, account=None, private="/" not in user
        )
        world.services.conversations.say(conversation=talk.id, key=user, author="employee", text=user)
    data.erase(person(world, KARI))
    with world.services.store.transaction() as connection:
        left = set(connection.execute(select(messages.c.text)).scalars())
    assert left == {user for user, stays in users.items() if stays}


def test_a_conversation_that_is_anothers_by_now_stays_theirs(world: World, data: PersonalData) -> None:
    """A device that two people use one after the other."""
    talk = world.talk(KARI, user="shared")
    world.start(talk)
    world.services.conversations.prove(talk.id, demo_id(OLA))
    world.services.conversations.say(conversation=talk.id, key="m", author="employee", text="hei, Ola her")
    data.erase(person(world, KARI))
    assert [message.text for message in world.services.conversations.messages(talk.id)] == ["hei, Ola her"]


def _tracker(world: World, *conversations_: str) -> None:
    with closing(sqlite3.connect(world.settings.tracker_db)) as database, database:
        database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
        for conversation in conversations_:
            said = json.dumps({"event": "user", "text": f"words of {conversation}"})
            database.execute("INSERT INTO events (sender_id, data) VALUES (?, ?)", (conversation, said))


def test_rasas_memory_is_handed_out_and_erased_too(world: World, data: PersonalData) -> None:
    kari, ola = world.talk(KARI).id, world.talk(OLA).id
    _tracker(world, kari, ola)
    assert [event["text"] for event in data.export(person(world, KARI))["dialogue"]] == [f"words of {kari}"]
    assert data.erase(person(world, KARI))["dialogue"] == 1
    assert f"words of {kari}".encode() not in world.settings.tracker_db.read_bytes()
    assert [event["text"] for event in data.export(person(world, OLA))["dialogue"]] == [f"words of {ola}"]


def test_while_rasa_writes_nothing_is_erased_by_half(
    world: World, data: PersonalData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run again, it still finds the conversations."""
    monkeypatch.setattr("servicedesk.personal_data.trackers.BUSY_TIMEOUT_SECONDS", 0.1)
    talk = world.talk(KARI).id
    _tracker(world, talk)
    with closing(sqlite3.connect(world.settings.tracker_db, isolation_level=None)) as rasa:
        rasa.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable):
            data.erase(person(world, KARI))
    assert world.services.conversations.get(talk) is not None
    assert data.erase(person(world, KARI))["dialogue"] == 1


@pytest.fixture
def run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setattr(command, "current_services", lambda: world.services)

    def run(*arguments: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("builtins.input", lambda _prompt: typed)
        code = command.main(arguments)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def test_the_command_hands_out_and_erases(world: World, run: Callable[..., tuple[int, str]]) -> None:
    world.talk(KARI)
    code, printed = run("export", KARI)
    assert code == 0
    assert json.loads(printed)["kept"]["conversations"][0]["channel_user"] == KARI
    assert run("erase", KARI, typed="no") == (1, "Nothing was erased.\n")
    assert run("erase", KARI, typed=KARI) == (0, "conversations: 1\n")
    assert run("erase", demo_id(KARI), "--id", "--yes") == (0, "There was nothing.\n")
    assert run("export", "nobody.here")[0] == 1
