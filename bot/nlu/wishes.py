"""Two wishes in one message: "I forgot my password, and I need a new screen".

The message is cut where a sentence ends or a conjunction goes on, and the intent model judges each part. Two wishes are
seen only where two parts are clearly of different intents, and the message as a whole bears out the one that would go
first. Out of its sentence "I haven't forgotten my password" is about a reset, and a story told before one need has
intents of its own: a wish too many sends an employee the wrong way, while one that was missed is typed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.kb import tokens
from bot.nlu.language import LANGUAGES
from bot.nlu.text import as_typed

WORDS = Path(__file__).with_name("patterns") / "wishes.yml"

# What somebody can want done, by what they write or by a button. Small talk beside a wish is no second wish.
ACTIONABLE = frozenset(
    {
        "password_reset",
        "account_unlock",
        "kb_question",
        "service_request",
        "report_security_incident",
        "outage_check",
        "ticket_status",
        "ticket_update",
        "talk_to_human",
    }
)
COMPLAINT = "complaint"
DISTRESS = "distress"  # in a dialogue an intent, else a chance beside the intents
SAFETY = (DISTRESS, "report_security_incident")  # before everything else, in this order
FAULTS = frozenset({"kb_question", "outage_check"})
# One journey: a reset opens the account too, and an opened account is offered a new password.
ONE_JOURNEY = frozenset({"password_reset", "account_unlock"})

CONFIDENT = 0.9  # a part's chance of being right, from which it is a wish
CONFIDENT_IF_ADDED = 0.7  # the same where a word says that something comes on top
# The chance that the whole message must leave to the wish that goes first; the second where that wish is an account
# action. Chosen on the dev set, where a wish too many is a wrong intent.
BORNE_OUT = 0.12
HINTED_AT = 0.01
FEWEST_WORDS = 4  # "new password pls" holds no two wishes
FEWEST_WORDS_OF_A_PART = 2
MOST_PARTS = 8
LONGEST = 2_000  # characters that are looked at
_LEAD = 5  # words in which something is said to come on top

Ranking = Sequence[tuple[str, float]]  # intents and their chances, best first
Rank = Callable[[Sequence[str]], Sequence[Ranking]]

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?;…])[\"'»”)]?\s+|\n\s*|\s[-–—+&]\s")
_COMMA = re.compile(r",\s+")
_NO_APOSTROPHES = {ord(mark): None for mark in "'’"}  # "don't" and "dont" are one word


@dataclass(frozen=True, slots=True)
class Wish:
    """`message[start:end]` is one wish; `text` is that in the employee's words, without the conjunction before it."""

    text: str
    start: int
    end: int
    ranking: Ranking
    ties: int  # to what stands before it: a conjunction, a word that adds, both

    @property
    def intent(self) -> str:
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        return self.ranking[0][1]


def find(text: str, language: str, whole: Ranking, rank: Rank) -> list[Wish]:
    """The wishes of a message, what is safe first, else as they were named; empty unless there are two or more.

    `whole` is the ranking of the message, `rank` gives that of its parts: it is called once or twice, and only for a
    message that can hold two.
    """
    language = language if language in LANGUAGES else "en"
    spans = parts(text, language)
    if len(spans) < 2:
        return []
    judged = _judge(text, spans, language, rank)
    together = _gathered(judged, language)
    if len(together) < 2:
        return []
    # A wish with the words around it must still be the same wish.
    again = _judge(text, [(wish.start, wish.end) for wish in together], language, rank)
    wishes = _different([wish for wish in again if _is_clear(wish, language)], language)
    if len(wishes) < 2:
        return []
    ordered = sorted(wishes, key=lambda wish: (_urgency(wish), wish.start))
    return ordered if _is_borne_out(ordered, text, language, whole) else []


def parts(text: str, language: str) -> list[tuple[int, int]]:
    """Where a message may go on to another wish; a single part where it is too short for that."""
    text = text[:LONGEST]
    if len(text.split()) < FEWEST_WORDS:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    start = 0
    for stop, following in [*_cuts(text, language), (len(text), len(text))]:
        if found and not (
            _stands_alone(text[start:stop], language) and _stands_alone(text[slice(*found[-1])], language)
        ):
            found[-1] = (found[-1][0], stop)
        elif text[start:stop].strip():
            found.append((start, stop))
        start = following
    head, tail = found[: MOST_PARTS - 1], found[MOST_PARTS - 1 :]
    return [*head, (tail[0][0], tail[-1][1])] if tail else head


def texts_of_parts(text: str, language: str) -> list[str]:
    """What `find` will have judged first: the parts in the employee's words; empty where there is only one."""
    language = language if language in LANGUAGES else "en"
    spans = parts(text, language)
    return [own for _, _, own in _told(text, spans, language)] if len(spans) > 1 else []


def _cuts(text: str, language: str) -> list[tuple[int, int]]:
    """End of one part and start of the next, in order, none inside another."""
    words = _words(language)
    places = [match.span() for match in _SENTENCE_END.finditer(text)]
    places += [match.span() for match in words.join.finditer(text)]
    places += [m.span() for m in _COMMA.finditer(text) if words.adds_something(text[m.end() :])]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _judge(text: str, spans: Sequence[tuple[int, int]], language: str, rank: Rank) -> list[Wish]:
    words = _words(language)
    told = _told(text, spans, language)
    ties = [(before != after) + words.adds_something(before) for before, after, _ in told]
    own = [part for _, _, part in told]
    return [
        Wish(part, start, end, ranking, tied)
        for part, (start, end), ranking, tied in zip(own, spans, rank(own), ties, strict=True)
    ]


def _told(text: str, spans: Sequence[tuple[int, int]], language: str) -> list[tuple[str, str, str]]:
    """Each part as it stands, without the conjunction before it, and so that nothing in it is an order to Rasa.

    Cut out of a sentence, "/restart" would be one.
    """
    leading_join = _words(language).leading_join
    told = (text[start:end].strip(" ,;\n") for start, end in spans)
    bare = ((part, leading_join.sub("", part)) for part in told)
    return [(part, without, as_typed(without)) for part, without in bare]


def _gathered(judged: Sequence[Wish], language: str) -> list[Wish]:
    """The parts with a wish of their own; what says nothing clear belongs to what stands before it."""
    together: list[tuple[Wish, bool]] = []
    for part in judged:
        clear = _is_clear(part, language)
        if together:
            before, was_clear = together[-1]
            if not clear or not was_clear or part.intent == before.intent:
                told = before if was_clear else part
                together[-1] = (replace(told, start=before.start, end=part.end), was_clear or clear)
                continue
        together.append((part, clear))
    return [wish for wish, _ in together]


def _is_clear(wish: Wish, language: str) -> bool:
    if wish.intent not in ACTIONABLE and wish.intent not in SAFETY:
        return False
    added = wish.start > 0 and _words(language).adds_something(wish.text)
    return wish.confidence >= (CONFIDENT_IF_ADDED if added else CONFIDENT)


def _different(wishes: Sequence[Wish], language: str) -> list[Wish]:
    """One of each intent, the first named, without those that another one covers."""
    kept: list[Wish] = []
    for wish in wishes:
        others = {other.intent for other in kept}
        one_journey = wish.intent in ONE_JOURNEY and others & ONE_JOURNEY
        if wish.intent not in others and not one_journey:
            kept.append(wish)
    beside = frozenset(wish.intent for wish in kept)
    return [wish for wish in kept if not _belongs_to_another(wish, language, beside)]


def _belongs_to_another(wish: Wish, language: str, beside: frozenset[str]) -> bool:
    """A call that is asked for after a problem is about the problem; beside a fault, what is needed is why it matters,
    unless something is ordered; and beside an incident a problem is a symptom of it, while a question is a wish of its own.
    """
    words = _words(language)
    if words.adds_something(wish.text):
        return False
    if wish.intent == "talk_to_human":
        return True
    if wish.intent == "service_request" and beside & FAULTS:
        return not words.orders(wish.text)
    return bool(beside & set(SAFETY)) and wish.intent == "kb_question" and not words.asks(wish.text)


def _is_borne_out(ordered: Sequence[Wish], text: str, language: str, whole: Ranking) -> bool:
    """Whether the whole message, too, may be about the wish that goes first.

    Where it names two, the intent model often hears one of them only. Then it is enough that a conjunction puts them side
    by side and nothing is denied, or that a word adds the other one besides ("and I also need"). An account action that
    is not the whole's own intent must be joined, not denied, and not quite out of the question: that a password was
    changed or is not the trouble is told in a sentence of its own.
    """
    first = ordered[0]
    chance = dict(whole).get(first.intent, 0.0)
    if first.intent == whole[0][0]:
        return True
    ties = min(wish.ties for wish in ordered if wish.start > 0)
    joined = ties > 0 and first.confidence >= CONFIDENT
    denied = _words(language).denies(text)
    if first.intent in ONE_JOURNEY:
        return joined and not denied and chance >= HINTED_AT
    return chance >= BORNE_OUT or (joined and (ties > 1 or not denied))


def _urgency(wish: Wish) -> int:
    return SAFETY.index(wish.intent) if wish.intent in SAFETY else len(SAFETY)


def _stands_alone(part: str, language: str) -> bool:
    """Not so "is it down?", "and I'd like a new one", "and that somebody rings me": they go on about what stands beside
    them."""
    words = _words(language)
    bare = words.leading_join.sub("", part.strip(" ,"))
    if words.depends(bare) and not words.adds_something(part):
        return False
    names = set(tokens.words(bare, language)) - words.refers
    return bool(names) and len(bare.split()) >= FEWEST_WORDS_OF_A_PART


def _beginnings(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})", re.I)


class _Words:
    """The closed classes of one language."""

    def __init__(self, language: str, lists: dict[str, list[str]]) -> None:
        joins = "|".join(map(re.escape, lists["joins"]))
        self.join = re.compile(rf",?\s(?=(?:{joins})\s)", re.I)
        self.leading_join = re.compile(rf"^\W{{0,9}}(?:{joins})\s", re.I)
        self.refers = frozenset(tokens.fold(word, language) for word in lists["refers"])
        self._adds = tuple(f" {phrase} " for phrase in lists["adds"])
        self._questions = frozenset(lists["questions"])
        self._denies = frozenset(lists["denies"])
        self._depends = re.compile(rf"(?:{'|'.join(map(re.escape, lists['depends']))})\b", re.I)
        self._orders, self._given = (_beginnings(lists[name]) for name in ("orders", "given"))
        needs, definite = "|".join(map(re.escape, lists["needs"])), "|".join(lists["definite"])
        self._needs_what_is_there = re.compile(rf"\b(?:{needs})\s(?:{definite})\b", re.I)
        self._before_a_question = {*lists["joins"], *" ".join(lists["adds"]).split()}

    def depends(self, text: str) -> bool:
        """Whether it can only go on with the sentence before it."""
        return self._depends.match(text) is not None

    def orders(self, text: str) -> bool:
        """Whether it asks for something to be bought, given or installed, and not for what is there and does not work."""
        if self._needs_what_is_there.search(text) and not self._given.search(text):
            return False
        return self._orders.search(text) is not None

    def adds_something(self, text: str) -> bool:
        lead = " ".join(self._lead(text))
        return any(phrase in f" {lead} " for phrase in self._adds)

    def denies(self, text: str) -> bool:
        return not self._denies.isdisjoint(_WORD.findall(text.casefold().translate(_NO_APOSTROPHES)))

    def asks(self, text: str) -> bool:
        """Whether one of its clauses begins as questions do."""
        return "?" in text or any(self._begins_question(clause) for clause in text.split(","))

    def _begins_question(self, clause: str) -> bool:
        told = (word for word in self._lead(clause) if word not in self._before_a_question)
        return next(told, "") in self._questions

    @staticmethod
    def _lead(text: str) -> list[str]:
        found: Iterator[re.Match[str]] = _WORD.finditer(text.casefold())
        return [match[0] for match, _ in zip(found, range(_LEAD), strict=False)]


@cache
def _words(language: str) -> _Words:
    lists: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return _Words(language, lists[language])
