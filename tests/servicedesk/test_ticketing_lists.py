"""What has to agree about outside ticket systems: adapters, usual mappings, pages, contract tests, settings."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from servicedesk.bootstrap import OUTSIDE_TICKETS
from servicedesk.errors import SettingsError
from servicedesk.ticketing.mapping import NAMES, FieldMapping, facts_of, load
from servicedesk.ticketing.port import TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.ticketing import DRAFT

ROOT = Path(__file__).resolve().parent.parent.parent
SYSTEMS = sorted(OUTSIDE_TICKETS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_has_its_mapping_its_page_and_its_contract_test(system: str) -> None:
    mapping = load(system)
    assert {TicketState.NEW, TicketState.WAITING, TicketState.RESOLVED} <= set(mapping.states.values())
    assert mapping.reopened()
    assert mapping.withdrawn()
    assert (ROOT / "tests" / "contracts" / f"test_{system}.py").exists()
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("tickets-*.md")]
    assert sum(f"TIER0_TICKETING={system}\n" in page for page in pages) == 1
    assert f"| `{system}` |" in (ROOT / "docs" / "tickets.md").read_text(encoding="utf-8")


def test_every_page_of_a_hosted_system_says_that_it_was_not_run_there() -> None:
    for page in (ROOT / "docs").glob("tickets-*.md"):
        text = page.read_text(encoding="utf-8")
        assert ("**Not run against" in text) != (page.name == "tickets-request-tracker.md"), page.name


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for field in fields(TicketingSettings):
        if field.name != "system":
            assert f"`TIER0_TICKETING_{field.name.upper()}" in text, field.name


def test_every_name_of_the_mapping_is_filled_and_documented() -> None:
    assert set(facts_of(DRAFT)) == NAMES
    text = (ROOT / "docs" / "tickets.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in NAMES)


def made(**sections: object) -> FieldMapping:
    return FieldMapping(**{"create": {}, "states": {}, **sections})


def test_values_are_filled_in_looked_up_and_left_out() -> None:
    mapping = made(
        create={
            "text": "{kind}: {summary} [x]",
            "number": {"from": "priority", "values": {3: 20}},
            "other": {"from": "category", "values": {"x": "y"}, "else": "{language}"},
            "nothing": "{conversation}",
            "deep": {"name": "{requester_name}", "list": ["a", "{username}", 1, True]},
        }
    )
    draft = replace(DRAFT, conversation=None, summary="{language} <b>")
    assert mapping.new_ticket(draft) == {
        "text": "incident: {language} <b> [x]",
        "number": 20,
        "other": "nb",
        "deep": {"name": "Kari Nordmann", "list": ["a", "kari.nordmann", 1, True]},
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("create: {a: '{nobody}'}", "a: nothing is called {nobody}"),
        ("create: {a: {from: nobody, values: {}}}", "a: nothing is called 'nobody'"),
        ("create: {a: {from: kind}}", "a: `values` is missing"),
        ("create: {a: {from: kind, values: {}, default: x}}", "not 'default'"),
        ("create: {a: {b: [2026-01-01]}}", "date is no value"),
        ("states: {x: finished}", "states"),
        ("limits: {a: 3}", "under 20 characters"),
        ("limits: {a: many}", "limits"),
        ("colour: {a: b}", "extra fields not permitted"),
        ("- a", "no list of sections"),
        ("create: x", "no list of sections"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_mistake_in_the_mapping_is_named(tmp_path: Path, content: str, said: str) -> None:
    own = tmp_path / "own.yml"
    own.write_text(content)
    with pytest.raises(SettingsError, match="TIER0_TICKETING_MAPPING") as caught:
        load("servicenow", own)
    assert said in str(caught.value)


def test_a_customers_file_is_laid_over_field_by_field(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("create: {contact_type: , u_site: '{contact}', impact: 2}\nstates: {'-5': waiting}")
    mapping = load("servicenow", own)
    assert "contact_type" not in mapping.create
    assert (mapping.create["u_site"], mapping.create["impact"]) == ("{contact}", 2)
    assert mapping.create["short_description"] == "{summary}"
    assert (mapping.state("-5"), mapping.state("1"), mapping.state("99")) == (
        TicketState.WAITING,
        TicketState.NEW,
        TicketState.UNKNOWN,
    )
