from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from servicedesk import audit as audit_module
from servicedesk.audit import Audit, open_audit
from servicedesk.clock import ManualClock
from servicedesk.directory.demo import demo_id
from servicedesk.keys import create_missing
from tests.servicedesk.world import World, at_once

OLA = demo_id("ola.hansen")


@pytest.fixture
def trail(world: World) -> Audit:
    for number in range(6):
        _record(world, world.services.audit, number)
    world.services.audit.anchor()
    return world.services.audit


def _record(world: World, trail: Audit, number: int, subject: str = OLA) -> int:
    with world.services.store.transaction() as connection:
        return trail.record(
            connection,
            event="account.unlock",
            outcome="done",
            actor="bot",
            subject=subject,
            details={"number": number, "conversation": "c-1"},
        )


def _tamper(world: World, *statements: str) -> None:
    """What somebody with the database file can do: the triggers go first."""
    with sqlite3.connect(world.folder / "tier0.db") as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.execute(statement)


def test_an_untouched_trail_is_whole(trail: Audit) -> None:
    assert trail.verify() == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit SET outcome = 'refused' WHERE seq = 3", "row 3: changed"),
        ("UPDATE audit SET details = '{}' WHERE seq = 3", "row 3: changed"),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3", "row 3: changed"),
        ("UPDATE audit SET subject = 'p:somebody' WHERE seq = 6", "row 6: changed"),
        ("DELETE FROM audit WHERE seq = 3", "rows 3 to 3 are missing"),
        ("DELETE FROM audit WHERE seq = 1", "begins at row 2"),
        ("DELETE FROM audit WHERE seq >= 5", "tail: row 6"),
        ("DELETE FROM audit", "tail: row 6"),
        (
            "INSERT INTO audit SELECT 7, at, event, outcome, actor, subject, details, mac, key_version, mac"
            " FROM audit WHERE seq = 6",
            "row 7: changed or inserted",
        ),
    ],
)
def test_tampering_shows(world: World, trail: Audit, tampering: str, found: str) -> None:
    """D2: edit, gap, cut head, cut tail, insert"""
    _tamper(world, tampering)
    assert any(found in problem for problem in trail.verify())


def test_reordering_shows(world: World, trail: Audit) -> None:
    """D2"""
    _tamper(
        world,
        "UPDATE audit SET seq = 100 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 100",
    )
    problems = " ".join(trail.verify())
    assert "row 2: changed" in problems
    assert "row 3: changed" in problems


def test_a_tail_cut_and_grown_again_shows(world: World, trail: Audit) -> None:
    """D2"""
    _tamper(world, "DELETE FROM audit WHERE seq >= 5")
    for number in (10, 11):
        _record(world, trail, number)
    assert trail.verify() == ["tail: row 6 is not the one that was there"]


def test_a_forged_head_shows(world: World, trail: Audit) -> None:
    """D2"""
    file = world.folder / "audit.head"
    head = json.loads(file.read_text())
    file.write_text(json.dumps({**head, "seq": 4}))
    assert trail.verify() == ["head: changed"]
    file.write_text("rubbish")
    assert trail.verify() == ["head: cannot be read"]


def test_the_head_never_goes_back(world: World, trail: Audit) -> None:
    _tamper(world, "DELETE FROM audit WHERE seq >= 4")
    trail.anchor()
    assert trail.verify() == ["tail: row 6 was there once and is gone"]


@pytest.mark.parametrize("statement", ["UPDATE audit SET outcome = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_changes(world: World, trail: Audit, statement: str) -> None:
    """D2"""
    with pytest.raises(DBAPIError, match="append-only"), world.services.store.transaction() as connection:
        connection.exec_driver_sql(statement)


def test_a_row_shares_the_fate_of_its_transaction(world: World, trail: Audit) -> None:
    """D2: no audit, no action, and the other way round"""

    def fail() -> None:
        with world.services.store.transaction() as connection:
            trail.record(connection, event="x", outcome="done", actor="bot", subject=OLA)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _record(world, trail, 7) == 7
    assert trail.verify() == []


def test_rows_written_at_once_make_one_chain(world: World, trail: Audit) -> None:
    numbers = at_once(40, lambda number: _record(world, trail, number))
    assert sorted(numbers) == list(range(7, 47))
    assert trail.verify() == []


def test_people_stand_in_it_under_pseudonyms(world: World, trail: Audit) -> None:
    """D2: also in the details"""
    _record(world, trail, 7, subject=demo_id("kari.nordmann"))
    rows = list(trail.export())
    assert OLA not in json.dumps(rows)
    assert "c-1" not in json.dumps(rows)
    assert rows[0]["subject"] == rows[1]["subject"] != rows[-1]["subject"]
    assert rows[0]["actor"] == "bot"


def test_erasing_a_person_keeps_the_chain_and_loses_the_person(world: World, trail: Audit) -> None:
    """D2"""
    before = next(trail.export())["subject"]
    with world.services.store.transaction() as connection:
        trail.erase_person(connection, OLA)
    _record(world, trail, 8)
    assert trail.verify() == []
    assert list(trail.export())[-1]["subject"] != before


def test_rows_past_retention_can_go_and_the_trail_says_so(world: World, trail: Audit) -> None:
    """D4"""
    old = Audit(
        world.services.store,
        ManualClock(datetime(2020, 1, 1, tzinfo=timezone.utc)),
        world.services.keys,
        world.folder / "other.head",
    )
    _tamper(world, "DELETE FROM audit")
    create_triggers(world)
    for number in range(3):
        _record(world, old, number)
    _record(world, trail, 3)
    assert old.purge(world.clock.now() - timedelta(days=366)) == 3
    assert [row["seq"] for row in old.export()] == [4, 5]
    assert old.verify() == []
    _tamper(world, "DELETE FROM audit WHERE seq = 4")
    assert old.verify() == ["the trail begins at row 5, and no purge says so"]


def create_triggers(world: World) -> None:
    from importlib import import_module

    migration = import_module("servicedesk.store.migrations.versions.0002_audit_append_only")
    with world.services.store.transaction() as connection:
        for statement in migration.SQLITE:
            connection.exec_driver_sql(statement)


def test_a_rotated_key_verifies_old_rows(world: World, trail: Audit) -> None:
    """S14"""
    other = world.folder / "other-keys"
    create_missing(other)
    new_line = (other / "audit.key").read_text().replace("1:", "2:", 1)
    with (world.folder / "keys" / "audit.key").open("a") as file:
        file.write(new_line)
    world.with_parts()
    _record(world, world.services.audit, 9)
    rows = list(world.services.audit.export())
    assert {row["key_version"] for row in rows} == {"1", "2"}
    assert world.services.audit.verify() == []


def test_the_command_line_verifies_and_exports(
    world: World, trail: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIER0_STATE_DIR", str(world.folder))
    run: Callable[[list[str]], int] = audit_module.main
    assert run(["verify"]) == 0
    assert run(["export"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 7
    _tamper(world, "DELETE FROM audit WHERE seq = 3")
    assert run(["verify"]) == 1
    assert "missing" in capsys.readouterr().out
    assert run([]) == 2


def test_the_head_stands_outside_the_database(world: World, trail: Audit) -> None:
    head = json.loads((world.folder / "audit.head").read_text())
    assert head["seq"] == 6
    assert isinstance(
        open_audit(world.settings, world.services.store, world.clock, world.services.keys), Audit
    )
    assert Path(world.folder / "audit.head").stat().st_size < 1_000
