"""One taxonomy for all tickets (categories.yml), and which category a request belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from servicedesk.errors import SettingsError
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

FILE = Path(__file__).with_name("categories.yml")
FALLBACK = "other"
NAMED = 3  # what an entity names weighs more than any one word
SPOKEN = 1
LONGEST = 4_000  # characters of a text that are looked at

ORDERED = (
    "leaver",  # "the intern leaves us"
    "new_starter",
    "name_change",
    "account",
    "access",
    "software",
    "hardware",
)  # "access to the laptop pool" is about access


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    id: str  # "network.vpn"
    label: str  # English: "Network / VPN"
    assignment_group: str
    kind: TicketKind
    impact: Impact
    urgency: Urgency
    intents: frozenset[str]
    names: frozenset[str]  # of applications and devices, in lower case
    words: re.Pattern[str] | None

    def score(self, named: frozenset[str], text: str) -> int:
        spoken = len({match[0] for match in self.words.finditer(text)}) if self.words else 0
        return NAMED * len(self.names & named) + SPOKEN * spoken


def category(identifier: str) -> Category:
    """The category of this id; of an unknown one, "other"."""
    known = categories()
    return known.get(identifier) or known[FALLBACK]


def categorise(intent: str, entities: Mapping[str, str], text: str) -> Category:
    """Where a request belongs: by its intent, else by what it names, else by its words, else "other"."""
    if intent == "service_request":
        return category(f"request.{request_kind(text, entities)}")
    problems = [each for each in categories().values() if each.kind is not TicketKind.SERVICE_REQUEST]
    for each in problems:
        if intent in each.intents:
            return each
    named = frozenset(
        value.strip().lower() for name, value in entities.items() if name in ("application", "device")
    )
    lower = text.lower()[:LONGEST]
    best = max(problems, key=lambda each: each.score(named, lower))  # of equals, the first in the file
    return best if best.score(named, lower) else category(FALLBACK)


def request_kind(what: str, entities: Mapping[str, str]) -> str:
    """What is ordered: all for somebody new, another name, account, access, software, hardware or other."""
    text = what.lower()[:LONGEST]
    for kind in ORDERED:
        words = category(f"request.{kind}").words
        if words is not None and words.search(text):
            return kind
    if entities.get("device"):
        return "hardware"
    return "software" if entities.get("application") else "other"


@lru_cache(maxsize=1)
def categories() -> dict[str, Category]:
    """All, in the file's order. Raises SettingsError."""
    return load(FILE)


def load(path: Path) -> dict[str, Category]:
    """Raises SettingsError, which names the category that is wrong."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as err:
        raise SettingsError(f"{path.name}: cannot be read ({type(err).__name__})") from err
    if not isinstance(entries, dict) or FALLBACK not in entries:
        raise SettingsError(f"{path.name}: there must be a category {FALLBACK!r}")
    return {str(name): _category(str(name), entry, path.name) for name, entry in entries.items()}


def _category(name: str, entry: Any, file: str) -> Category:
    try:
        unknown = set(entry) - {
            "label", "group", "kind", "impact", "urgency", "intents", "applications", "devices", "words",
        }  # fmt: skip
        if unknown:
            raise ValueError(f"unknown {', '.join(sorted(unknown))}")
        return Category(
            id=name,
            label=str(entry["label"]),
            assignment_group=str(entry["group"]),
            kind=TicketKind(entry["kind"]),
            impact=Impact(entry.get("impact", Impact.PERSON.value)),
            urgency=Urgency(entry.get("urgency", Urgency.HINDERED.value)),
            intents=frozenset(map(str, entry.get("intents", ()))),
            names=frozenset(
                str(value).lower() for key in ("applications", "devices") for value in entry.get(key, ())
            ),
            words=_pattern([str(word) for word in entry.get("words", ())]),
        )
    except (KeyError, TypeError, ValueError) as err:
        raise SettingsError(f"{file}: {name}: {err}") from err


def _pattern(words: list[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=len, reverse=True)
    parts = [
        re.escape(word[1:]) if word.startswith("~") else rf"(?<!\w){re.escape(word)}"
        for word in longest_first
    ]
    return re.compile("|".join(parts).lower())
