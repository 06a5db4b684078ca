"""Whom an employee in danger can reach: what is shipped is complete, and a copy that is not stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.conversations import LANGUAGES
from servicedesk.directory.demo import PEOPLE
from servicedesk.errors import SettingsError
from servicedesk.help_lines import SERVICES, load
from servicedesk.settings import HELP_LINES, Settings

ONE_COUNTRY = """
countries:
  NO:
    emergency: {fire: "110", police: "112", ambulance: "113"}
    listening: {Mental Helse: "116 123"}
languages: {nb: NO, sv: NO, de: NO, en: NO}
at_work: {nb: a, sv: b, de: c, en: d}
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_numbers_where_nobody_is_proven(language: str) -> None:
    found = load(HELP_LINES).of(None, language)
    assert set(found.emergency) == set(SERVICES)
    assert all(number.isdecimal() for number in found.emergency.values())
    assert found.listening
    assert found.at_work


def test_every_country_of_the_demo_is_listed() -> None:
    countries = {person.place[0] for person in PEOPLE}
    assert countries <= set(load(HELP_LINES).countries)


def test_the_country_counts_more_than_the_language() -> None:
    lines = load(HELP_LINES)
    assert "142" in lines.of("AT", "de").listening.values()
    assert lines.of("AT", "de").at_work == lines.of("DE", "de").at_work
    assert lines.of("BR", "sv") == lines.of("SE", "sv")


def test_a_bare_no_is_norway(tmp_path: Path) -> None:
    """YAML reads it as a "no"."""
    file = tmp_path / "help.yml"
    file.write_text(ONE_COUNTRY, encoding="utf-8")
    assert load(file).of("NO", "nb").emergency["fire"] == "110"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"112"', "112"),
        ("Mental Helse", "''"),
        ('{Mental Helse: "116 123"}', "{}"),
        ("fire", "fier"),
        ("de: NO", "de: DE"),
        ("de: c, ", ""),
        ("countries", "country"),
        ("at_work:", "at_work: ["),
    ],
)
def test_a_wrong_file_stops_the_start_and_is_named(tmp_path: Path, right: str, wrong: str) -> None:
    file = tmp_path / "help.yml"
    file.write_text(ONE_COUNTRY.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"TIER0_HELP_LINES.*help\.yml"):
        load(file)


def test_the_path_is_a_setting(tmp_path: Path) -> None:
    assert Settings.from_env({}).help_lines == HELP_LINES
    assert Settings.from_env({"TIER0_HELP_LINES": str(tmp_path / "x.yml")}).help_lines == tmp_path / "x.yml"
    with pytest.raises(SettingsError, match="TIER0_HELP_LINES"):
        load(tmp_path / "x.yml")
