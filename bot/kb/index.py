"""The index: how well each article fits a question, by words, by n-grams and by meaning. Immutable."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import Final, NamedTuple

import numpy as np

from bot.kb import tokens
from bot.kb.articles import ArticleError, Listed
from bot.kb.building import build_shard
from bot.kb.cache import Vector
from bot.kb.encoder import EncoderText, question
from bot.kb.index_store import StoredShard
from bot.kb.kept import read_all
from bot.kb.languages import LANGUAGES
from bot.kb.meaning import Meaning
from bot.kb.platforms import suits
from bot.kb.postings import Collection, FewDocuments, Mask, Rows, Scores
from bot.kb.processes import LARGE
from bot.kb.shard import Shard
from bot.kb.unanswerable import unanswerable
from bot.kb.vectors import Known, Passage, PassageVectors, Unanswerable, passages_of
from bot.nlu.embeddings import DIMENSION
from bot.nlu.engine.graph import quantised
from bot.nlu.engine.nearness import Nearness
from bot.nlu.text import clean

# A language with so few articles is indexed anew when one changes; a larger one gets a shard more.
SMALL: Final = 100
# Of a language's articles, how many may stand in the shard of what changed before all become one shard again.
_MOST_FRESH: Final = 0.1
# Base of so few ids: every article is looked at closely. Larger ones: the most promising, by a first look at all.
ALL_IDS: Final = 200

# What decides between two sections that fit alike.
_DEVICE, _PLACE = 0.3, 0.02


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready: its cleaned text, its language, its vector if there is one."""

    text: str
    language: str
    vector: Vector | None

    @classmethod
    def of(cls, text: str, language: str, vector: Vector | None) -> Query:
        return cls(clean(text), language, vector)


class WordEvidence(NamedTuple):
    """One language's articles against one question, a row an article: the share of its weight that they cover, 0..1."""

    words: Scores
    grams: Scores


class QuestionTerms(NamedTuple):
    """What one language's word indexes look for."""

    stems: list[str]
    grams: list[str]


# Of a shard's articles: their positions in the language, and their rows in the shard.
Places = tuple[Rows, Rows]


class LanguageIndex:
    """All articles of one language."""

    def __init__(
        self, language: str, articles: Sequence[Listed], shards: Sequence[Shard], places: Sequence[Places]
    ) -> None:
        self.language = language
        self.articles = tuple(articles)
        self.position = {article.id: at for at, article in enumerate(self.articles)}
        self.shards = tuple(shards)
        self.places = tuple(places)
        self.vectors = PassageVectors([shard.vectors for shard in shards], places)
        gone = [_gone(len(shard.articles), rows) for shard, (_, rows) in zip(shards, places, strict=True)]
        self._words = Collection([shard.words for shard in shards], gone)
        self._grams = Collection([shard.grams for shard in shards], gone)
        self._order = _order(shards, places)
        self._terms_of = tokens.term_maker(language, shards[-1].vocabulary if shards else frozenset())
        self._section_terms = lru_cache(maxsize=512)(self._terms_of_sections)
        self._question_terms = lru_cache(maxsize=8)(self._terms_of_question)

    @classmethod
    def of(cls, language: str, articles: Sequence[Listed]) -> LanguageIndex:
        if not articles:
            return cls(language, (), (), ())
        everything = np.arange(len(articles))
        build = build_shard if len(articles) > LARGE else Shard.of
        return cls(language, articles, [build(language, articles)], [(everything, everything)])

    @classmethod
    def stored(cls, language: str, shards: Sequence[StoredShard]) -> LanguageIndex:
        """As it was when it was stored."""
        found = sorted(
            (f"{shard.articles[row].id}.md", number, row)  # as a library lists them
            for number, (shard, gone) in enumerate(shards)
            for row in {*range(len(shard.articles))} - {*gone}
        )
        place = np.array([(number, row) for _, number, row in found], np.intp).reshape(-1, 2)
        here = [np.flatnonzero(place[:, 0] == number) for number in range(len(shards))]
        return cls(
            language,
            [shards[number].shard.articles[row] for _, number, row in found],
            [each.shard for each in shards],
            [(positions, place[positions, 1]) for positions in here],
        )

    def to_store(self) -> list[StoredShard]:
        return [
            StoredShard(shard, np.flatnonzero(_gone(len(shard.articles), rows)).tolist())
            for shard, (_, rows) in zip(self.shards, self.places, strict=True)
        ]

    def holds(self, articles: Sequence[Listed]) -> bool:
        """Whether these are its articles, in this order."""
        return len(articles) == len(self.articles) and all(
            one is other or (one.id, one.digest) == (other.id, other.digest)
            for one, other in zip(articles, self.articles, strict=True)
        )

    def changed_to(self, articles: Sequence[Listed]) -> LanguageIndex:
        """With these articles instead; reads only those that are not in here."""
        if len(articles) <= SMALL or not self.shards:
            return LanguageIndex.of(self.language, articles)
        places, fresh = self._found(articles)
        shards = [*self.shards, Shard.of(self.language, [articles[at] for at in fresh], joins=self.shards[0])]
        places.append((fresh, np.arange(len(fresh))))
        # Whatever changed goes into one shard beside the large one.
        few = sum(len(rows) for _, rows in places[1:]) <= _MOST_FRESH * len(articles)
        first = 1 if few else 0
        kept = [rows for _, rows in places[first:]]
        together = Shard.joined(shards[first:], kept)
        positions = np.concatenate([each for each, _ in places[first:]])
        return LanguageIndex(
            self.language,
            articles,
            [*shards[:first], together],
            [*places[:first], (positions, np.arange(len(positions)))],
        )

    def completed(self, known: Known) -> LanguageIndex:
        """With the vectors that are known by now."""
        shards = tuple(shard.completed(known) for shard in self.shards)
        if shards == self.shards:
            return self
        found = copy.copy(self)
        found.shards = shards
        found.vectors = PassageVectors([shard.vectors for shard in shards], self.places)
        return found

    @property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(passages_of(read_all(self.articles)))

    def missing(self) -> Iterator[EncoderText]:
        """Texts without a vector, and some others of their articles."""
        for shard, (_, rows) in zip(self.shards, self.places, strict=True):
            lacking = np.intersect1d(shard.vectors.incomplete, rows)
            for entry in passages_of(read_all([shard.articles[row] for row in lacking])):
                yield entry.text

    def evidence(self, query: Query) -> WordEvidence:
        asked = self._question_terms(query.text)
        return WordEvidence(
            self._words.scores(asked.stems)[self._order], self._grams.scores(asked.grams)[self._order]
        )

    def best_section(self, article: int, query: Query) -> int:
        """The section to show. Steps and plain text help; symptoms and results only accompany them."""
        sections = self.articles[article].read().sections
        useful = [
            at
            for at, section in enumerate(sections)
            if section.kind == "steps" or (section.kind == "text" and section.heading)
        ] or list(range(len(sections)))
        if len(useful) == 1:
            return useful[0]
        fit = self._section_terms(article).scores(self._question_terms(query.text).stems)
        if query.vector is not None:
            # An article's last passages are its sections.
            for at, closeness in enumerate(self.vectors.closeness(query.vector, article, len(sections))):
                fit[at] += 0.0 if isnan(closeness) else float(closeness)
        for place, at in enumerate(useful):
            # Authors put the usual case first; passages of one article are near each other.
            fit[at] += _DEVICE * suits(sections[at].heading, query.text) - _PLACE * place
        return max(useful, key=lambda at: (fit[at], -at))

    def warm(self) -> None:
        """Read what the first questions would otherwise wait for; a large base reads an article when it is shown."""
        if len(self.articles) <= SMALL:
            for at in range(len(self.articles)):
                with suppress(ArticleError):  # deleted a moment ago
                    self._section_terms(at)

    def _terms_of_question(self, text: str) -> QuestionTerms:
        spoken = tokens.words(text, self.language)
        return QuestionTerms(self._terms_of(spoken), tokens.ngrams(spoken))

    def _terms_of_sections(self, article: int) -> FewDocuments:
        texts = (f"{section.heading} {section.text}" for section in self.articles[article].read().sections)
        return FewDocuments([self._terms_of(tokens.words(text, self.language)) for text in texts])

    def _found(self, articles: Sequence[Listed]) -> tuple[list[Places], Rows]:
        """Where those of `articles` are that are in here already, and the positions of the others."""
        shard = np.zeros(len(self.articles), np.intp)
        row = np.zeros(len(self.articles), np.intp)
        for number, (positions, rows) in enumerate(self.places):
            shard[positions], row[positions] = number, rows
        before = np.full(len(articles), -1, np.intp)
        for at, article in enumerate(articles):
            old = self.position.get(article.id, -1)
            if old >= 0 and self.articles[old].digest == article.digest:
                before[at] = old
        here = [
            np.flatnonzero((before >= 0) & (shard[before] == number)) for number in range(len(self.shards))
        ]
        return [(positions, row[before[positions]]) for positions in here], np.flatnonzero(before < 0)


def _gone(size: int, rows: Rows) -> Mask:
    gone = np.ones(size, bool)
    gone[rows] = False
    return gone


def _order(shards: Sequence[Shard], places: Sequence[Places]) -> Rows:
    """The row of each article where the shards stand one after the other."""
    order = np.zeros(sum(len(rows) for _, rows in places), np.intp)
    first = 0
    for shard, (positions, rows) in zip(shards, places, strict=True):
        order[positions] = first + rows
        first += len(shard.articles)
    return order


@dataclass(frozen=True, slots=True)
class Index:
    """One state of the whole base. Never changed: a new state is built aside and takes its place."""

    languages: Mapping[str, LanguageIndex]
    unanswerable: Unanswerable
    complete: bool  # every text has its vector
    ids: tuple[str, ...]  # of the articles of all languages
    places: Mapping[str, Rows]  # of a language's articles in `ids`
    adds: frozenset[tuple[str, str]]  # pairs of languages of which the second has what the first lacks
    meaning: Meaning  # of the languages, in their order
    centroids: (
        Nearness | None
    )  # to each id: the direction of its passages in all languages; None in a small base

    @property
    def texts(self) -> set[EncoderText]:
        """All that is to be embedded."""
        passages = {entry.text for index in self.languages.values() for entry in index.passages}
        return passages | set(unanswerable_texts())

    def is_read(self, language: str, asked_in: str) -> bool:
        """Whether `language` has an article that the language of the question lacks, or is that language."""
        return language == asked_in or (asked_in, language) in self.adds

    def warm(self) -> None:
        for index in self.languages.values():
            index.warm()

    def missing(self) -> Iterator[EncoderText]:
        """What is still to be embedded, and some texts beside it."""
        yield from unanswerable_texts()
        for index in self.languages.values():
            yield from index.missing()


def unanswerable_texts() -> Iterable[EncoderText]:
    return (question(text) for language in LANGUAGES for text in unanswerable(language))


def build_languages(articles: Iterable[Listed], old: Mapping[str, LanguageIndex]) -> dict[str, LanguageIndex]:
    """Word indexes of all languages; what is the same is taken from `old`."""
    grouped: dict[str, list[Listed]] = {language: [] for language in LANGUAGES}
    for article in articles:
        grouped[article.language].append(article)
    return {language: _built(language, group, old.get(language)) for language, group in grouped.items()}


def _built(language: str, articles: Sequence[Listed], old: LanguageIndex | None) -> LanguageIndex:
    if old is None:
        return LanguageIndex.of(language, articles)
    return old if old.holds(articles) else old.changed_to(articles)


def with_vectors(
    languages: Mapping[str, LanguageIndex], known: Mapping[EncoderText, Vector] | Known
) -> Index:
    """A state with the vectors that are known by now."""
    look_up: Known = known if callable(known) else lambda texts: known
    completed = {language: index.completed(look_up) for language, index in languages.items()}
    away = list(unanswerable_texts())
    away_known = look_up(away)
    ids = tuple(sorted({article_id for index in completed.values() for article_id in index.position}))
    place = {article_id: at for at, article_id in enumerate(ids)}
    places = {
        language: np.array([place[article_id] for article_id in index.position], np.intp)
        for language, index in completed.items()
    }
    positions = {language: _inverse(rows, len(ids)) for language, rows in places.items()}
    meaning = Meaning([index.vectors for index in completed.values()], list(positions.values()))
    return Index(
        completed,
        Unanswerable.of(away, away_known),
        all(index.vectors.complete for index in completed.values())
        and all(text in away_known for text in away),
        ids,
        places,
        frozenset(
            (one, other)
            for one, own in positions.items()
            for other, rows in places.items()
            if (own[rows] < 0).any()
        ),
        meaning,
        _centroids(completed, places, len(ids)) if len(ids) > ALL_IDS else None,
    )


def _inverse(places: Rows, size: int) -> Rows:
    positions = np.full(size, -1, np.intp)
    positions[places] = np.arange(len(places))
    return positions


def _centroids(languages: Mapping[str, LanguageIndex], places: Mapping[str, Rows], ids: int) -> Nearness:
    sums = np.zeros((ids, DIMENSION), np.float32)
    for language, index in languages.items():
        index.vectors.add_sums(sums, places[language])
    norms = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    sums /= np.where(norms > 0, norms, 1)[:, None]
    return Nearness(*quantised(sums))  # a third of the time of 32 bits, and good enough for a first look
