"""An objection at the packet's preview that names a line by what stands in it: "callback is nonsense", "it is not the
keyboard, it is the screen".

Only where it can be one line and no other; whatever leaves a doubt is added, so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from actions.preview_words import (
    LEAD,
    LONGEST,
    NOT_FOR_IT,
    STRIPS,
    TAKE_OUT,
    WRONG,
    Add,
    Command,
    Correct,
    Strike,
    without_send,
)
from servicedesk.handover.clauses import folded, sentences


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A line that may be meant by its words."""

    number: int
    name: str
    value: str
    as_a_whole: bool = False  # "not Anna, but Kari" leaves Anna's number behind: only all of it can be meant


_SUBJECT: Final = r"(?P<subject>[^,;.!?:\n]{2,60}?)"
_IS: Final = r"(?:ist|is|er|e|æ|är|ä|war|was|var)"
_IT_IS: Final = rf"(?:(?:es|das|des|dat|det|de|dette|detta|it|that|this)\s+{_IS}|(?:it|that)['’]s)"
_NOT: Final = r"(?:nicht|net|ned|nit|ikke|ikkje|itj|inte|int|ente|ej|not)"
_IT_IS_NOT: Final = (
    rf"(?:(?:{_IT_IS}\s+)?(?:(?:ja|doch|jo|ju)\s+)*{_NOT}|(?:it|that|this)\s+(?:isn|wasn)['’]?t)\s+"
)
_NONSENSE: Final = (
    rf"\s+{_IS}\s+(?:(?:ja|doch|jo|ju|bare|bara|a|ein|total|totaler|helt)\s+)*(?:quatsch|unsinn|blödsinn|schmarrn|käse"
    r"|nonsense|rubbish|tull(?:ball)?|tøv|tøys|vås|trams|nonsens|struntprat)\b[\s.!]*"
)
_BUT: Final = r"(?:\s*[,;–-]+\s*(?:(?:sondern|men|utan|but)\s+)?|\s+(?:sondern|utan|but)\s+)"

_NO_SENSE = re.compile(rf"{_SUBJECT}(?:{_NONSENSE}|\s+{NOT_FOR_IT}[\s.!]*)", re.I)
_IS_WRONG = re.compile(rf"{_SUBJECT}{WRONG}(?P<rest>.*)", re.I | re.S)
_NOT_BUT = re.compile(rf"{_IT_IS_NOT}{_SUBJECT}{_BUT}(?:{_IT_IS}\s+)?(?P<new>\S.*)", re.I | re.S)
_BUT_NOT = re.compile(
    rf"{_IT_IS}\s+(?P<new>[^,;.!?\n]{{2,80}}?)\s*,\s*(?:(?:und|og|och|and)\s+)?{_NOT}\s+{_SUBJECT}[\s.!]*",
    re.I,
)
_MERELY_NOT = re.compile(rf"{_IT_IS_NOT}{_SUBJECT}[\s.!]*", re.I)
# "Not only me" takes nothing back, and "not urgent" is no objection to "it is not urgent".
_ONLY = re.compile(r"(?:nur|bloß|bare|berre|kun|bara|endast|only|just)\b", re.I)
_DENIES = re.compile(
    rf"\b(?:{_NOT}|kein\w*|ingen|inga|inget|ikkje|no|none|never|aldri|aldrig|nie)\b|n['’]t\b", re.I
)
_ARTICLE = re.compile(
    r"^(?:d['’]|['’]s\s+|(?:der|die|das|den|dem|da|de|det|dei|des|ein|eine|einen|en|ei|et|ett|the|an?)\s+)",
    re.I,
)
_ENDING: Final = 3  # letters: "tastatur", "tastaturet"
_STEM: Final = 4


def objections(text: str, lines: Sequence[Named]) -> tuple[Command, ...]:
    """What becomes of the line that the text objects to; nothing where it objects to none, or not to one alone.

    A `Correct` without words: the line is wrong, and what is right was not said."""
    said = re.sub(rf"^{LEAD}", "", " ".join(without_send(text).split()), flags=re.I)
    if len(said) > LONGEST:
        return ()
    if found := _NO_SENSE.fullmatch(said):
        line = _meant(found["subject"], lines)
        return (Strike((line.number,)),) if line else ()
    if found := _IS_WRONG.fullmatch(said):
        line = _meant(found["subject"], lines)
        if line and TAKE_OUT.fullmatch(found["rest"]):
            return (Strike((line.number,)),)
        return _corrected(line, "", STRIPS.sub("", found["rest"])) if line else ()
    if found := _NOT_BUT.fullmatch(said) or _BUT_NOT.fullmatch(said):
        line = _meant(found["subject"], lines)
        return _corrected(line, found["subject"], found["new"]) if line else ()
    if found := _MERELY_NOT.fullmatch(said):
        line = _meant(found["subject"], lines)
        if line is None:
            return ()
        whole = len(_words(found["subject"])) >= len(_words(line.value))
        return (Strike((line.number,)) if whole else Correct(line.number, ""),)
    return ()


def _corrected(line: Named, denied: str, new: str) -> tuple[Command, ...]:
    first, *others = [new[slice(*span)] for span in sentences(new)] or [""]
    text = first.strip(" ,;.!")
    text = _in_place(line.value, _words(denied), text) if denied else text
    return (Correct(line.number, text), *(Add(each.strip()) for each in others))


def _in_place(value: str, denied: Sequence[str], new: str) -> str:
    """The new words where those stood that were denied; what else the line says stays, and so does a comma."""
    words = value.split()
    gone = [at for at, word in enumerate(words) if any(_alike(word, each) for each in denied)]
    if not gone:
        return new  # the line was called by its name
    start, end = gone[0], gone[-1] + 1
    with_article = start > 0 and _ARTICLE.fullmatch(f"{words[start - 1]} ") is not None
    new = new if with_article else _ARTICLE.sub("", new, count=1)
    stop = words[end - 1][len(words[end - 1].rstrip(",;:.")) :] if end < len(words) else ""
    return " ".join([*words[: start - with_article], new + stop, *words[end:]])


def _meant(subject: str, lines: Sequence[Named]) -> Named | None:
    if _ONLY.match(subject):
        return None
    wanted = _words(subject)
    if not wanted:
        return None
    meant = [line for line in lines if not _DENIES.search(line.value) and _stands_in(wanted, line)]
    return meant[0] if len(meant) == 1 else None


def _stands_in(wanted: Sequence[str], line: Named) -> bool:
    if _all_in(wanted, _words(line.name)):
        return True
    value = _words(line.value)
    return _all_in(wanted, value) and (not line.as_a_whole or _all_in(value, wanted))


def _all_in(some: Sequence[str], others: Sequence[str]) -> bool:
    return all(any(_alike(each, other) for other in others) for each in some)


def _alike(one: str, other: str) -> bool:
    """The same word, whatever ending Scandinavian languages put to it for "the"."""
    one, other = (folded(each.strip(" .,;:!?")) for each in (one, other))
    short, long = sorted((one, other), key=len)
    return one == other or (
        len(short) >= _STEM and long.startswith(short) and len(long) - len(short) <= _ENDING
    )


def _words(text: str) -> list[str]:
    """Without the article before them."""
    return [each for each in _ARTICLE.sub("", text.strip(), count=1).split() if re.search(r"\w", each)]
