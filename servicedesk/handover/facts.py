"""What L1 would ask, a category each, and what of it was told already (facts.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.conversations import LANGUAGES
from servicedesk.handover.files import beginnings

LONGEST = 4_000
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_QUOTED = re.compile(r"[\"“”„«»‘’]([^\"“”„«»‘’]{6,200})[\"“”„«»‘’]")
ERROR = "error"  # the one fact that stands between quotation marks


@dataclass(frozen=True, kw_only=True, slots=True)
class FactKind:
    id: str
    label: str  # English, for L1
    name: Mapping[str, str]  # by language: what the line is called
    ask: Mapping[str, str]  # by language: the question
    entity: str | None
    signs: re.Pattern[str] | None

    def told_in(self, text: str, entities: Mapping[str, str]) -> str | None:
        """What was told of it: the entity's value, else the sentence that says it; None where nothing was."""
        if self.entity and entities.get(self.entity):
            return str(entities[self.entity])
        if self.id == ERROR and (quoted := _QUOTED.search(text[:LONGEST])):
            return quoted[1].strip()
        if self.signs is None:
            return None
        sentences = _SENTENCES.split(text[:LONGEST])
        return next((each.strip() for each in sentences if self.signs.search(each.casefold())), None)

    @property
    def recognisable(self) -> bool:
        """Whether it can be seen in a text that it was told; of the others an answer is taken on trust."""
        return self.entity is not None or self.signs is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    kinds: Mapping[str, FactKind]
    categories: Mapping[str, tuple[FactKind, ...]]
    ordered: tuple[FactKind, ...]
    at_once: int

    def of(self, category: str) -> tuple[FactKind, ...]:
        """Of a category that the file does not have, those of "other"."""
        return self.categories.get(category, self.categories["other"])

    def told(
        self, kinds: Iterable[FactKind], said: Iterable[tuple[str, Mapping[str, str]]]
    ) -> dict[str, str]:
        """What these messages (text and entities) tell of these facts, by the fact's id; the newest counts."""
        found: dict[str, str] = {}
        for text, entities in said:
            for kind in kinds:
                value = kind.told_in(text, entities)
                if value:
                    found[kind.id] = value
        return found


def build(content: Mapping[str, Any]) -> Facts:
    """Raises ValueError, KeyError, TypeError."""
    kinds = {str(name): _kind(str(name), entry) for name, entry in content["facts"].items()}
    at_once = content["at_once"]
    if not isinstance(at_once, int) or not 1 <= at_once <= 5:
        raise ValueError("at_once must be a number from 1 to 5")
    return Facts(
        kinds=kinds,
        categories={
            str(name): tuple(_known(kinds, str(name), each) for each in wanted)
            for name, wanted in {"other": (), **content["categories"]}.items()
        },
        ordered=tuple(_known(kinds, "ordered", each) for each in content["ordered"]),
        at_once=at_once,
    )


def _kind(name: str, entry: Mapping[str, Any]) -> FactKind:
    unknown = set(entry) - {"label", "name", "ask", "entity", "signs"}
    if unknown:
        raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    return FactKind(
        id=name,
        label=str(entry["label"]),
        name={language: str(entry["name"][language]) for language in LANGUAGES},
        ask={language: str(entry["ask"][language]) for language in LANGUAGES},
        entity=entry.get("entity"),
        signs=beginnings(entry.get("signs") or ()),
    )


def _known(kinds: Mapping[str, FactKind], where: str, name: Any) -> FactKind:
    if name not in kinds:
        raise ValueError(f"{where}: there is no fact {name!r}")
    return kinds[name]
