"""A part of one language's index: immutable, so that it can lie on the disk while other parts change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.kb import tokens
from bot.kb.articles import Article
from bot.kb.postings import Postings, Rows
from bot.kb.vectors import Known, ShardVectors, starts_of

# How often each part of an article counts in the word index.
_TITLE, _KEYWORDS, _SUMMARY = 3, 3, 2


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Some articles of a language, and what the search knows of them, a row an article."""

    articles: Sequence[Article]
    vocabulary: frozenset[str]  # the words by which compounds are taken apart
    words: Postings
    grams: Postings
    vectors: ShardVectors

    @classmethod
    def of(cls, language: str, articles: Sequence[Article], joins: Shard | None = None) -> Shard:
        """`joins`: the large shard that this one is going to stand beside, and whose measures it takes."""
        texts = [tokens.words(weighted_text(article), language) for article in articles]
        vocabulary = vocabulary_of(texts) | (joins.vocabulary if joins else frozenset())
        terms = tokens.term_maker(language, vocabulary)
        return cls(
            tuple(articles),
            vocabulary,
            Postings.of(map(terms, texts), joins.words.length if joins else None),
            grams_of(language, articles, joins.grams.length if joins else None),
            ShardVectors.empty(passage_starts(articles)),
        )

    @classmethod
    def joined(cls, parts: Sequence[Shard], kept: Sequence[Rows]) -> Shard:
        """Of some articles of each part, in this order. No text is read for it."""
        return cls(
            tuple(part.articles[row] for part, rows in zip(parts, kept, strict=True) for row in rows),
            frozenset().union(*(part.vocabulary for part in parts)),
            Postings.joined([part.words for part in parts], kept),
            Postings.joined([part.grams for part in parts], kept),
            ShardVectors.joined([part.vectors for part in parts], kept),
        )

    def completed(self, known: Known) -> Shard:
        """With the vectors that are known by now."""
        vectors = self.vectors.completed(self.articles, known)
        return self if vectors is self.vectors else replace(self, vectors=vectors)


def vocabulary_of(texts: Iterable[Iterable[str]]) -> frozenset[str]:
    """The words by which compounds are taken apart, of the texts' words."""
    return frozenset(word for text in texts for word in text if not word.isdigit())


def grams_of(language: str, articles: Iterable[Article], length: float | None = None) -> Postings:
    """The n-grams of what is short and telling; typos are mended by these."""
    return Postings.of((tokens.ngrams(_short_text(article), language) for article in articles), length)


def passage_starts(articles: Iterable[Article]) -> Rows:
    """See `passages_of`: two of the head, one a wording, one a section."""
    counts = [2 + len(article.asked_as) + len(article.sections) for article in articles]
    return starts_of(np.array(counts, np.intp))


def weighted_text(article: Article) -> str:
    """All that the word index reads."""
    head = [article.title] * _TITLE + [", ".join(article.keywords)] * _KEYWORDS + [article.summary] * _SUMMARY
    body = [f"{section.heading}\n{section.text}" for section in article.sections]
    return "\n".join([*head, *article.asked_as, *body])


def _short_text(article: Article) -> str:
    headings = [section.heading for section in article.sections if section.kind in {"steps", "text"}]
    parts = [article.title, article.title, ", ".join(article.keywords), article.summary]
    return "\n".join([*parts, *article.asked_as, *headings])
