"""Show the best article, or ask which of several is meant: the rules, from the chances that the search gives.

Figures of `python -m benchmarks.kb.choosing`, on the questions of tests/bot/kb/dev: 486 are answered, and 466 times the
first article is the right one.

- Where another is at least `NEAR` as likely as the first, and likely at all (15 questions), the first is right 7 times, and
  one of those asked about 12 times. With less than that, the first is right for 97 of 100. `NEAR` lies between two of
  the questions and not on one, which another processor's rounding would answer otherwise.
- Of the 12 questions whose article is not the first, the next one of at least `LIKELY` is right for 9. Half that chance
  finds none more, and would come up twice as often after an article that was right and did not help.
- One or two words ("printer") leave open what is the matter. Of the articles' keywords, put as questions, the first
  article is one of theirs in 99 of 100 cases from a chance of `BRIEF_SURE` on; below it in 77, and one of the likely in 94.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

LIKELY: Final = 0.1  # a chance from which an article after the first is worth showing
NEAR: Final = 0.72  # of the first one's chance, from which another is about as likely
BRIEF: Final = 2  # words that leave open what is the matter
BRIEF_SURE: Final = 0.8  # a chance from which they do not
MOST: Final = 3  # more would be a list to read, not a question

Hit = dict[str, Any]  # as the search's component gives them: id, language, title, score, section


def likely(hits: Sequence[Hit]) -> list[Hit]:
    """Those worth showing when the first did not help, or is not what was meant."""
    return [hit for hit in hits if chance(hit) >= LIKELY]


def open_between(hits: Sequence[Hit], words: str) -> list[Hit]:
    """The articles, best first, between which only the employee can tell; none where the first may simply be shown."""
    if not hits:
        return []
    first = chance(hits[0])
    brief = len(words.split()) <= BRIEF
    enough = LIKELY if brief and first < BRIEF_SURE else NEAR * first
    open_ones = [hit for hit in likely(hits[:MOST]) if chance(hit) >= enough]
    return open_ones if len(open_ones) > 1 else []


def chance(hit: Hit) -> float:
    return float(hit.get("score") or 0.0)
