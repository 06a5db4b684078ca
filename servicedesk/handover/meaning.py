"""What a clause tells by its meaning, beside the words that facts.yml lists.

A list never ends: of the clauses that real people wrote the words knew one in three, the meaning knows two
(docs/decisions/0025-categories-and-facts-by-meaning.md). Where it is unsure the words decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from servicedesk.handover.facts import FactKind

# What a clause may be that tells no fact: "as I wrote", "no idea", "this is no order", "thanks".
POINTER, NOT_KNOWN, OBJECTION, NOTHING = "pointer", "not_known", "objection", "nothing"
EMPTY: Final = frozenset({POINTER, NOT_KNOWN, NOTHING})
_NO_FACT: Final = EMPTY | {OBJECTION}
CAN_WORK: Final = "can_work"  # the urgency's question, not a fact's
_ALWAYS: Final = frozenset({"device", "program", "target", "deadline", "call_back", *_NO_FACT})
OF_A_FAULT: Final = _ALWAYS | {"since", "changed", "others", "error", "tried", "place", CAN_WORK}
OF_AN_ORDER: Final = _ALWAYS | {
    "rights", "purpose", "person", "approver", "cost_centre", "delivery", "model", "items", "first_day", "until",
}  # fmt: skip
_ONLY_OF_AN_ORDER: Final = OF_AN_ORDER - OF_A_FAULT
WISH: Final = "wish"  # of a complaint
HAPPENS: Final = frozenset(
    {"error", "tried", "changed"}
)  # with these in the same clause, which the words find
THINGS: Final = frozenset({"device", "program", "target", "place", "since"})

# Chances, chosen on tests/understanding/dev. Whoever was asked for something mostly answers it.
ASKED: Final = 4.0  # times the chance
SURE: Final = 0.6  # of an answer
SURE_OF_A_STORY: Final = (
    0.8  # that nobody asked for: a line that is filled wrongly keeps the question from being asked
)
UNLIKELY: Final = 0.05  # of what the words say, against a meaning that is sure
RECALLED: Final = 0.15  # of what "as I wrote" points at


class Guess(Protocol):
    @property
    def label(self) -> str: ...

    @property
    def chance(self) -> float: ...

    def of(self, label: str) -> float: ...

    def among(self, labels: Collection[str]) -> Guess: ...


Guesser = Callable[[Sequence[str]], Sequence[Guess]]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one clause means: a label, and how sure that is."""

    label: str
    chance: float
    chances: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return self.label in EMPTY

    def speaks_against(self, kinds: Iterable[FactKind]) -> bool:
        """Whether it can hardly be any of these. What it does not know at all, it says nothing of."""
        return all(self.chances.get(kind.read_as, 1.0) < UNLIKELY for kind in kinds)


def possible(kinds: Iterable[FactKind]) -> frozenset[str]:
    """The labels among which a clause is looked for, where these facts are wanted: those of a fault or of an order."""
    wanted = frozenset(label for kind in kinds for label in (kind.read_as, *kind.also_read_as))
    return (OF_AN_ORDER if wanted & _ONLY_OF_AN_ORDER else OF_A_FAULT) | wanted


def meanings(
    guesser: Guesser | None, clauses: Sequence[str], asked: Iterable[str], labels: Collection[str]
) -> list[Meaning]:
    """One for each clause, among these labels; without a guesser, of no label and no chance."""
    if guesser is None:
        return [Meaning("", 0.0) for _ in clauses]
    wanted = frozenset(asked)
    return [_weighed(guess.among(labels), labels, wanted) for guess in guesser(clauses)]


def _weighed(guess: Guess, labels: Collection[str], asked: Collection[str]) -> Meaning:
    chances = {label: guess.of(label) for label in labels}
    weights = {label: each * (ASKED if label in asked else 1.0) for label, each in chances.items() if each}
    best = max(weights, key=lambda label: weights[label])
    total = sum(weights.values()) or 1.0
    return Meaning(best, weights[best] / total, {label: each / total for label, each in weights.items()})
