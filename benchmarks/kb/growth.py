"""How time and memory grow with the base. Each step in a process of its own, for its memory."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.kb.quality import vectors_of
from benchmarks.kb.queries import dev_queries
from benchmarks.kb.synthetic import NearVectors, variation, write_base
from bot.kb.articles import Article
from bot.kb.cache import Cache
from bot.kb.index_store import IndexStore
from bot.kb.library import Library
from bot.kb.ranking import load
from bot.kb.search import KnowledgeBase

SIZES = (160, 1_000, 10_000, 100_000)
_UPDATES = 12
_TOLD_AFTER = 0.2  # seconds that the system has to tell of a file

HEADER = (
    "| articles | search ms p50 | p95 | by words only ms p50 | p95 | update s p50 | max "
    "| first start s | next start s | memory MB | on disk MB |\n"
    "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


class Spent(NamedTuple):
    """Seconds: by the clock, and of the processor; where others are at work, only the second can be compared."""

    clock: float
    processor: float


@dataclass(frozen=True, slots=True)
class Grown:
    articles: int
    first: Spent
    start: Spent
    searches: Sequence[Spent]
    by_words: Sequence[Spent]
    updates: Sequence[Spent]
    megabytes: float
    disk: float

    @property
    def row(self) -> str:
        milliseconds = [
            _both(each, at, 1000) for each in (self.searches, self.by_words) for at in (0.5, 0.95)
        ]
        seconds = [_both(self.updates, at, 1) for at in (0.5, 1)] + [
            _both([self.first], 1, 1),
            _both([self.start], 1, 1),
        ]
        figures = " | ".join([*milliseconds, *seconds, f"{self.megabytes:,.0f}", f"{self.disk:,.0f}"])
        return f"| {self.articles:,} | {figures} |"


def grown(sizes: Sequence[int], base: KnowledgeBase, report: Callable[[str], None]) -> None:
    """Reports a row a size, as soon as it is measured."""
    queries = dev_queries()
    vectors = vectors_of(queries, base.embeddings)
    asked = list(zip([(q.text, q.language) for q in queries], vectors, strict=True))
    near = list(base.embeddings.known(base.index.texts).values())
    for size in sizes:
        with TemporaryDirectory() as folder:
            write_base(base.articles, size, Path(folder) / "articles")
            time.sleep(2.1)  # files that have just been written are looked into, and these are to be old
            first = _apart(_first_start, Path(folder), near)
            print(f"{size}: built in {first.clock:.1f} s", file=sys.stderr)
            report(_apart(_measured, size, first, Path(folder), base.articles, near, asked).row)


def _apart(work: Callable, *given: object):  # type: ignore[no-untyped-def,type-arg]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _first_start(folder: Path, near: Sequence[np.ndarray]) -> Spent:
    base = _base(folder, near)
    return _spent(lambda: _open(base))


def _measured(
    size: int,
    first: Spent,
    folder: Path,
    articles: Sequence[Article],
    near: Sequence[np.ndarray],
    asked: Sequence,
) -> Grown:
    base = _base(folder, near)
    start = _spent(lambda: _open(base))
    searches = [_spent(lambda q=q, v=v: base.search(*q, vector=v, limit=3, reject=False)) for q, v in asked]
    by_words = [_spent(lambda q=q: base.search(*q, limit=3, reject=False, by_words=True)) for q, _ in asked]
    megabytes = _megabytes()
    updates = [_updated(base, folder, articles, number) for number in range(_UPDATES)]
    disk = sum(path.stat().st_size for path in (folder / "cache").rglob("*") if path.is_file()) / 2**20
    return Grown(size, first, start, searches, by_words, updates, megabytes, disk)


def _base(folder: Path, near: Sequence[np.ndarray]) -> KnowledgeBase:
    cache, articles = folder / "cache", folder / "articles"
    return KnowledgeBase(
        Library(articles, Cache(cache)), NearVectors(near), load(), IndexStore(cache, articles)
    )


def _open(base: KnowledgeBase) -> None:
    """As `KnowledgeBase.open` does."""
    base.refresh(wait=True, now=True)
    base.index.warm()


def _updated(base: KnowledgeBase, folder: Path, articles: Sequence[Article], number: int) -> Spent:
    """From seeing the changed file to the state that answers with it. In a large base the system tells of the file."""
    listed = [entry.path for language in base.index.languages.values() for entry in language.articles]
    path = listed[(number * 7919) % len(listed)]
    article = next(each for each in articles if each.language == path.parent.name)
    path.write_text(variation(article, path.stem, f"changed {number}"), encoding="utf-8")
    if base.is_large:
        time.sleep(_TOLD_AFTER)
        return _spent(base.refresh_touched)
    return _spent(lambda: base.refresh(now=True))


def _spent(work: Callable[[], object]) -> Spent:
    clock, processor = time.perf_counter(), time.process_time() + _of_children()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() + _of_children() - processor)


def _of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _both(spent: Sequence[Spent], quantile: float, scale: int) -> str:
    clock, processor = (float(np.quantile(each, quantile)) * scale for each in zip(*spent, strict=True))
    return (
        f"{clock:.2f} ({processor:.2f})"
        if max(clock, processor) < 100
        else f"{clock:,.0f} ({processor:,.0f})"
    )


def _megabytes() -> float:
    """Without what is mapped from files, which all processes share and the system takes back when it needs room."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
