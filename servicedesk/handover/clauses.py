"""A text in the clauses that tell one fact each: "since yesterday, only me" is two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

QUOTED: Final = re.compile(r"[\"“”„«»‘’]([^\"“”„«»‘’\n]{4,200})[\"“”„«»‘’]")
Span = tuple[int, int]

# "im 2. Stock" and "kl. 9" are no ends of a sentence.
_SENTENCE_ENDS = re.compile(
    r"(?<=[.!?…])(?<!\d\.)(?<!\b(?:kl|ca|nr|bl|st|dr|hr|fr|mr|ms)\.)(?<!\bmrs\.)(?<!\bprof\.)(?<!\b\w\.)\s+|\n+",
    re.I,
)
_COMMAS = re.compile(r"\s*[;,](?!\d)\s*(?:(?:men|aber|but)\s+)?|\s+[-–—]+\s+|\s+(?:men|aber|but)\s+", re.I)
_AND = re.compile(r"(?:og|och|o|und|and|men|aber|but|samt|sowie|&|\+)\s+", re.I)
# Words with which a part begins that may tell something of its own: "on my phone | since Monday | and only me".
_BEGINS = re.compile(
    r"\s+(?=(?:og|och|o|und|and|men|aber|but|samt|sowie|&|\+"
    r"|siden|sia|sedan|sen|seit|since|etter|efter|nach|after|før|före|vor|before|fra|från|ab|from|når|när|wenn|when"
    r"|på|i|hos|ved|vid|med|til|till|för|for|auf|am|an|im|in|bei|beim|mit|ins|zu|on|at|in|with|to|by"
    r"|bare|bara|kun|nur|only|just|det står|da steht|es steht|it says"
    r"|fordi|eftersom|weil|because|um|innen|senast|senest|bis)\s)",
    re.I,
)
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


def cuts(text: str, clause: Span) -> list[tuple[Span, Span]]:
    """Each way in which the clause falls in two where a preposition or an "and" begins."""
    start, end = clause
    found = [
        (at.start(), at.end()) for at in _BEGINS.finditer(_masked(text), start, end) if at.start() > start
    ]
    return [((start, before), (_after_and(text, after, end), end)) for before, after in found]


def _after_and(text: str, start: int, end: int) -> int:
    link = _AND.match(text, start, end)
    return link.end() if link else start


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
    return ", ".join(text[start:end].strip(" ,;.") for start, end in joined)


def folded(text: str) -> str:
    """As it is compared: lower case, without diacritics, and every doubled letter once ("i gar", "kolegen")."""
    plain = unicodedata.normalize("NFD", text.casefold().translate(_WRITTEN))
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    for two, one in _TWO_LETTERS:
        plain = plain.replace(two, one)
    return _TWICE.sub(r"\1", " ".join(plain.split()))


def signs(words: Sequence[str]) -> re.Pattern[str] | None:
    """Finds any of these in a folded text. Whole words; `*` stands for any letters: "kolleg*", "vor * tagen".
    "=jeg" is that word and nothing else."""
    parts = sorted({_pattern(str(word)) for word in words}, key=len, reverse=True)
    return re.compile("|".join(parts)) if parts else None


def _pattern(word: str) -> str:
    whole = word.startswith("=")
    inner = r"\w*".join(re.escape(part) for part in folded(word.removeprefix("=")).split("*"))
    if whole:
        return rf"^\W*{inner}\W*$"
    return rf"(?<!\w){inner}(?![\w-])" if inner[-1:].isalnum() else rf"(?<!\w){inner}"


def _cut(text: str, within: Span, at: re.Pattern[str]) -> list[Span]:
    start, end = within
    cuts = [(found.start(), found.end()) for found in at.finditer(_masked(text), start, end)]
    edges = [start, *(edge for cut in cuts for edge in cut), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if text[a:b].strip(" .!?…,;-")]


def _masked(text: str) -> str:
    """What stands in quotation marks has no ends and no commas. The same length."""
    return QUOTED.sub(lambda found: "x" * len(found[0]), text)
