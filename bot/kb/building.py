"""A large shard, built by several processes, with progress."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from bot.kb import tokens
from bot.kb.articles import Listed
from bot.kb.kept import read_all
from bot.kb.postings import Postings
from bot.kb.processes import in_chunks, several_processes
from bot.kb.shard import Shard, grams_of, passage_counts, vocabulary_of, weighted_text
from bot.kb.vectors import Rows, ShardVectors, starts_of


def build_shard(language: str, articles: Sequence[Listed]) -> Shard:
    """As `Shard.of`, but for lengths, which are measured by those of neighbours, not of all."""
    with several_processes() as pool:
        known = in_chunks(pool, partial(_vocabulary, language), articles, f"words {language}")
        vocabulary: frozenset[str] = frozenset().union(*known)
        build = partial(_postings, language, vocabulary)
        parts = list(in_chunks(pool, build, articles, f"indexing {language}"))
    return Shard(
        tuple(articles),
        vocabulary,
        Postings.stacked([words for words, _, _ in parts]),
        Postings.stacked([grams for _, grams, _ in parts]),
        ShardVectors.empty(starts_of(np.concatenate([counts for _, _, counts in parts]))),
    )


def _vocabulary(language: str, articles: Sequence[Listed]) -> frozenset[str]:
    return vocabulary_of(tokens.words(weighted_text(article), language) for article in read_all(articles))


def _postings(
    language: str, vocabulary: frozenset[str], listed: Sequence[Listed]
) -> tuple[Postings, Postings, Rows]:
    terms = tokens.term_maker(language, vocabulary)
    articles = list(read_all(listed))
    words = Postings.of(terms(tokens.words(weighted_text(article), language)) for article in articles)
    return words, grams_of(language, articles), passage_counts(articles)
