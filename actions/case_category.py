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
LATER: Final = 0.5  # what was written after the first message weighs half
MOST: Final = 20  # sentences that are looked at
A_SENTENCE: Final = 2  # words


def of_fault(intent: str, entities: Mapping[str, str], told: Sequence[str]) -> Category:
    """`told`: what was written, in its order, the first message first."""
    by_words = categorise(intent, entities, "\n".join(told))
    if intent in by_words.intents:
        return by_words
    name, chance = _likeliest(told, orders=False)
    return category(name) if name and (chance >= SURE or by_words.id == FALLBACK) else by_words


def of_order(entities: Mapping[str, str], told: Sequence[str]) -> str:
    """What is ordered, as in "request.hardware" without the "request."."""
    by_words = request_kind("\n".join(told), entities)
    if by_words in BY_WORDS:
        return by_words
    name, chance = _likeliest(told, orders=True)
    return name.removeprefix(ORDER) if name and (chance >= SURE or by_words == "other") else by_words


def _likeliest(told: Sequence[str], *, orders: bool) -> tuple[str, float]:
    """Among the orders or among the faults; "" where there is nothing to go by."""
    labels = labeller(LABELS)
    told = [each for each in told if each.strip()]
    if labels is None or not told:
        return "", 0.0
    chances: dict[str, float] = defaultdict(float)
    _add(chances, labels, [told[0], *_sentences(told[:1])], 1.0)
    _add(chances, labels, _sentences(told), LATER)
    among = {name: chance for name, chance in chances.items() if name.startswith(ORDER) is orders}
    best = max(among, key=lambda name: among[name])
    return best, among[best] / sum(among.values())


def _add(chances: dict[str, float], labels: Labeller, texts: Sequence[str], weight: float) -> None:
    for guess in labels(texts):
        for name, chance in guess.chances:
            chances[name] += weight * chance / len(texts)


def _sentences(told: Sequence[str]) -> list[str]:
    cut = [text[slice(*span)].strip() for text in told for span in sentences(text)]
    return [each for each in cut if len(each.split()) >= A_SENTENCE][:MOST] or list(told)
