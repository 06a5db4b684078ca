"""The index: how well each article fits a question, by words, by n-grams and by meaning. Immutable."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import bm25s
import numpy as np
import numpy.typing as npt

from bot.kb import tokens
from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import EncoderText, question
from bot.kb.languages import LANGUAGES
from bot.kb.platforms import suits
from bot.kb.unanswerable import unanswerable
from bot.kb.vectors import Nearness, Passage, PassageVectors, Scores, Unanswerable, passages_of
from bot.nlu.text import clean

# bm25s sets its own logger to DEBUG and tells of every index.
logging.getLogger("bm25s").setLevel(logging.WARNING)

_MOST_TERMS: Final = 120  # of a question: 600 characters hold hardly more

# What decides between two sections that fit alike.
_DEVICE, _PLACE = 0.3, 0.02

# How often each part of an article counts in the word index.
_TITLE, _KEYWORDS, _SUMMARY = 3, 3, 2


class Evidence(NamedTuple):
    """One language's articles against one question; a row an article. NaN: not embedded yet."""

    words: Scores  # share of the question's weight that the article's words cover, 0..1
    grams: Scores  # the same for character n-grams
    nearest: Scores  # see `Nearness`
    several: Scores


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready: its cleaned text, its language, its vector if there is one."""

    text: str
    language: str
    vector: Vector | None

    @classmethod
    def of(cls, text: str, language: str, vector: Vector | None) -> Query:
        return cls(clean(text), language, vector)


class _WordIndex:
    """BM25 of bm25s; scores divided by the most that the question's terms could reach."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._size = len(documents)
        self._bm25: bm25s.BM25 | None = None
        if any(documents):
            self._bm25 = bm25s.BM25(k1=1.2, b=0.5)
            self._bm25.index([list(document) for document in documents], show_progress=False)
        counts: dict[str, int] = defaultdict(int)
        for document in documents:
            for term in set(document):
                counts[term] += 1
        self._weights = {term: self._weight(count) for term, count in counts.items()}
        # A word that no article has is a story's detail or another subject: it counts half.
        self._unknown = self._weight(0) * 0.5

    def scores(self, question_terms: Sequence[str]) -> Scores:
        query = list(dict.fromkeys(question_terms))[:_MOST_TERMS]
        known = [term for term in query if term in self._weights]
        if self._bm25 is None or not known:
            return np.zeros(self._size, np.float32)
        most = sum(self._weights.get(term, self._unknown) for term in query)
        return np.asarray(self._bm25.get_scores(known) / most, np.float32)

    def _weight(self, count: int) -> float:
        """The Lucene idf that bm25s uses: the limit of a term's score, whatever its count in a document."""
        return float(np.log1p((self._size - count + 0.5) / (count + 0.5)))


class LanguageIndex:
    """All articles of one language."""

    def __init__(self, language: str, articles: Sequence[Article]) -> None:
        self.language = language
        self.articles = tuple(articles)
        self.position = {article.id: at for at, article in enumerate(self.articles)}
        texts = [_weighted_text(article) for article in self.articles]
        self._vocabulary = tokens.vocabulary_of(texts, language)
        self._words = _WordIndex([self._terms(text) for text in texts])
        self._grams = _WordIndex([tokens.ngrams(_short_text(article), language) for article in self.articles])
        self._sections: dict[int, _WordIndex] = {}  # by article, made when first asked for
        self.passages = tuple(passages_of(self.articles))
        self._rows = _rows_by_article(self.passages, len(self.articles))

    def evidence(self, query: Query, vectors: PassageVectors | None) -> Evidence:
        return Evidence(
            self._words.scores(self._terms(query.text)),
            self._grams.scores(tokens.ngrams(query.text, self.language)),
            *self._nearness(query, vectors),
        )

    def best_section(self, article: int, query: Query, vectors: PassageVectors | None) -> int:
        """The section to show. Steps and plain text help; symptoms and results only accompany them."""
        sections = self.articles[article].sections
        useful = [
            at
            for at, section in enumerate(sections)
            if section.kind == "steps" or (section.kind == "text" and section.heading)
        ] or list(range(len(sections)))
        if len(useful) == 1:
            return useful[0]
        fit = self._section_index(article).scores(self._terms(query.text)).astype(np.float64)
        if vectors is not None and query.vector is not None:
            closeness = vectors.closeness(query.vector)
            for row in self._rows[article]:
                section = self.passages[row].section
                if section is not None and not np.isnan(closeness[row]):
                    fit[section] += closeness[row]
        for place, at in enumerate(useful):
            # Authors put the usual case first; passages of one article are near each other.
            fit[at] += _DEVICE * suits(sections[at].heading, query.text) - _PLACE * place
        return max(useful, key=lambda at: (fit[at], -at))

    def _nearness(self, query: Query, vectors: PassageVectors | None) -> Nearness:
        if vectors is None or query.vector is None:
            unknown = np.full(len(self.articles), np.nan, np.float32)
            return Nearness(unknown, unknown)
        return vectors.nearness(query.vector)

    def _section_index(self, article: int) -> _WordIndex:
        index = self._sections.get(article)
        if index is None:  # made twice if two threads meet here, which does no harm
            sections = self.articles[article].sections
            index = _WordIndex([self._terms(f"{section.heading} {section.text}") for section in sections])
            self._sections[article] = index
        return index

    def _terms(self, text: str) -> list[str]:
        return tokens.terms(text, self.language, self._vocabulary)


@dataclass(frozen=True, slots=True)
class Index:
    """One state of the whole base. Never changed: a new state is built aside and takes its place."""

    languages: Mapping[str, LanguageIndex]
    vectors: Mapping[str, PassageVectors]
    unanswerable: Unanswerable
    complete: bool  # every text has its vector
    ids: tuple[str, ...]  # of the articles of all languages
    places: Mapping[str, npt.NDArray[np.intp]]  # of a language's articles in `ids`

    @property
    def texts(self) -> set[EncoderText]:
        """All that is to be embedded."""
        passages = {entry.text for index in self.languages.values() for entry in index.passages}
        return passages | set(unanswerable_texts())

    def evidence(self, language: str, query: Query) -> Evidence:
        return self.languages[language].evidence(query, self.vectors.get(language))


def unanswerable_texts() -> Iterable[EncoderText]:
    return (question(text) for language in LANGUAGES for text in unanswerable(language))


def build_languages(
    articles: Iterable[Article], old: Mapping[str, LanguageIndex]
) -> dict[str, LanguageIndex]:
    """Word indexes of all languages; a language whose articles are the same is taken from `old`."""
    grouped: dict[str, list[Article]] = {language: [] for language in LANGUAGES}
    for article in articles:
        grouped[article.language].append(article)
    return {
        language: old[language]
        if language in old and old[language].articles == tuple(group)
        else LanguageIndex(language, group)
        for language, group in grouped.items()
    }


def with_vectors(languages: Mapping[str, LanguageIndex], known: Mapping[EncoderText, Vector]) -> Index:
    """A state with the vectors that are known by now."""
    vectors = {
        language: PassageVectors(index.passages, known, len(index.articles))
        for language, index in languages.items()
    }
    away = list(unanswerable_texts())
    complete = all(entry.text in known for index in languages.values() for entry in index.passages)
    ids = tuple(sorted({article.id for index in languages.values() for article in index.articles}))
    place = {article_id: at for at, article_id in enumerate(ids)}
    places = {
        language: np.array([place[article.id] for article in index.articles], np.intp)
        for language, index in languages.items()
    }
    complete = complete and all(text in known for text in away)
    return Index(languages, vectors, Unanswerable.of(away, known), complete, ids, places)


def _weighted_text(article: Article) -> str:
    head = [article.title] * _TITLE + [", ".join(article.keywords)] * _KEYWORDS + [article.summary] * _SUMMARY
    body = [f"{section.heading}\n{section.text}" for section in article.sections]
    return "\n".join([*head, *article.asked_as, *body])


def _short_text(article: Article) -> str:
    headings = [section.heading for section in article.sections if section.kind in {"steps", "text"}]
    parts = [article.title, article.title, ", ".join(article.keywords), article.summary]
    return "\n".join([*parts, *article.asked_as, *headings])


def _rows_by_article(passages: Sequence[Passage], count: int) -> tuple[tuple[int, ...], ...]:
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, entry in enumerate(passages):
        rows[entry.article].append(row)
    return tuple(map(tuple, rows))
