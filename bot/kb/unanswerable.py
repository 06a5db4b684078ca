"""Questions that no article answers: what an article must be nearer than to be shown (docs/authoring.md).

Two kinds: IT questions that the base has nothing on, a line each in `data/unanswerable/LANGUAGE.txt`, and what is not
about IT, of which the examples of the intent `out_of_scope` are as good as any.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import yaml

DATA: Final = Path(__file__).parents[2] / "data"
NOT_IT: Final = "out_of_scope"
_MOST_NOT_IT: Final = 120  # a language; more made nothing better


@cache
def unanswerable(language: str) -> tuple[str, ...]:
    """Both kinds of one language; none where there are no such files."""
    return tuple(dict.fromkeys((*_written(language), *nlu_sentences(language, NOT_IT, _MOST_NOT_IT))))


def nlu_sentences(language: str, intent: str, most: int) -> list[str]:
    """Evenly spread examples of an intent; empty when there is no such file."""
    file = DATA / "nlu" / language / f"{intent}.yml"
    if not file.is_file():
        return []
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    lines = [line[1:].strip() for group in groups for line in group["examples"].splitlines()]
    texts = [line for line in lines if line]
    return texts[:: max(1, len(texts) // most)][:most]


def _written(language: str) -> list[str]:
    file = DATA / "unanswerable" / f"{language}.txt"
    if not file.is_file():
        return []
    lines = (" ".join(line.split()) for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
