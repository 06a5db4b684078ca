"""How often it is right to show the first article, to ask, and to go on to the next: `python -m benchmarks.kb.choosing`.

What bot/kb/choosing.py decides, measured on the dev set, and for the shortest questions on the articles' own keywords."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.kb.queries import dev_queries
from bot.kb import choosing
from bot.kb.choosing import Hit
from bot.kb.languages import LANGUAGES
from bot.kb.search import KnowledgeBase

ROOT: Final = Path(__file__).parents[2]
KEYWORDS: Final = 175  # a language: every sixth or so


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was answered: the articles that would be right, and what the search found."""

    text: str
    right: frozenset[str]  # none: nothing answers it
    hits: list[Hit]

    @property
    def first_right(self) -> bool:
        return self.hits[0]["id"] in self.right

    @property
    def open_between(self) -> list[Hit]:
        return choosing.open_between(self.hits, self.text)


def dev_cases(base: KnowledgeBase) -> list[Case]:
    asked = ((query.text, query.language, query.article) for query in dev_queries())
    return list(
        _cases(base, ((text, language, {article} if article else ()) for text, language, article in asked))
    )


def keyword_cases(base: KnowledgeBase) -> list[Case]:
    """Keywords of one or two words as questions: right is every article that has the keyword."""
    found = []
    for language in LANGUAGES:
        owners: dict[str, set[str]] = {}
        for article in base.articles:
            for keyword in article.keywords if article.language == language else ():
                if len(keyword.split()) <= choosing.BRIEF:
                    owners.setdefault(keyword.casefold(), set()).add(article.id)
        names = sorted(owners)
        for name in names[:: max(1, len(names) // KEYWORDS)]:
            found.append((name, language, owners[name]))
    return list(_cases(base, found))


def _cases(base: KnowledgeBase, asked: Iterable[tuple[str, str, Iterable[str]]]) -> Iterable[Case]:
    for text, language, right in asked:
        hits = [asdict(hit) for hit in base.search(text, language)]
        if hits:
            yield Case(text, frozenset(right), hits)


def _report(name: str, cases: list[Case]) -> None:
    asked = [case for case in cases if case.open_between]
    shown = [case for case in cases if not case.open_between]
    among = sum(any(hit["id"] in case.right for hit in case.open_between) for case in asked)
    print(f"{name}: {len(cases)} answered, first right {sum(c.first_right for c in cases)}")
    print(f"  shown at once {len(shown)}: right {sum(case.first_right for case in shown)}")
    print(
        f"  asked back {len(asked)}: right would have been shown {sum(c.first_right for c in asked)}, is asked about {among}"
    )


def _bands(name: str, cases: list[Case], value: Callable[[Case], float], edges: list[float]) -> None:
    print(f"  {name}: cases, first right, second right")
    for low, high in pairwise(edges):
        band = [case for case in cases if low <= value(case) < high]
        second = sum(case.hits[1]["id"] in case.right for case in band if len(case.hits) > 1)
        print(f"    {low:.2f}-{high:.2f}: {len(band)}, {sum(case.first_right for case in band)}, {second}")


def _chance(case: Case, at: int) -> float:
    return choosing.chance(case.hits[at]) if at < len(case.hits) else 0.0


def main() -> int:
    base = KnowledgeBase.open(ROOT / "kb_articles", ROOT / "var" / "cache")
    dev, brief = dev_cases(base), keyword_cases(base)
    _report("dev questions", dev)
    nearness = [0, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 1.01]
    _bands("second's chance / first's", dev, lambda case: _chance(case, 1) / _chance(case, 0), nearness)
    wrong = [case for case in dev if case.right and not case.first_right]
    steps = [0, 0.05, 0.1, 0.2, 1]
    _bands("second's chance, where the first was not it", wrong, lambda case: _chance(case, 1), steps)
    _bands("second's chance, all", dev, lambda case: _chance(case, 1), steps)
    _report("keywords", brief)
    _bands("first's chance", brief, lambda case: _chance(case, 0), [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
