"""Whom an employee can reach who is in danger or at the end of their strength (help_lines.yml), by country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from servicedesk.conversations import LANGUAGES
from servicedesk.errors import SettingsError

SERVICES = ("fire", "police", "ambulance")


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    """For one employee: numbers as they are dialled there, and whom to turn to in the company."""

    emergency: Mapping[str, str]  # fire, police, ambulance -> number
    listening: Mapping[str, str]  # a help-line's own name -> number
    at_work: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HelpLines:
    countries: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]
    languages: Mapping[str, str]
    at_work: Mapping[str, str]

    def of(self, country: str | None, language: str) -> Help:
        """For somebody in that country; where it is not known or not listed, for the language's own."""
        own = self.countries.get(country or "")
        emergency, listening = own or self.countries[self.languages[language]]
        return Help(emergency=emergency, listening=listening, at_work=self.at_work[language])


def load(path: Path) -> HelpLines:
    """Raises SettingsError, which says what is missing."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)  # a tenth of the time
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise SettingsError(f"TIER0_HELP_LINES: {path} cannot be read ({type(err).__name__})") from err
    try:
        return HelpLines(
            countries={_code(code): _country(entry) for code, entry in content["countries"].items()},
            languages={language: _known(content, language) for language in LANGUAGES},
            at_work={language: _text(content["at_work"][language]) for language in LANGUAGES},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as err:
        raise SettingsError(f"TIER0_HELP_LINES: {path}: {type(err).__name__}: {err}") from err


def _country(entry: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    emergency = {service: _text(entry["emergency"][service]) for service in SERVICES}
    listening = {_text(name): _text(number) for name, number in entry["listening"].items()}
    if not listening:
        raise ValueError("a country needs at least one line under 'listening'")
    return emergency, listening


def _known(content: Mapping[str, Any], language: str) -> str:
    country = _code(content["languages"][language])
    if country not in map(_code, content["countries"]):
        raise ValueError(f"languages: {language}: there is no country {country}")
    return country


def _code(value: Any) -> str:
    return "NO" if value is False else str(value)  # YAML takes a bare NO for a "no"


def _text(value: Any) -> str:
    """YAML reads 0800… and 112 as numbers, and would drop a leading zero: numbers must stand in quotation marks."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} must be a text in quotation marks")
    return value.strip()
