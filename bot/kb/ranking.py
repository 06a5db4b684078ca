"""From evidence to probabilities: which article answers the question, or that none does.

A conditional logit: each article has a strength, 'no article' has strength 0, and the probabilities of all
add up to 1. The weights are learned on the articles' own questions by `python -m bot.kb tune`; they lie in
`ranking.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.kb.encoder import EncoderText
from bot.kb.index import Index, Query
from bot.kb.postings import Rows

FILE: Final = Path(__file__).with_name("ranking.json")

# What is known of an article and a question: shares of the question's words and n-grams that it covers, and how much
# nearer the question is to it, in any language, than to what is known to have no article.
EVIDENCE: Final = ("words", "grams", "nearest", "several")
# The columns that the weights belong to. 'apart': how far an article stands out from the other articles.
FEATURES: Final = (*EVIDENCE, "words_apart", "bias")
WORD_FEATURES: Final = ("words", "grams", "words_apart", "bias")
WORD_COLUMNS: Final = [FEATURES.index(name) for name in WORD_FEATURES]

# An article in another language must be clearly better: its odds are taken at a third.
FOREIGN_HANDICAP: Final = float(np.log(3))

# Keeps a base whose articles all fit alike, or a base of one, from standing out by nothing.
_SMALL_SPREAD: Final = 0.05

# Of a large base, how many are looked at closely: the best by words, by n-grams, and by their centroids.
_CLOSELY: Final = (32, 16, 64)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The articles that come into question, of all languages; a row an article id."""

    ids: tuple[str, ...]
    languages: tuple[str, ...]  # in which the article would be shown
    evidence: Floats  # columns EVIDENCE; NaN in those of meaning where there is no vector
    words_apart: Floats  # how far the article's words stand out from those of all articles of the base

    @property
    def features(self) -> Floats:
        """Columns FEATURES."""
        found = np.ones((len(self.ids), len(FEATURES)))
        found[:, : len(EVIDENCE)] = self.evidence
        found[:, len(EVIDENCE)] = self.words_apart
        return found


@dataclass(frozen=True, slots=True)
class Ranking:
    """Learned weights, and the threshold of rejection."""

    weights: Floats
    word_weights: Floats  # for articles and questions without a vector
    decline_above: float  # probability of 'no article' above which nothing is answered

    def probabilities(self, candidates: Candidates, asked_in: str) -> tuple[Floats, float]:
        """(of each candidate, of 'no article')."""
        strengths = self.strengths(candidates.features)
        strengths -= FOREIGN_HANDICAP * np.array(
            [language != asked_in for language in candidates.languages], float
        )
        return softmax_with_none(strengths)

    def strengths(self, features: Floats) -> Floats:
        by_words = features[:, WORD_COLUMNS] @ self.word_weights
        by_all = features @ self.weights
        return np.where(np.isnan(by_all), by_words, by_all)


def softmax_with_none(strengths: Floats) -> tuple[Floats, float]:
    """Probabilities of strengths beside an alternative of strength 0, and that alternative's."""
    if strengths.size == 0:
        return strengths, 1.0
    top = max(float(strengths.max()), 0.0)
    exponents = np.exp(strengths - top)
    none = float(np.exp(-top))
    total = float(exponents.sum()) + none
    return exponents / total, none / total


def gather(index: Index, query: Query, *, but: EncoderText | None = None) -> Candidates:
    """Evidence of all languages, brought together by article id. `but`: see `Unanswerable.nearness`."""
    if not index.ids:
        return Candidates((), (), np.empty((0, len(EVIDENCE))), np.empty(0))
    languages = tuple(index.languages)
    by_words = _by_words(index, query)
    rough = _rough(by_words, languages, query.language)
    chosen = _chosen(index, query, rough)
    found = np.full((len(EVIDENCE), len(languages), len(chosen)), np.nan)
    found[:2] = by_words[:, :, chosen]
    if query.vector is not None:
        found[2:] = index.meaning.nearness(query.vector, chosen)
    shown = _shown(found, languages, query.language)
    nearest, several = np.fmax.reduce(found[2:], axis=1)
    if query.vector is not None:
        far, further = index.unanswerable.nearness(query.vector, but)
        nearest, several = nearest - far, several - further
    words, grams = _zero_for_nan(found[:2, shown, np.arange(len(chosen))])
    rough[0, chosen] = words
    return Candidates(
        tuple(index.ids[row] for row in chosen),
        tuple(languages[at] for at in shown),
        np.array([words, grams, nearest, several]).T,
        (words - rough[0].mean()) / (rough[0].std() + _SMALL_SPREAD),
    )


def _by_words(index: Index, query: Query) -> Floats:
    """Words and n-grams: 2 x languages x ids; NaN where a language lacks the article, or need not be asked."""
    found = np.full((2, len(index.languages), len(index.ids)), np.nan)
    for at, (language, own) in enumerate(index.languages.items()):
        if own.articles and index.is_read(language, query.language):
            found[:, at, index.places[language]] = own.evidence(query)
    return found


def _rough(by_words: Floats, languages: Sequence[str], asked_in: str) -> Floats:
    """Words and n-grams of each id, 2 x ids: in the language it is asked in, else the most of any other."""
    own = by_words[:, languages.index(asked_in)]
    if not np.isnan(own).any():  # as in a base that is translated as a whole
        return own.copy()
    return _zero_for_nan(np.where(np.isnan(own), np.fmax.reduce(by_words, axis=1), own))


def _chosen(index: Index, query: Query, rough: Floats) -> Rows:
    """The ids to look at closely: all of a small base, else the best by words, by n-grams and by meaning."""
    if index.centroids is None:
        return np.arange(len(index.ids))
    looks = [rough[0], rough[1]]
    if query.vector is not None:
        looks.append(index.centroids.to(query.vector[None])[0])
    best = [
        np.argpartition(-look, min(count, len(look) - 1))[:count]
        for look, count in zip(looks, _CLOSELY, strict=False)
    ]
    return np.unique(np.concatenate(best))


def _zero_for_nan(values: Floats) -> Floats:
    return np.where(np.isnan(values), 0, values)


def _shown(found: Floats, languages: Sequence[str], asked_in: str) -> Rows:
    """The language of each article: the one it is asked in, else the one that fits best."""
    own = languages.index(asked_in)
    best = np.argmax(np.where(np.isnan(found[0]), -np.inf, _zero_for_nan(found).sum(axis=0)), axis=0)
    return np.where(np.isnan(found[0, own]), best, own)


def load(path: Path = FILE) -> Ranking:
    """The weights in use."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Ranking(
        weights=_named(stored["weights"], FEATURES),
        word_weights=_named(stored["word_weights"], WORD_FEATURES),
        decline_above=float(stored["decline_above"]),
    )


def save(ranking: Ranking, path: Path = FILE) -> None:
    stored = {
        "weights": dict(zip(FEATURES, _rounded(ranking.weights), strict=True)),
        "word_weights": dict(zip(WORD_FEATURES, _rounded(ranking.word_weights), strict=True)),
        "decline_above": round(ranking.decline_above, 4),
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def _rounded(values: Sequence[float] | npt.NDArray[Any]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _named(weights: Mapping[str, float], names: Sequence[str]) -> Floats:
    return np.array([weights[name] for name in names], float)
