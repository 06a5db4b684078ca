"""A part of one language's index: immutable, so that it can lie on the disk (bot/kb/index_store.py) while others change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.kb import tokens
from bot.kb.articles import Article, Listed
from bot.kb.cache import Cache
from bot.kb.kept import KeptArticle, read_all
from bot.kb.postings import Postings, Rows
from bot.kb.vectors import Known, ShardVectors, starts_of

# How often each part of an article counts in the word index.
_TITLE, _KEYWORDS, _SUMMARY = 3, 3, 2


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Some articles of a language, and what the search knows of them, a row an article."""

    articles: Sequence[Listed]
    vocabulary: frozenset[str]  # the words by which compounds are taken apart
    words: Postings
    grams: Postings
    vectors: ShardVectors

    @classmethod
    def of(cls, language: str, listed: Sequence[Listed], joins: Shard | None = None) -> Shard:
        """`joins`: the large shard that this one is going to stand beside, and whose measures it takes."""
        articles = list(read_all(listed))
        texts = [tokens.words(weighted_text(article), language) for article in articles]
        vocabulary = vocabulary_of(texts) | (joins.vocabulary if joins else frozenset())
        terms = tokens.term_maker(language, vocabulary)
        return cls(
            tuple(listed),
            vocabulary,
            Postings.of(map(terms, texts), joins.words.length if joins else None),
            grams_of(language, articles, joins.grams.length if joins else None),
            ShardVectors.empty(starts_of(passage_counts(articles))),
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

    @classmethod
    def from_arrays(
        cls, language: str, arrays: Mapping[str, npt.NDArray[Any]], directory: Path, cache: Cache
    ) -> Shard:
        """What `arrays` gave, of articles in this folder. Raises ValueError or KeyError for anything else."""
        ids = _unpacked(arrays["ids"])
        digests = arrays["digests"].reshape(len(ids), -1)
        found = cls(
            tuple(
                KeptArticle(directory, language, name, digest.tobytes(), True, cache)
                for name, digest in zip(ids, digests, strict=True)
            ),
            frozenset(_unpacked(arrays["vocabulary"])),
            Postings.from_arrays(_part(arrays, "words")),
            Postings.from_arrays(_part(arrays, "grams")),
            ShardVectors.from_arrays(_part(arrays, "vectors")),
        )
        if not len(ids) == found.words.size == found.grams.size == len(found.vectors.starts) - 1:
            raise ValueError("parts that do not belong together")
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All of it but for the articles, of which it names id and digest."""
        parts = {"words": self.words.arrays(), "grams": self.grams.arrays(), "vectors": self.vectors.arrays()}
        return {
            "ids": _packed([article.id for article in self.articles]),
            "digests": np.frombuffer(b"".join(article.digest for article in self.articles), np.uint8),
            "vocabulary": _packed(sorted(self.vocabulary)),
            **{f"{part}-{name}": array for part, own in parts.items() for name, array in own.items()},
        }

    def completed(self, known: Known) -> Shard:
        """With the vectors that are known by now."""
        vectors = self.vectors.completed(self.articles, known)
        return self if vectors is self.vectors else replace(self, vectors=vectors)


def vocabulary_of(texts: Iterable[Iterable[str]]) -> frozenset[str]:
    """The words by which compounds are taken apart, of the texts' words."""
    return frozenset(word for text in texts for word in text if not word.isdigit())


def grams_of(language: str, articles: Iterable[Article], length: float | None = None) -> Postings:
    """The n-grams of what is short and telling; typos are mended by these."""
    spoken = (tokens.words(_short_text(article), language) for article in articles)
    return Postings.of(map(tokens.ngrams, spoken), length)


def passage_counts(articles: Iterable[Article]) -> Rows:
    """See `passages_of`: two of the head, one a wording, one a section."""
    return np.array([2 + len(article.asked_as) + len(article.sections) for article in articles], np.intp)


def _packed(texts: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _unpacked(packed: npt.NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n") if len(packed) else []


def _part(arrays: Mapping[str, npt.NDArray[Any]], part: str) -> dict[str, npt.NDArray[Any]]:
    start = f"{part}-"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def weighted_text(article: Article) -> str:
    """All that the word index reads."""
    head = [article.title] * _TITLE + [", ".join(article.keywords)] * _KEYWORDS + [article.summary] * _SUMMARY
    body = [f"{section.heading}\n{section.text}" for section in article.sections]
    return "\n".join([*head, *article.asked_as, *body])


def _short_text(article: Article) -> str:
    headings = [section.heading for section in article.sections if section.kind in {"steps", "text"}]
    parts = [article.title, article.title, ", ".join(article.keywords), article.summary]
    return "\n".join([*parts, *article.asked_as, *headings])
