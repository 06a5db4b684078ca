"""How time and memory grow with the base. Each size in a process of its own, for its memory."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.kb.quality import vectors_of
from benchmarks.kb.queries import dev_queries
from benchmarks.kb.synthetic import NearVectors, variation, variations
from bot.kb.articles import Article, Problem
from bot.kb.encoder import Embeddings
from bot.kb.index import Query
from bot.kb.ranking import load
from bot.kb.search import KnowledgeBase

SIZES = (160, 1_000, 10_000, 100_000)
_UPDATES = 12

HEADER = (
    "| articles | search ms p50 | p95 | by words only ms p50 | p95 | update s p50 | max | build s | memory MB |\n"
    "|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True, slots=True)
class Grown:
    articles: int
    searches: Sequence[float]  # seconds
    by_words: Sequence[float]
    updates: Sequence[float]
    build: float
    megabytes: float

    @property
    def row(self) -> str:
        search, words = (np.quantile(each, [0.5, 0.95]) * 1000 for each in (self.searches, self.by_words))
        return (
            f"| {self.articles:,} | {search[0]:.1f} | {search[1]:.1f} | {words[0]:.1f} | {words[1]:.1f} "
            f"| {np.median(self.updates):.2f} | {max(self.updates):.2f} | {self.build:.1f} | {self.megabytes:,.0f} |"
        )


class Shelf:
    """Stands for the folder: these articles, and what is put in their place."""

    problems: tuple[Problem, ...] = ()

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = tuple(articles)
        self._changed = True

    def refresh(self) -> bool:
        changed, self._changed = self._changed, False
        return changed

    def put(self, at: int, article: Article) -> None:
        self.articles = (*self.articles[:at], article, *self.articles[at + 1 :])
        self._changed = True


def grown(
    sizes: Sequence[int], base: KnowledgeBase, embeddings: Embeddings, report: Callable[[str], None]
) -> None:
    """Reports a row a size, as soon as it is measured."""
    queries = dev_queries()
    asked = list(zip([(q.text, q.language) for q in queries], vectors_of(queries, embeddings), strict=True))
    near = [vector for vector in embeddings.known(list(base.index.texts)).values()]
    context = multiprocessing.get_context("spawn")
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            report(pool.submit(_measured, size, base.articles, near, asked).result().row)


def _measured(size: int, articles: Sequence[Article], near: Sequence[np.ndarray], asked: Sequence) -> Grown:
    shelf = Shelf(articles if size == len(articles) else list(variations(articles, size)))
    base = KnowledgeBase(shelf, NearVectors(near), load())  # type: ignore[arg-type]
    build = _seconds(lambda: base.refresh(wait=True, now=True))
    print(f"{size}: built in {build:.1f} s", file=sys.stderr)
    searches = [_seconds(lambda q=q, v=v: base.search(*q, vector=v, limit=3, reject=False)) for q, v in asked]
    by_words = [_seconds(lambda q=q: _by_words(base, *q)) for q, _ in asked]
    updates = [_updated(base, shelf, number) for number in range(_UPDATES)]
    return Grown(size, searches, by_words, updates, build, _megabytes())


def _by_words(base: KnowledgeBase, text: str, language: str) -> None:
    """As where the encoder fails."""
    base._ranked(base.index, Query.of(text, language, None), 3, False)


def _updated(base: KnowledgeBase, shelf: Shelf, number: int) -> float:
    at = (number * 7919) % len(shelf.articles)
    before = shelf.articles[at]
    shelf.put(at, replace(variation(before, number, "changed"), id=before.id))
    return _seconds(lambda: base.refresh(now=True))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _megabytes() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
