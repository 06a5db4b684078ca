"""The few words of a clause that say it: of "then my laptop crashed with the file open", "my laptop".

A story stands in the packet as a whole. What is taken out of it as a device, a place or a time is no more than that."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from servicedesk.handover.clauses import Span

FILE: Final = Path(__file__).parent.with_name("handover_phrases.yml")

LONGEST: Final = 5  # words that one sign may span
_CAPITAL: Final = r"[A-ZÅÄÖØÆÜÉ][a-zåäöøæüßéèáíóñ]+"
_PART = re.compile(rf"{_CAPITAL}(?:-{_CAPITAL})?")
_WORD = re.compile(r"[^\s,;:()\"“”„«»]+")
Tells = Callable[[str], bool]


def noun(clause: str, tells: Tells) -> str:
    """The thing or the place that is named, with what belongs to it; the clause itself where no few words say it."""
    words = _words(clause)
    found = _shortest(clause, words, tells)
    if found is None:
        return clause
    first, last = found
    while first > 0 and _is_before(_text(clause, words[first - 1])):
        first -= 1
    last += _more(clause, words, last)
    return clause[words[first][0] : words[last][1]].strip(" .!?")


def name_in(text: str) -> str:
    """The first name of a person in it; "" where there is none: two words with capitals side by side, of which none is a
    title, a product or a town."""
    run: list[Span] = []
    for word in (*_words(text), (len(text), len(text))):
        said = text[slice(*word)]
        apart = bool(run) and text[run[-1][1] : word[0]].strip(" ") != ""
        counts = (
            _PART.fullmatch(said.rstrip(".!?")) and said.casefold().rstrip(".!?") not in _lists()["no_name"]
        )
        linked = bool(run) and said in ("von", "van", "de", "af", "der", "bin", "al")
        ended = bool(run) and text[slice(*run[-1])].endswith((".", "!", "?"))
        if (apart or ended or not (counts or linked)) and len(run) > 1:
            break
        run = [*([] if apart or ended else run), word] if counts or (linked and not apart) else []
    return text[run[0][0] : run[-1][1]].rstrip(".!?") if len(run) > 1 else ""


def moment(clause: str, tells: Tells, is_time: Tells) -> str:
    """The time that is told; `is_time` knows the words that say one beside the signs ("Friday", "lunch")."""
    words = _words(clause)
    found = _shortest(clause, words, tells)
    if found is None:
        return clause
    first, last = found
    if any(_does(clause, words, at) for at in range(first, last + 1)):
        return clause[words[first][0] :].strip(" .!?")  # "since I got back from holiday"
    while first > 0 and _is_before(_text(clause, words[first - 1])):
        first -= 1
    last += _more_of_the_time(clause, words, last, is_time)
    if _leads(_text(clause, words[last])):
        return clause[words[first][0] :].strip(
            " .!?"
        )  # "it started when the update came" is no time without the update
    return clause[words[first][0] : words[last][1]].strip(" .!?")


def _more_of_the_time(clause: str, words: Sequence[Span], last: int, is_time: Tells) -> int:
    """How many words after it say the time, too; one among them may be unknown ("about quarter past eight this morning")."""
    more, strange = 0, 0
    for at in range(last + 1, len(words)):
        word = _text(clause, words[at])
        if clause[words[at - 1][1] : words[at][0]].strip() or strange > 1:
            break
        if any(map(str.isdigit, word)) or word in _lists()["time"] or is_time(word):
            more, strange = at - last, 0
        elif _does(clause, words, at):
            break
        elif not _is_before(word):
            strange += 1
    return more


def _shortest(clause: str, words: Sequence[Span], tells: Tells) -> tuple[int, int] | None:
    """The fewest words that tell it; of equals the first without which the clause no longer does, for the words round
    "phone" may say that it is only what is written on."""
    for length in range(1, min(LONGEST, len(words)) + 1):
        found = [
            (first, first + length - 1)
            for first in range(len(words) - length + 1)
            if tells(clause[words[first][0] : words[first + length - 1][1]])
        ]
        decisive = (
            (first, last)
            for first, last in found
            if not tells(f"{clause[: words[first][0]]} {clause[words[last][1] :]}")
        )
        if found:
            return next(decisive, found[0])
    return None


def _words(clause: str) -> list[Span]:
    return [found.span() for found in _WORD.finditer(clause)]


def _text(clause: str, word: Span) -> str:
    return clause[slice(*word)].casefold().strip(".!?")


def _does(clause: str, words: Sequence[Span], at: int) -> bool:
    """Whether this word is who does something. "I" is a preposition in Norwegian and Swedish."""
    word = _text(clause, words[at])
    if word == "i":
        return at > 0 and _text(clause, words[at - 1]) in ("since", "when", "after")
    return word in _lists()["subject"]


def _is_before(word: str) -> bool:
    return word in _lists()["before"] or word[:1].isdigit()


def _leads(word: str) -> bool:
    return word in _lists()["before"] or word in _lists()["leads"]


def _more(clause: str, words: Sequence[Span], last: int) -> int:
    """How many words after it belong to it: a model or a number ("iPhone 13", "my ThinkPad T14"), whose it is ("maskina
    mi"), a town ("i Oslo")."""
    more = 0
    for at in range(last + 1, len(words)):
        if clause[words[at - 1][1] : words[at][0]].strip():
            break  # a comma stands between
        following, next_one = (
            clause[slice(*words[at])],
            clause[slice(*words[at + 1])] if at + 1 < len(words) else "",
        )
        town = following.casefold() in ("i", "in") and next_one[:1].isupper() and len(next_one) > 1
        if (
            not town
            and following.casefold() not in _lists()["after"]
            and not any(map(str.isdigit, following))
        ):
            break
        more = at - last + town
        if town:
            break
    return more


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    """All languages at once."""
    lists: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: frozenset(map(str, words)) for name, words in lists.items()}
