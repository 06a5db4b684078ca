"""Which category a matter is filed under: by its meaning where that is plain, else by its words (servicedesk/categories.py).

Words alone go by the thing that is named ("the clock on my laptop"), not by what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from bot.labels.model import Labeller, labeller
from servicedesk.categories import FALLBACK, Category, categorise, category, request_kind
from servicedesk.handover.clauses import sentences

LABELS: Final = "categories"
ORDER: Final = "request."
SURE: Final = 0.3  # of the chances of all categories; below, words count where they say anything
BY_WORDS: Final = ("new_starter", "name_change")  # whatever else is ordered for them in the same breath
NAMED: Final = 0.2  # what a program's or a device's name adds to the chance of its category
LIKELY: Final = 0.1  # a practice place for trainees is no newcomer, whatever its words are
NO_ORDER: Final = 0.2  # the chance of all orders together, below which it is none
PLAIN: Final = 0.3  # the chance of one kind of fault, from which on it is plain what is wrong
LATER: Final = 0.5  # what was written after the first message weighs half
MOST: Final = 20  # sentences that are looked at
A_SENTENCE: Final = 2  # words


def of_fault(intent: str, entities: Mapping[str, str], told: Sequence[str]) -> Category:
    """`told`: what was written, in its order, the first message first."""
    by_words = categorise(intent, entities, "\n".join(told))
    if intent in by_words.intents:
        return by_words
    among = _chances(told, orders=False)
    for each in among:
        among[each] += NAMED if category(each).names & _named(entities) else 0.0
    name = max(among, key=lambda each: among[each], default="")
    chance = among.get(name, 0.0)
    return category(name) if name and (chance >= SURE or by_words.id == FALLBACK) else by_words


def tells_fault(words: str) -> bool:
    """Whether they are about something that fails, whatever they were taken for: of 41 orders that people wrote none
    was taken for one, of 76 faults four in five were (tests/understanding/dev)."""
    labels = labeller(LABELS)
    if labels is None or not words.strip():
        return False
    chances: dict[str, float] = defaultdict(float)
    _add(chances, labels, [words, *_sentences([words])], 1.0)
    ordered = sum(chance for name, chance in chances.items() if name.startswith(ORDER))
    return ordered < NO_ORDER * sum(chances.values()) and max(chances.values()) >= PLAIN * sum(
        chances.values()
    )


def of_order(entities: Mapping[str, str], told: Sequence[str]) -> str:
    """What is ordered, as in "request.hardware" without the "request."."""
    by_words = request_kind("\n".join(told), entities)
    chances = _chances(told, orders=True)
    if by_words in BY_WORDS and (not chances or chances[ORDER + by_words] >= LIKELY):
        return by_words
    name, chance = _likeliest(told, orders=True)
    return name.removeprefix(ORDER) if name and (chance >= SURE or by_words == "other") else by_words


def _likeliest(told: Sequence[str], *, orders: bool) -> tuple[str, float]:
    """Among the orders or among the faults; "" where there is nothing to go by."""
    among = _chances(told, orders=orders)
    best = max(among, key=lambda name: among[name], default="")
    return best, among.get(best, 0.0)


def _chances(told: Sequence[str], *, orders: bool) -> dict[str, float]:
    """As if there were only orders or only faults; empty where there is nothing to go by."""
    labels = labeller(LABELS)
    told = [each for each in told if each.strip()]
    if labels is None or not told:
        return {}
    chances: dict[str, float] = defaultdict(float)
    _add(chances, labels, [told[0], *_sentences(told[:1])], 1.0)
    _add(chances, labels, _sentences(told), LATER)
    among = {name: chance for name, chance in chances.items() if name.startswith(ORDER) is orders}
    total = sum(among.values())
    return {name: chance / total for name, chance in among.items()}


def _named(entities: Mapping[str, str]) -> frozenset[str]:
    return frozenset(
        entities[name].strip().lower() for name in ("application", "device") if entities.get(name)
    )


def _add(chances: dict[str, float], labels: Labeller, texts: Sequence[str], weight: float) -> None:
    for guess in labels(texts):
        for name, chance in guess.chances:
            chances[name] += weight * chance / len(texts)


def _sentences(told: Sequence[str]) -> list[str]:
    cut = [text[slice(*span)].strip() for text in told for span in sentences(text)]
    return [each for each in cut if len(each.split()) >= A_SENTENCE][:MOST] or list(told)
