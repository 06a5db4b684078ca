from __future__ import annotations

import base64
import json
import re
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
from servicedesk.keys import KeyRing, create_missing
from servicedesk.store import Store
from servicedesk.store.tables import metadata
from tests.servicedesk.world import World, at_once

OLA = demo_id("ola.hansen")
AGENT = "agent:hanne.moe"


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


@pytest.mark.parametrize(
    "forged", [{"seq": 4}, {"mac": "0" * 64}, {"proof": "0" * 64}, {"key_version": "9"}, {"proof": None}]
)
def test_a_forged_head_shows(world: World, trail: Audit, forged: dict[str, object]) -> None:
    """D2"""
    file = world.folder / "audit.head"
    file.write_text(json.dumps({**json.loads(file.read_text()), **forged}))
    assert trail.verify() == ["head: changed"]


@pytest.mark.parametrize("content", ["rubbish", "[]", '{"seq": "6"}', "", "\u00e6"])
def test_a_head_that_is_none_shows_and_is_made_anew(world: World, trail: Audit, content: str) -> None:
    """D2"""
    (world.folder / "audit.head").write_text(content, encoding="utf-8")
    assert trail.verify() == ["head: cannot be read"]
    trail.anchor()
    assert trail.verify() == []


def test_rows_of_another_history_do_not_fit_in(world: World, trail: Audit) -> None:
    """D2, F19: a genuine row of the same number, from a backup that was written on in its own way"""
    with sqlite3.connect(world.folder / "tier0.db") as connection:
        [other] = connection.execute("SELECT * FROM audit WHERE seq = 6").fetchall()
    (world.folder / "audit.head").unlink()
    _tamper(world, "DELETE FROM audit WHERE seq >= 5")
    for number in (10, 11):
        _record(world, trail, number)
    _tamper(world, "DELETE FROM audit WHERE seq = 6")
    with sqlite3.connect(world.folder / "tier0.db") as connection:
        connection.execute(f"INSERT INTO audit VALUES ({','.join('?' * len(other))})", other)
    assert trail.verify() == ["row 6: does not follow row 5"]


def test_all_that_is_wrong_is_said(world: World, trail: Audit) -> None:
    """D2: one finding hides no other"""
    _tamper(
        world,
        "DELETE FROM audit WHERE seq IN (1, 3)",
        "UPDATE audit SET outcome = 'refused' WHERE seq IN (2, 5)",
        "DELETE FROM audit WHERE seq = 6",
    )
    assert trail.verify() == [
        "row 2: changed or inserted",
        "gap: rows 3 to 3 are missing",
        "row 5: changed or inserted",
        "the trail begins at row 2, and no purge says so",
        "tail: row 6 was there once and is gone",
    ]


def test_a_long_trail_is_read_to_its_end(world: World, trail: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    """D2: however many rows are read at a time"""
    for batch in (1, 3, 4, 6):
        monkeypatch.setattr(audit_module, "BATCH", batch)
        assert [row["seq"] for row in trail.export()] == [1, 2, 3, 4, 5, 6]
        assert trail.verify() == []


def test_a_trail_without_a_row_is_whole_and_has_no_head(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/empty.db")
    metadata.create_all(store.engine)
    create_missing(tmp_path / "keys")
    empty = Audit(store, ManualClock(), KeyRing(tmp_path / "keys"), tmp_path / "elsewhere" / "audit.head")
    empty.anchor()
    assert empty.verify() == []
    assert list(empty.export()) == []
    assert not (tmp_path / "elsewhere").exists()
    with store.transaction() as connection:
        assert empty.record(connection, event="x", outcome="done", actor="system", subject="") == 1
    empty.anchor()  # into a folder that nobody has made yet
    assert json.loads((tmp_path / "elsewhere" / "audit.head").read_text())["seq"] == 1
    assert empty.verify() == []


def test_what_an_earlier_release_wrote_stays_genuine(tmp_path: Path) -> None:
    """D2: the bytes that a MAC covers are frozen; another order or another spelling would accuse every row"""
    (tmp_path / "keys").mkdir()
    for purpose in ("audit", "person"):
        key = base64.b64encode(bytes(range(32))).decode()
        (tmp_path / "keys" / f"{purpose}.key").write_text(f"1:{key}\n")
    store = Store(f"sqlite:///{tmp_path}/old.db")
    metadata.create_all(store.engine)
    clock = ManualClock(datetime(2026, 11, 30, 12, 0, 0, 123456, tzinfo=timezone.utc))
    old = Audit(store, clock, KeyRing(tmp_path / "keys"), tmp_path / "audit.head")
    with store.transaction() as connection:
        details = {"b": "bl\u00e5", "a": None, "proven": True, "n": 1}
        old.record(
            connection, event="code.checked", outcome="wrong", actor="page", subject="", details=details
        )
        old.record(connection, event="link.issued", outcome="done", actor="worker", subject="")
    old.anchor()
    first, second = old.export()
    assert first["mac"] == "b05a3c2d0d23e9c8880f820b5cec3bb848fd5263913089c96922010e8db7200d"
    assert second["mac"] == "5ff3602a5d757d7a41699696de793838d224952015ce50f919b9c61d145ba160"
    assert (
        json.loads((tmp_path / "audit.head").read_text())["proof"]
        == "9d1e328f0a8bdd8628675dbe05896dcf41c2a54b76aba9528d4240bee4a65621"
    )


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


@pytest.mark.race
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


def test_agents_too_stand_in_it_under_pseudonyms_and_nobody_is_nobody(world: World, trail: Audit) -> None:
    """D2, D1: an actor who is a person; a row that concerns no account; a detail that names nobody"""
    with world.services.store.transaction() as connection:
        trail.record(
            connection,
            event="desk.export",
            outcome="done",
            actor=AGENT,
            subject="",
            details={"account": OLA, "person": AGENT, "conversation": None, "reason": "r" * 201, "rows": 3},
        )
        agent, ola = trail.pseudonym(connection, AGENT), trail.pseudonym(connection, OLA)
    row = list(trail.export())[-1]
    assert (row["event"], row["outcome"], row["actor"], row["subject"]) == ("desk.export", "done", agent, "")
    assert row["details"] == {
        "account": ola,
        "person": agent,
        "conversation": None,
        "reason": "r" * 200,
        "rows": 3,
    }
    assert re.fullmatch("p:[0-9a-f]{32}", agent)
    assert len({agent, ola}) == 2


def test_a_pseudonym_cannot_be_made_from_the_name_alone(world: World, trail: Audit) -> None:
    """D2: it hangs on a key of the person's own, which nobody else's row holds"""
    with world.services.store.transaction() as connection:
        before = {person: trail.pseudonym(connection, person) for person in (OLA, AGENT)}
        trail.erase_person(connection, AGENT)
        assert trail.pseudonym(connection, OLA) == before[OLA]
        assert trail.pseudonym(connection, AGENT) != before[AGENT]
    with sqlite3.connect(world.folder / "tier0.db") as reader:
        stored = reader.execute("SELECT person, key FROM person_keys").fetchall()
    assert OLA not in str(stored)
    assert all(len(bytes.fromhex(key)) == 32 for _, key in stored)


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
    assert old.purge(datetime(2020, 1, 1, tzinfo=timezone.utc)) == 0  # not those of that very moment
    assert len(list(old.export())) == 4
    assert old.purge(world.clock.now() - timedelta(days=366)) == 3
    [_, purged] = old.export()
    assert [row["seq"] for row in old.export()] == [4, 5]
    assert (purged["event"], purged["outcome"], purged["actor"]) == ("audit.purged", "done", "worker")
    assert (purged["subject"], purged["details"]["through"]) == ("", 3)
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
    assert capsys.readouterr().out == "The audit trail is whole.\n"
    with world.services.store.transaction() as connection:
        trail.record(
            connection, event="x", outcome="done", actor="bot", subject="", details={"n": "\u00e6\u2028"}
        )
    assert run(["export"]) == 0
    out = capsys.readouterr().out
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [1, 2, 3, 4, 5, 6, 7]
    assert out.isascii()  # D1: a line is a row, whatever stands in it
    _tamper(world, "DELETE FROM audit WHERE seq IN (2, 4)")
    assert run(["verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "gap: rows 2 to 2 are missing",
        "gap: rows 4 to 4 are missing",
    ]
    for rubbish in ([], ["verify", "export"], ["purge"]):
        assert run(rubbish) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("usage: ")


def test_the_head_stands_outside_the_database(world: World, trail: Audit) -> None:
    head = json.loads((world.folder / "audit.head").read_text())
    assert head["seq"] == 6
    assert isinstance(
        open_audit(world.settings, world.services.store, world.clock, world.services.keys), Audit
    )
    assert Path(world.folder / "audit.head").stat().st_size < 1_000
