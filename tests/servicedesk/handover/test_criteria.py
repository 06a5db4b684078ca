"""The rules of criteria.yml, and that a wrong file stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from servicedesk.errors import SettingsError
from servicedesk.handover.__main__ import main
from servicedesk.handover.criteria import FACTOR_LOST, PRESSURE, STOPS
from servicedesk.handover.files import NAMES, OURS
from servicedesk.handover.policy import load
from servicedesk.ticketing.port import Impact, Priority, TicketKind, Urgency

CRITERIA = load().criteria


@pytest.mark.parametrize(
    "text",
    [
        "det haster, jeg trenger nytt passord nå med en gang",
        "sjefen min venter på meg, det haster veldig!",
        "jeg har mistet passordet mitt, mobilen har jeg her",
        "jag behöver ett nytt lösenord genast, mötet börjar om fem minuter",
        "det är bråttom, min chef väntar",
        "jag tappade bort lösenordet men telefonen har jag",
        "Dringend! Ich brauche sofort ein neues Passwort",
        "Es eilt, mein Chef wartet schon",
        "Ich habe mein Passwort verloren und auf dem Handy geht es auch nicht",
        "urgent, need a new password asap, right now please",
        "my manager is waiting for me, please hurry",
        "I lost my password on my phone",
        "the text message does not come, can I do it without the code? it is urgent",
        "passordet må endres nummer to",
    ],
)
def test_what_everybody_writes_stops_nobody(text: str) -> None:
    assert CRITERIA.stops_in(text) == ()


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("telefonen min er ødelagt og jeg trenger nytt passord", FACTOR_LOST),
        ("jag har tappat mobilen och kommer inte in", FACTOR_LOST),
        ("Mein Handy wurde gestohlen, ich brauche ein neues Passwort", FACTOR_LOST),
        ("I lost my phone and need to reset my password", FACTOR_LOST),
        ("direktøren må inn nå, jeg skriver på vegne av henne", PRESSURE),
        ("vd:n behöver det omedelbart", PRESSURE),
        ("Der Vorstand braucht das sofort, überspringen Sie den Code", PRESSURE),
        ("the CEO needs it now, skip the code", PRESSURE),
        ("my boss says you should make an exception and skip the code", PRESSURE),
        ("sjefen sier du kan hoppe over koden, hopp over den", PRESSURE),
    ],
)
def test_a_lost_factor_and_pressure_from_above_stop(text: str, stop: str) -> None:
    assert stop in CRITERIA.stops_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "jeg bruker skjermleser og finner ikke feltet",
        "jag är synskad",
        "ich bin gehörlos, bitte nicht anrufen",
        "I use a screen reader",
    ],
)
def test_a_need_for_accessibility_is_seen(text: str) -> None:
    assert CRITERIA.needs_access(text)
    assert not CRITERIA.needs_access("skjermen min er svart, the screen is black, Bildschirm schwarz")


def test_every_stop_tells_an_agent_what_to_do_first() -> None:
    """S7: the recorded number, two agents, no secret over the telephone."""
    for stop in STOPS:
        checks = "\n".join(CRITERIA.checks_of((stop,)))
        assert "number that the directory has had for at least 72 hours" in checks
        assert "Two agents" in checks
        assert len(CRITERIA.checks_of((stop,))) > len(CRITERIA.checklist)
    assert CRITERIA.checks_of(()) == ()


def test_numbers_are_filled_into_the_reason() -> None:
    assert CRITERIA.reason("answers_failed", count=2).text.endswith(": 2")
    assert "3 times or more" in CRITERIA.reason("locked_often").text


def changed(folder: Path, name: str, **parts: object) -> Path:
    content = yaml.safe_load((OURS / name).read_text(encoding="utf-8"))
    (folder / name).write_text(yaml.safe_dump({**content, **parts}, allow_unicode=True), encoding="utf-8")
    return folder


def test_an_administrators_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    matrix = {
        impact: dict.fromkeys(("cannot_work", "hindered", "can_wait"), 2)
        for impact in ("everybody", "team", "person")
    }
    policy = load(changed(tmp_path, "priorities.yml", matrix=matrix))
    assert policy.priorities.of(TicketKind.INCIDENT, Impact.PERSON, Urgency.CAN_WAIT) is Priority.HIGH
    incident = policy.priorities.of(TicketKind.SECURITY_INCIDENT, Impact.PERSON, Urgency.CAN_WAIT)
    assert incident is Priority.CRITICAL
    assert policy.criteria.failed_answers == CRITERIA.failed_answers


@pytest.mark.parametrize(
    ("name", "parts", "told"),
    [
        ("priorities.yml", {"always": {"security_incident": 2}}, "security_incident must be 1"),
        ("priorities.yml", {"matrix": {}}, "everybody"),
        ("criteria.yml", {"checklist": [""]}, "must be a text"),
        ("facts.yml", {"at_once": 9}, "at_once"),
        ("facts.yml", {"questions": 0}, "questions must be"),
        ("facts.yml", {"says_no": []}, "says_no must be"),
        ("facts.yml", {"ordered": ["nothing"]}, "no fact 'nothing'"),
        ("facts.yml", {"categories": {"no.such": {}}}, "no category no.such"),
        ("facts.yml", {"categories": {"other": ["since"]}}, "other must say what is needed"),
        ("hours.yml", {"desks": {"X": {"languages": ["nb"], "zone": "Mars/Base", "hours": {}}}}, "time zone"),
        ("hours.yml", {"desks": {"X": {"languages": ["nb"], "zone": "UTC", "hours": {"mon": "9-8"}}}}, "9-8"),
        ("hours.yml", {"desks": {"X": {"languages": ["nb"], "zone": "UTC", "hours": {},
                                       "holidays": {"country": "QQ"}}}}, "QQ"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, parts: dict[str, object], told: str
) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        load(changed(tmp_path, name, **parts))
    assert name in str(caught.value)


def test_a_file_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "priority.yml").write_text("a: 1")
    with pytest.raises(SettingsError, match=r"priority\.yml"):
        load(tmp_path)
    with pytest.raises(SettingsError, match="must be a folder"):
        load(tmp_path / "gone")
    assert set(NAMES) == {path.name for path in OURS.glob("*.yml")}


def test_an_administrator_is_told_whether_the_files_are_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(tmp_path, "hours.yml")
    assert main(["check", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "hours.yml: your own" in told
    assert "criteria.yml: ours" in told
    (tmp_path / "facts.yml").write_text("facts: {}")
    assert main(["check", str(tmp_path)]) == 1
    assert "facts.yml" in capsys.readouterr().out
