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

from bot.kb.cache import Vector
from bot.kb.index import Evidence, Index, Query
from bot.kb.vectors import PARTS, Means

FILE: Final = Path(__file__).with_name("ranking.json")

# What is known of an article and a question. 'other': evidence of the article's other languages.
EVIDENCE: Final = ("words", "grams", "told", "subject", "other_words", "other_meaning")
# The columns that the weights belong to. 'apart': how far an article stands out from the other articles.
FEATURES: Final = (*EVIDENCE, "words_apart", "told_apart", "bias")
WORD_FEATURES: Final = ("words", "grams", "other_words", "bias")
WORD_COLUMNS: Final = [FEATURES.index(name) for name in WORD_FEATURES]

# An article in another language must be clearly better: its odds are taken at a third.
FOREIGN_HANDICAP: Final = float(np.log(3))

# Keeps a base whose articles all fit alike, or a base of one, from standing out by nothing.
_SMALL_SPREAD: Final = 0.05

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The articles of all languages against one question; a row an article id."""

    ids: tuple[str, ...]
    languages: tuple[str, ...]  # in which the article would be shown
    evidence: Floats  # columns EVIDENCE; NaN in those of meaning where there is no vector

    def without(self, article_id: str) -> Candidates:
        kept = [row for row, other in enumerate(self.ids) if other != article_id]
        return Candidates(
            tuple(self.ids[row] for row in kept),
            tuple(self.languages[row] for row in kept),
            self.evidence[kept],
        )

    @property
    def features(self) -> Floats:
        """Columns FEATURES."""
        apart = [_apart(self.evidence[:, EVIDENCE.index(name)]) for name in ("words", "told")]
        return np.column_stack([self.evidence, *apart, np.ones(len(self.ids))])


def _apart(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    if known.size == 0:
        return column
    return np.asarray((column - known.mean()) / (known.std() + _SMALL_SPREAD), float)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Learned weights, the threshold of rejection, and the means that vectors are centred by."""

    weights: Floats
    word_weights: Floats  # for articles and questions without a vector
    decline_above: float  # probability of 'no article' above which nothing is answered
    means: Means

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


def gather(index: Index, query: Query) -> Candidates:
    """Evidence of all languages, brought together by article id."""
    evidence = {
        language: languages.evidence(query, index.vectors.get(language))
        for language, languages in index.languages.items()
        if languages.articles
    }
    ids = sorted({article_id for language in evidence for article_id in index.languages[language].position})
    subjects = index.subject_scores(query)
    rows: list[list[float]] = []
    shown: list[str] = []
    for article_id in ids:
        found = {
            language: _one(evidence[language], index.languages[language].position[article_id])
            for language in evidence
            if article_id in index.languages[language].position
        }
        own = (
            query.language if query.language in found else max(found, key=lambda name: np.nansum(found[name]))
        )
        rows.append(_evidence(found, own, subjects.get(article_id, np.nan)))
        shown.append(own)
    return Candidates(tuple(ids), tuple(shown), np.array(rows, float).reshape(len(rows), len(EVIDENCE)))


def _one(evidence: Evidence, at: int) -> tuple[float, ...]:
    return tuple(float(column[at]) for column in evidence)


def _evidence(found: Mapping[str, tuple[float, ...]], own: str, subject: float) -> list[float]:
    words, grams, told, _ = found[own]
    others = [values for language, values in found.items() if language != own]
    # An article without translations must not look worse than one with: its own evidence stands in.
    other_words = max((values[0] for values in others), default=words)
    other_meaning = max((_meaning(values) for values in others), default=_meaning(found[own]))
    return [words, grams, told, subject, other_words, other_meaning]


def _meaning(values: tuple[float, ...]) -> float:
    return float(np.fmax.reduce(values[2:4]))


def load(path: Path = FILE) -> Ranking:
    """The weights in use."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Ranking(
        weights=_named(stored["weights"], FEATURES),
        word_weights=_named(stored["word_weights"], WORD_FEATURES),
        decline_above=float(stored["decline_above"]),
        means=Means({part: _vectors(stored["means"][part]) for part in PARTS}),
    )


def save(ranking: Ranking, path: Path = FILE) -> None:
    stored = {
        "weights": dict(zip(FEATURES, _rounded(ranking.weights), strict=True)),
        "word_weights": dict(zip(WORD_FEATURES, _rounded(ranking.word_weights), strict=True)),
        "decline_above": round(ranking.decline_above, 4),
        "means": {
            part: {language: _rounded(mean) for language, mean in means.items()}
            for part, means in ranking.means.vectors.items()
        },
    }
    text = json.dumps(stored, indent=1)
    path.write_text(_numbers_on_one_line(text) + "\n", encoding="utf-8")


def _numbers_on_one_line(text: str) -> str:
    return text.replace(",\n    ", ", ").replace("[\n    ", "[").replace("\n   ]", "]")


def _rounded(values: Sequence[float] | npt.NDArray[Any]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _named(weights: Mapping[str, float], names: Sequence[str]) -> Floats:
    return np.array([weights[name] for name in names], float)


def _vectors(stored: Mapping[str, Sequence[float]]) -> dict[str, Vector]:
    return {language: np.array(values, np.float32) for language, values in stored.items()}
