"""Four ways to search the same articles: Tier0's, and what one would take without it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import bm25s
import numpy as np
import numpy.typing as npt

from bot.kb import tokens
from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.index import Index, Query
from bot.kb.ranking import Ranking, gather
from bot.kb.shard import weighted_text

MOST = 3


class Answer(NamedTuple):
    """What a search says: ids, best first, and how sure it is of the first one; any scale."""

    ids: tuple[str, ...]
    sure: float


class System(Protocol):
    name: str

    def search(self, text: str, language: str, vector: Vector) -> Answer: ...


class Tier0:
    """Words, n-grams and meaning, ranked together."""

    name = "Tier0"

    def __init__(self, index: Index, ranking: Ranking) -> None:
        self._index = index
        self._ranking = ranking

    def search(self, text: str, language: str, vector: Vector) -> Answer:
        candidates = gather(self._index, Query.of(text, language, vector))
        probabilities, none = self._ranking.probabilities(candidates, language)
        return _answer(candidates.ids, probabilities, sure=1 - none)


class Bm25:
    """bm25s over the same stems and parts of compounds, in the language of the question."""

    name = "BM25 (bm25s)"

    def __init__(self, articles: Sequence[Article]) -> None:
        self._ids: dict[str, tuple[str, ...]] = {}
        self._terms = {}
        self._indexes = {}
        for language in {article.language for article in articles}:
            own = [article for article in articles if article.language == language]
            spoken = [tokens.words(weighted_text(article), language) for article in own]
            vocabulary = frozenset(word for text in spoken for word in text)
            self._terms[language] = tokens.term_maker(language, vocabulary)
            self._ids[language] = tuple(article.id for article in own)
            self._indexes[language] = bm25s.BM25()
            self._indexes[language].index(list(map(self._terms[language], spoken)), show_progress=False)

    def search(self, text: str, language: str, vector: Vector) -> Answer:
        index = self._indexes[language]
        terms = [
            term for term in self._terms[language](tokens.words(text, language)) if term in index.vocab_dict
        ]
        if not terms:
            return Answer((), 0.0)
        return _answer(self._ids[language], index.get_scores(terms))


class EmbeddingsAlone:
    """The article with the nearest passage in any language."""

    name = "embeddings alone"

    def __init__(self, index: Index) -> None:
        self._index = index

    def search(self, text: str, language: str, vector: Vector) -> Answer:
        everything = np.arange(len(self._index.ids))
        nearest = self._index.meaning.nearness(vector, everything).nearest
        return _answer(self._index.ids, np.fmax.reduce(nearest, axis=0))


class Fts5:
    """SQLite's full-text search with its own tokenizer, any of the words, ranked by its bm25."""

    name = "SQLite FTS5"

    def __init__(self, articles: Sequence[Article]) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute(
            "CREATE VIRTUAL TABLE article USING fts5"
            "(id UNINDEXED, language UNINDEXED, title, keywords, body, tokenize = 'unicode61 remove_diacritics 2')"
        )
        rows = [
            (
                article.id,
                article.language,
                article.title,
                ", ".join(article.keywords),
                "\n".join(
                    [
                        article.summary,
                        *article.asked_as,
                        *(s.heading + "\n" + s.text for s in article.sections),
                    ]
                ),
            )
            for article in articles
        ]
        self._db.executemany("INSERT INTO article VALUES (?, ?, ?, ?, ?)", rows)

    def search(self, text: str, language: str, vector: Vector) -> Answer:
        words = "".join(char if char.isalnum() else " " for char in text).split()
        if not words:
            return Answer((), 0.0)
        rows = self._db.execute(
            "SELECT id, bm25(article, 0, 0, 3, 3, 1) AS score FROM article "
            "WHERE article MATCH ? AND language = ? ORDER BY score LIMIT ?",
            (" OR ".join(f'"{word}"' for word in words), language, MOST),
        ).fetchall()
        return Answer(tuple(row[0] for row in rows), -rows[0][1] if rows else 0.0)


def _answer(ids: Sequence[str], scores: npt.NDArray[Any], sure: float | None = None) -> Answer:
    best = np.argsort(-scores, kind="stable")[:MOST]
    return Answer(tuple(ids[at] for at in best), float(scores[best[0]]) if sure is None else sure)
