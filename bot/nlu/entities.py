"""Names and numbers in a message: by rules, per language, with spaCy's tokeniser and EntityRuler.

Words are in patterns/*.yml, which anybody may extend; codes are regular expressions here, because spaCy's tokens
would cut them. A rule about another person is a sentence frame, not a word: "sjefen min er låst ute" is about the
manager's account, "sjefen min sier at jeg må bytte passord" is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.language import Language

from bot.nlu.language import LANGUAGES

PATTERNS = Path(__file__).with_name("patterns")
MAX_CHARACTERS = 2000
OTHER_PERSON = "other_person"

# Linear: no repetition inside a repetition (S9).
_CODES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ticket_number", re.compile(r"\bT0[- ]?[0-9A-Z]{5}\b", re.I)),
    ("ticket_number", re.compile(r"\b(?:INC|REQ|RITM|CHG|TASK|SR|CS)[- ]?\d{3,10}\b", re.I)),
    ("ticket_number", re.compile(r"(?<![\w/])#\d{3,10}\b|\b[A-Z]{2,8}-\d{2,7}\b")),
    ("error_code", re.compile(r"\b0x[0-9a-f]{3,8}\b|\bAADSTS\d{4,7}\b", re.I)),
    ("error_code", re.compile(r"\b(?:fel|feil|fehler|error)?[- ]?(?:kode|kod|code)[: ]{1,2}\d{1,6}\b", re.I)),
    ("error_code", re.compile(r"\b(?:error|fehler|feil|fel)[: ]{1,2}[A-Z]{0,3}-?\d{2,6}\b", re.I)),
)
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entity:
    """`text[start:end]` is a `kind`; `value` is what it stands for ("svenska": "sv")."""

    kind: str
    start: int
    end: int
    value: str


def find(text: str, language: str) -> list[Entity]:
    """All entities, by position; no two overlap. A language that we do not speak is read as English."""
    text = _SURROGATES.sub("\ufffd", text[:MAX_CHARACTERS])
    found = list(_codes(text))
    doc = _pipeline(language if language in LANGUAGES else "en")(text)
    for span in doc.ents:
        entity = Entity(span.label_, span.start_char, span.end_char, span.ent_id_ or span.text)
        if not any(_overlap(entity, other) for other in found):
            found.append(entity)
    return sorted(found, key=lambda entity: entity.start)


def _codes(text: str) -> Iterator[Entity]:
    end = 0
    matches = ((m.start(), m.end(), kind) for kind, pattern in _CODES for m in pattern.finditer(text))
    for start, stop, kind in sorted(matches, key=lambda match: (match[0], -match[1])):
        if start >= end:
            end = stop
            value = text[start:stop]
            yield Entity(kind, start, stop, value.upper() if kind == "ticket_number" else value)


def _overlap(one: Entity, other: Entity) -> bool:
    return one.start < other.end and other.start < one.end


@cache
def _pipeline(language: str) -> Language:
    nlp = spacy.blank(language)
    ruler: Any = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    own = _read(language)
    frames = own.pop(OTHER_PERSON)
    ruler.add_patterns([*_phrases(_read("shared")), *_phrases(own), *_frames(frames)])
    return nlp


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PATTERNS / f"{name}.yml").read_text(encoding="utf-8"))
    return content


def _phrases(names: dict[str, dict[str, list[str]]]) -> Iterator[dict[str, str]]:
    for kind, entries in names.items():
        for value, spellings in entries.items():
            yield from ({"label": kind, "pattern": spelling, "id": value} for spelling in spellings)


def _frames(words: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Sentence frames in which the account is somebody else's."""

    def one_of(name: str, operator: str = "1") -> dict[str, Any]:
        return {"LOWER": {"IN": words[name]}, "OP": operator}

    genitive = {"IN": [form for person in words["people"] for form in _genitives(person)]}
    person = [one_of("own", "*"), one_of("people"), one_of("own", "?")]
    frames = [
        [one_of("on_behalf"), one_of("own", "+"), one_of("people"), one_of("own", "?")],  # for my boss
        [one_of("on_behalf"), one_of("people"), one_of("own", "?")],  # for sjefen
        [one_of("belongings"), one_of("own", "?"), one_of("of"), *person],  # passordet til sjefen
        [
            one_of("own", "*"),
            {"LOWER": genitive},
            one_of("own", "?"),
            one_of("belongings"),
        ],  # chefens lösenord
        [*person[:2], {"LOWER": {"IN": ["'s", "’s", "'", "s", "sin", "sitt"]}}, one_of("belongings")],
        [*person, one_of("verbs"), one_of("between", "*"), one_of("troubles")],  # my boss is locked out
    ]
    needs = [one_of("needs"), one_of("own", "*"), one_of("belongings")]
    for frame in [*frames, [*person, *needs]]:  # my boss needs a new password
        yield {"label": OTHER_PERSON, "pattern": frame}


def _genitives(person: str) -> tuple[str, ...]:
    return f"{person}s", f"{person}es", f"{person}'s", f"{person}’s"
