"""What L1 would ask, a category each, and by which words it is told (facts.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from servicedesk.conversations import LANGUAGES
from servicedesk.handover.clauses import QUOTED, folded, signs
from servicedesk.handover.phrases import name_in

LONGEST = 4_000
A_QUESTION = 8  # words: "what it says is that ..." is none
FEW_WORDS = 7  # an answer in words that nobody foresaw ("right after lunch") is short
NOUN, MOMENT, NAME = "noun", "moment", "name"  # of a story, what of the clause
ERROR = "error"  # the one fact that stands between quotation marks
PARTS = (
    "label", "name", "ask", "entity", "signs", "unless", "answers", "bare", "not_where", "free", "alone", "seen", "short",
    "if_yes", "if_no", "around", "only", "means", "whole_where", "read_as", "also_read_as",
    "by_words", "lists",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class FactKind:
    id: str
    label: str  # English, for L1
    name: Mapping[str, str]  # by language: what the line is called
    ask: Mapping[str, str]  # by language: the question
    entity: str | None
    signs: re.Pattern[str] | None  # tell it wherever they stand
    unless: re.Pattern[str] | None  # look like a sign and are none
    answers: re.Pattern[str] | None  # tell it where it was asked for
    bare: re.Pattern[str] | None  # words that name the kind of thing and none of them: "the device"
    not_where: re.Pattern[str] | None  # of a clause that says where it is not, or where it works
    free: bool  # any words may be an answer to it; of the others an answer can be seen to be one
    alone: bool  # whoever tells it has not told what was asked for
    seen: bool  # an answer to it can be seen to be one: what cannot is none
    short: str  # how much of a story's clause it is: "noun", "moment" or "name" (phrases.py), else all
    meaning: Mapping[bool, Mapping[str, str]]  # what yes and no to its question mean, by language
    around: (
        re.Pattern[str] | None
    )  # what stands round a value and says nothing of its own: "... will approve"
    only: re.Pattern[str] | None  # the value itself, among words that do no more than name it
    means: tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]  # words, and what they come to, by language
    whole_where: re.Pattern[str] | None  # of a sentence of which a part alone would say the opposite
    read_as: str = ""  # what it is called among the clauses that are read by their meaning (meaning.py)
    also_read_as: frozenset[str] = frozenset()  # the same where it was asked for
    by_words: bool = False  # its words say it better than its meaning does
    lists: bool = False  # what follows in its sentence belongs to it

    def told_in(self, clause: str, entities: Mapping[str, str]) -> bool:
        """Whether this clause tells it, whoever asked; `entities` as they are written."""
        words = folded(clause)
        if self.says_nothing(words) or self.is_elsewhere(words):
            return False
        if self.short == NAME:
            return bool(name_in(clause))
        written = str(entities.get(self.entity) or "") if self.entity else ""
        if _stands_in(written, clause) and not self.says_nothing(folded(written)):
            return not is_missing(written, words)
        if self.id == ERROR and QUOTED.search(clause):
            return True
        if self.unless:
            words = self.unless.sub(" ", words)
        return self.signs is not None and self.signs.search(words) is not None

    def says_nothing(self, words: str) -> bool:
        """ "The device" is none."""
        return self.bare is not None and self.bare.fullmatch(words.strip(" .!?,")) is not None

    def is_elsewhere(self, words: str) -> bool:
        """ "On the phone it works" does not say what is concerned."""
        return self.not_where is not None and self.not_where.search(words) is not None

    def answered_in(self, clause: str) -> bool:
        """Whether this clause tells it to somebody who has asked for it: "Monday" says since when."""
        if self.says_nothing(folded(clause)):
            return False
        terse = len(clause.split()) <= FEW_WORDS
        return terse and self.answers is not None and self.answers.search(folded(clause)) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Of one category, the most useful first."""

    needed: tuple[FactKind, ...]  # asked for
    nice: tuple[FactKind, ...]  # kept where it is told
    without: frozenset[str] = frozenset()  # of what is asked of every order: what is none of this one


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    kinds: Mapping[str, FactKind]
    categories: Mapping[str, Wanted]
    ordered: tuple[FactKind, ...]
    at_once: int
    questions: int
    urgency: Mapping[str, re.Pattern[str]]  # by the code of the urgency question's button
    yes: re.Pattern[str]
    no: re.Pattern[str]
    not_known: re.Pattern[str]
    asking: re.Pattern[str]  # how a question begins

    def of(self, category: str) -> Wanted:
        """Of a category that the file does not have, those of "other"."""
        return self.categories.get(category, self.categories["other"])

    def is_not_known(self, answer: str) -> bool:
        """ "No idea": an answer, for nobody need ask again."""
        return self.not_known.fullmatch(_bare(answer)) is not None

    def is_question(self, text: str) -> bool:
        """ "What do you mean", with its mark or without one."""
        return text.rstrip().endswith("?") or (len(text.split()) <= A_QUESTION and self.asks_why(text))

    def asks_why(self, text: str) -> bool:
        return self.asking.match(_bare(text)) is not None

    def yes_or_no(self, answer: str) -> bool | None:
        """None where it is neither, or more than that."""
        bare = _bare(answer)
        if self.yes.fullmatch(bare):
            return True
        return False if self.no.fullmatch(bare) else None

    def urgency_of(self, text: str) -> str:
        """What this says of whether work goes on, as the button would say it; empty where it says nothing."""
        bare = folded(text[:LONGEST])
        return next((code for code, words in self.urgency.items() if words.search(bare)), "")


def build(content: Mapping[str, Any]) -> Facts:
    """Raises ValueError, KeyError, TypeError."""
    kinds = {str(name): _kind(str(name), entry) for name, entry in content["facts"].items()}
    return Facts(
        kinds=kinds,
        categories={
            str(name): _wanted(kinds, str(name), wanted)
            for name, wanted in {"other": {}, **content["categories"]}.items()
        },
        ordered=_known(kinds, "ordered", content["ordered"]),
        at_once=_number(content, "at_once", 3),
        questions=_number(content, "questions", 5),
        urgency={
            str(code): pattern for code, words in content["urgency"].items() if (pattern := signs(words))
        },
        yes=_whole(content, "says_yes"),
        no=_whole(content, "says_no"),
        not_known=_whole(content, "not_known"),
        asking=_whole(content, "asking"),
    )


def _kind(name: str, entry: Mapping[str, Any]) -> FactKind:
    unknown = set(entry) - set(PARTS)
    if unknown:
        raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    return FactKind(
        id=name,
        label=str(entry["label"]),
        name=_in_each_language(entry["name"]),
        ask=_in_each_language(entry["ask"]),
        entity=entry.get("entity"),
        signs=signs(entry.get("signs") or ()),
        unless=signs(entry.get("unless") or ()),
        answers=signs(entry.get("answers") or ()),
        bare=signs(entry.get("bare") or ()),
        not_where=_any_of(entry.get("not_where") or ()),
        free=bool(entry.get("free", False)),
        alone=bool(entry.get("alone", False)),
        seen=bool(entry.get("seen", False)),
        short=_one_of(name, str(entry.get("short", "")), ("", NOUN, MOMENT, NAME)),
        meaning={
            said: _in_each_language(entry[key])
            for said, key in ((True, "if_yes"), (False, "if_no"))
            if key in entry
        },
        around=_written(entry.get("around") or ()),
        only=_written(entry.get("only") or ()),
        means=tuple(
            (pattern, _in_each_language(each["says"]))
            for each in entry.get("means") or ()
            if (pattern := _written(each["words"]))
        ),
        whole_where=_written(entry.get("whole_where") or ()),
        read_as=str(entry.get("read_as", name)),
        also_read_as=frozenset(map(str, entry.get("also_read_as") or ())),
        by_words=bool(entry.get("by_words", False)),
        lists=bool(entry.get("lists", False)),
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """Regular expressions, which look at folded words."""
    return re.compile("|".join(f"(?:{each})" for each in patterns)) if patterns else None


def _written(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """Regular expressions, which look at the words as they are written."""
    return re.compile("|".join(f"(?:{each})" for each in patterns), re.I) if patterns else None


def _wanted(kinds: Mapping[str, FactKind], name: str, wanted: Any) -> Wanted:
    if not isinstance(wanted, Mapping) or set(wanted) - {"needed", "nice", "without"}:
        raise ValueError(f"{name} must say what is needed, and what is nice")
    without = frozenset(kind.id for kind in _known(kinds, name, wanted.get("without", ())))
    lists = {key: _known(kinds, name, wanted.get(key, ())) for key in ("needed", "nice")}
    return Wanted(**lists, without=without)


def _in_each_language(texts: Mapping[str, Any]) -> dict[str, str]:
    return {language: str(texts[language]) for language in LANGUAGES}


def _known(kinds: Mapping[str, FactKind], where: str, names: Iterable[Any]) -> tuple[FactKind, ...]:
    strange = [name for name in names if name not in kinds]
    if strange:
        raise ValueError(f"{where}: there is no fact {strange[0]!r}")
    return tuple(kinds[name] for name in names)


def _number(content: Mapping[str, Any], name: str, most: int) -> int:
    number = content[name]
    if not isinstance(number, int) or not 1 <= number <= most:
        raise ValueError(f"{name} must be a number from 1 to {most}")
    return number


def _whole(content: Mapping[str, Any], name: str) -> re.Pattern[str]:
    words: Sequence[str] = content[name]
    found = signs(words)
    if found is None:
        raise ValueError(f"{name} must be a list of words")
    return found


def _bare(text: str) -> str:
    return folded(text).strip(" .!,…")


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"{name}: there is no {value!r}")
    return value


def is_missing(written: str, words: str) -> bool:
    """ "It has no screen" does not say that it is about a screen."""
    none = r"(?:ingen|inga|inget|intet|noen|kein|keine|keinen|no|uten|utan|ohne|without)"
    return re.search(rf"(?<!\w){none} {re.escape(folded(written))}", words) is not None


def _stands_in(written: str | None, clause: str) -> bool:
    """As a word: "Bergen-Prosjekt" is no place."""
    return (
        bool(written) and re.search(rf"(?<!\w){re.escape(str(written))}(?![\w-])", clause, re.I) is not None
    )
