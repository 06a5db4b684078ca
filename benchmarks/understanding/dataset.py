"""The examples (data/nlu) and the held-out sentences (tests/understanding/dev)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.nlu.language import LANGUAGES
from bot.nlu.text import clean

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "data" / "nlu"
DEV = ROOT / "tests" / "understanding" / "dev"


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    intent: str
    language: str
    tags: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The same for all spellings that differ in capitals and spaces only."""
        return clean(self.text).casefold()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence whose language is known: `language` is one of four or `other`, `really` a language code."""

    text: str
    language: str
    really: str

    @property
    def is_short(self) -> bool:
        return len(self.text.split()) < 4


def examples() -> list[Sentence]:
    found = []
    for path in sorted(EXAMPLES.glob("*/*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = (line.strip() for line in block["examples"].splitlines())
            texts = [line[2:].strip() for line in lines if line.startswith("- ")]
            found += [Sentence(text, block["intent"], path.parent.name) for text in texts]
    return found


def held_out() -> list[Sentence]:
    """The dev set without the few short sentences ("human please") that are examples, too, in some language."""
    known = {sentence.plain for sentence in examples()}
    return [sentence for sentence in dev_set() if sentence.plain not in known]


def dev_set() -> list[Sentence]:
    return [
        Sentence(row["text"], row["intent"], language, tuple(row.get("tags", ())))
        for language in LANGUAGES
        for row in _rows(DEV / f"{language}.jsonl")
    ]


def spoken() -> list[Spoken]:
    return [Spoken(row["text"], row["language"], row["really"]) for row in _rows(DEV / "language.jsonl")]


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
