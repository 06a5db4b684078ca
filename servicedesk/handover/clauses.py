"""A text in the clauses that tell one fact each: "since yesterday, only me" is two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

QUOTED: Final = re.compile(r"[\"“”„«»‘’]([^\"“”„«»‘’\n]{4,200})[\"“”„«»‘’]")
Span = tuple[int, int]

# "im 2. Stock" and "kl. 9" are no ends of a sentence.
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])(?<!\d\.)(?<!\b(?:kl|ca|nr|bl|st)\.)(?<!\b\w\.)\s+|\n+")
_COMMAS = re.compile(r"\s*[;,](?!\d)\s*|\s+[-–—]+\s+")
_AND = re.compile(r"\s+(?:og|och|und|and|men|aber|but|samt|sowie|&|\+)\s+", re.I)
_FILLER = re.compile(
    r"(?:hm+|well|tja|eh+|uh+|um|äh+|öh+|naja|nja|altså|alltså|also|so|ok(?:ay)?|hei|hej|hallo|hi)?[\s.,!…]*",
    re.I,
)
_TWICE = re.compile(r"([^\W\d_])\1+")
# What a keyboard without these letters writes, on both sides of every comparison.
_WRITTEN: Final = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "ð": "d", "’": "'"})
_TWO_LETTERS: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))


def sentences(text: str) -> list[Span]:
    return _cut(text, (0, len(text)), _SENTENCE_ENDS)


def clauses(text: str, sentence: Span) -> list[Span]:
    """The parts between commas and dashes."""
    return _cut(text, sentence, _COMMAS)


def conjunctions(text: str, clause: Span) -> list[tuple[Span, Span]]:
    """Each way in which "and" cuts the clause in two."""
    start, end = clause
    return [
        ((start, found.start()), (found.end(), end))
        for found in _AND.finditer(_masked(text), start, end)
        if found.start() > start
    ]


def is_filler(text: str) -> bool:
    """ "Hm" and "well" answer nothing."""
    return _FILLER.fullmatch(text.strip()) is not None


def words_of(text: str, spans: Iterable[Span]) -> str:
    """What stands there; neighbours with what stands between them, others with a comma."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and not text[joined[-1][1] : start].strip(" ,;.!-–—"):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return ", ".join(text[start:end].strip(" ,;") for start, end in joined)


def folded(text: str) -> str:
    """As it is compared: lower case, without diacritics, and every doubled letter once ("i gar", "kolegen")."""
    plain = unicodedata.normalize("NFD", text.casefold().translate(_WRITTEN))
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    for two, one in _TWO_LETTERS:
        plain = plain.replace(two, one)
    return _TWICE.sub(r"\1", " ".join(plain.split()))


def signs(words: Sequence[str]) -> re.Pattern[str] | None:
    """Finds any of these in a folded text. Whole words; `*` stands for any letters: "kolleg*", "vor * tagen"."""
    parts = sorted({_pattern(str(word)) for word in words}, key=len, reverse=True)
    return re.compile("|".join(parts)) if parts else None


def _pattern(word: str) -> str:
    inner = r"\w*".join(re.escape(part) for part in folded(word).split("*"))
    return rf"(?<!\w){inner}(?![\w-])" if inner[-1:].isalnum() else rf"(?<!\w){inner}"


def _cut(text: str, within: Span, at: re.Pattern[str]) -> list[Span]:
    start, end = within
    cuts = [(found.start(), found.end()) for found in at.finditer(_masked(text), start, end)]
    edges = [start, *(edge for cut in cuts for edge in cut), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if text[a:b].strip(" .!?…,;-")]


def _masked(text: str) -> str:
    """What stands in quotation marks has no ends and no commas. The same length."""
    return QUOTED.sub(lambda found: "x" * len(found[0]), text)
