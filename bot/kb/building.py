"""A large shard, built by several processes, with progress."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from tqdm import tqdm

from bot.kb import tokens
from bot.kb.articles import Article
from bot.kb.postings import Postings
from bot.kb.shard import Shard, grams_of, passage_starts, vocabulary_of, weighted_text
from bot.kb.vectors import ShardVectors

PROCESSES: Final = 2
_AT_ONCE: Final = 500  # articles; few enough for progress, enough for their mean length to say that of all

Chunk = Sequence[Article]
T = TypeVar("T")


def build_shard(language: str, articles: Sequence[Article]) -> Shard:
    """As `Shard.of`, but for lengths, which are measured by those of neighbours, not of all."""
    chunks = [articles[start : start + _AT_ONCE] for start in range(0, len(articles), _AT_ONCE)]
    # Not forked: the server has threads, and a fork copies their locks as they stand.
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(PROCESSES, mp_context=context) as pool,
        tqdm(total=2 * len(articles), desc=f"indexing {language}", unit="article", disable=None) as bar,
    ):
        known = _counted(pool.map(partial(_vocabulary, language), chunks), chunks, bar)
        vocabulary: frozenset[str] = frozenset().union(*known)
        parts = list(_counted(pool.map(partial(_postings, language, vocabulary), chunks), chunks, bar))
    return Shard(
        tuple(articles),
        vocabulary,
        Postings.stacked([words for words, _ in parts]),
        Postings.stacked([grams for _, grams in parts]),
        ShardVectors.empty(passage_starts(articles)),
    )


def _counted(results: Iterator[T], chunks: Sequence[Chunk], bar: Any) -> Iterator[T]:
    for result, chunk in zip(results, chunks, strict=True):
        bar.update(len(chunk))
        yield result


def _vocabulary(language: str, articles: Chunk) -> frozenset[str]:
    return vocabulary_of(tokens.words(weighted_text(article), language) for article in articles)


def _postings(language: str, vocabulary: frozenset[str], articles: Chunk) -> tuple[Postings, Postings]:
    terms = tokens.term_maker(language, vocabulary)
    words = Postings.of(terms(tokens.words(weighted_text(article), language)) for article in articles)
    return words, grams_of(language, articles)
