from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock, SystemClock
from servicedesk.conversations import LANGUAGES
from servicedesk.outages import ANNOUNCED_BEFORE, OutageRefused, Outages, main
from servicedesk.store import Store
from servicedesk.store.tables import metadata

TEXTS = {
    "nb": "Teams er nede.",
    "sv": "Teams ligger nere.",
    "de": "Teams ist gestört.",
    "en": "Teams is down.",
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def outages(tmp_path: Path, clock: ManualClock) -> Outages:
    store = Store(f"sqlite:///{tmp_path}/tier0.db")
    metadata.create_all(store.engine)
    return Outages(store, clock)


def test_an_outage_is_current_until_somebody_ends_it(outages: Outages, clock: ManualClock) -> None:
    added = outages.add(service="Teams", texts=TEXTS)
    clock.advance(timedelta(days=3))
    assert [each.id for each in outages.current("TEAMS")] == [added.id]
    assert outages.end(added.id) is True
    assert outages.end(added.id) is False
    assert outages.current() == ()


def test_each_language_has_its_own_text(outages: Outages) -> None:
    outage = outages.add(service="teams", texts=TEXTS)
    assert {language: outage.text(language) for language in LANGUAGES} == TEXTS
    assert outage.text("fr") == TEXTS["en"]


def test_another_service_is_not_concerned(outages: Outages) -> None:
    outages.add(service="teams", texts=TEXTS)
    assert outages.current("outlook") == ()


def test_planned_work_is_announced_happens_and_ends_by_itself(outages: Outages, clock: ManualClock) -> None:
    start = clock.now() + ANNOUNCED_BEFORE + timedelta(days=1)
    outages.add(
        service="sap", texts=TEXTS, planned=True, starts_at=start, expected_end=start + timedelta(hours=4)
    )
    assert outages.current() == ()
    clock.advance(timedelta(days=1))
    assert len(outages.planned()) == 1
    assert len(outages.current()) == 1
    assert outages.ongoing() == ()
    clock.advance(ANNOUNCED_BEFORE)
    assert outages.planned() == ()
    assert len(outages.ongoing("sap")) == 1
    clock.advance(timedelta(hours=4))
    assert outages.current() == ()


def test_an_unplanned_outage_outlives_its_expected_end(outages: Outages, clock: ManualClock) -> None:
    outages.add(service="vpn", texts=TEXTS, expected_end=clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=2))
    assert len(outages.ongoing()) == 1


def test_what_is_down_comes_before_what_is_planned(outages: Outages, clock: ManualClock) -> None:
    soon = clock.now() + timedelta(days=1)
    outages.add(service="sap", texts=TEXTS, planned=True, starts_at=soon)
    outages.add(service="vpn", texts=TEXTS)
    assert [each.service for each in outages.current()] == ["vpn", "sap"]


def test_an_incomplete_outage_is_refused(outages: Outages, clock: ManualClock) -> None:
    for language in LANGUAGES:
        with pytest.raises(OutageRefused, match=language):
            outages.add(service="teams", texts={**TEXTS, language: " "})
    with pytest.raises(OutageRefused, match="ends before"):
        outages.add(service="teams", texts=TEXTS, expected_end=clock.now())
    for name in ("", "x" * 49):
        with pytest.raises(OutageRefused, match="service"):
            outages.add(service=name, texts=TEXTS)
    assert outages.current() == ()


def test_the_demo_is_seeded_once(outages: Outages) -> None:
    outages.seed_demo()
    outages.seed_demo()
    assert [each.service for each in outages.ongoing()] == ["teams"]
    assert [each.planned for each in outages.planned()] == [True]
    outages.end(outages.ongoing()[0].id)
    outages.seed_demo()
    assert outages.ongoing() == ()


def test_the_command_line_adds_lists_and_ends(
    tmp_path: Path,
    clock: ManualClock,
    outages: Outages,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TIER0_STATE_DIR", str(tmp_path))
    words = [part for language in LANGUAGES for part in (f"--{language}", TEXTS[language])]
    assert main(["add", "teams", *words]) == 0
    assert (
        main(["add", "sap", *words, "--planned", "--start", "2100-01-01T05:00", "--end", "2100-01-01T04:00"])
        == 1
    )
    assert main(["list"]) == 0
    assert "Teams is down." in capsys.readouterr().out
    clock.advance(SystemClock().now() - clock.now() + timedelta(minutes=1))
    (added,) = outages.current()
    identifier = str(added.id)
    assert main(["end", identifier]) == 0
    assert main(["end", identifier]) == 1
