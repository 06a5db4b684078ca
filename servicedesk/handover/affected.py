"""Whether others are affected too, by the words that say it (affected.yml): what L1 reads as impact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from servicedesk.handover.clauses import clauses, sentences

LONGEST = 4_000  # characters of a text that are looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class Affected:
    one: re.Pattern[str]
    fine: re.Pattern[str]
    not_fine: re.Pattern[str]
    several: re.Pattern[str]
    a_name: re.Pattern[str]
    told: re.Pattern[str]
    group: re.Pattern[str]

    def others(self, told: Iterable[str], beside: Iterable[str]) -> bool:
        """Whether the answers to "is it only you?", `told`, say that others have it too, or plainly what was written beside
        them. One clause that says so is enough; "only me, for Johan it works" is none."""
        answers = (sentence for text in told for sentence in _sentences(text))
        if any(self._answered(sentence) for sentence in answers):
            return True
        return any(self._says_so(clause) for text in beside for each in _sentences(text) for clause in each)

    def _answered(self, sentence: list[str]) -> bool:
        left = [clause for clause in sentence if not self._only_one(clause)]
        words = [self.told] if len(left) < len(sentence) else [self.told, self.group]
        return any(
            self._says_so(clause) or any(each.search(clause.casefold()) for each in words) for clause in left
        )

    def _says_so(self, clause: str) -> bool:
        if self._only_one(clause):
            return False
        return bool(self.several.search(clause.casefold()) or self.a_name.search(clause))

    def _only_one(self, clause: str) -> bool:
        """ "Only me", "for Johan it works"."""
        small = clause.casefold()
        works = self.fine.search(small) and not self.not_fine.search(small)
        return bool(self.one.search(small) or works)


def build(content: Mapping[str, Any]) -> Affected:
    """Raises ValueError, KeyError, TypeError."""
    lists = {name: _any_of(name, content[name]) for name in ("one", "fine", "several", "told")}
    singles = {name: _any_of(name, [content[name]]) for name in ("not_fine", "a_name", "group")}
    return Affected(**lists, **singles)


def _any_of(name: str, patterns: Sequence[str]) -> re.Pattern[str]:
    if not patterns or isinstance(patterns, str):
        raise ValueError(f"{name} must be a list of patterns")
    try:
        return re.compile("|".join(f"(?:{each})" for each in patterns))
    except re.error as err:
        raise ValueError(f"{name}: {err}") from err


def _sentences(text: str) -> Iterator[list[str]]:
    """Each in its clauses."""
    text = unicodedata.normalize("NFC", text.replace("’", "'"))[:LONGEST]
    for sentence in sentences(text):
        yield [text[slice(*span)] for span in clauses(text, sentence)]
