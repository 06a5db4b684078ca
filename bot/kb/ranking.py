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
from bot.kb.index import Evidence, Index, Means, Query

FILE: Final = Path(__file__).with_name("ranking.json")

# Columns of the feature matrix. 'other': the same article's evidence in its other languages.
FEATURES: Final = ("words", "grams", "asked", "told", "nearest", "other_words", "other_meaning", "bias")
WORD_FEATURES: Final = ("words", "grams", "other_words", "bias")
_WORD_COLUMNS: Final = [FEATURES.index(name) for name in WORD_FEATURES]

# An article in another language must be clearly better: its odds are taken at a third.
FOREIGN_HANDICAP: Final = float(np.log(3))

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The articles of all languages against one question; a row an article id."""

    ids: tuple[str, ...]
    languages: tuple[str, ...]  # in which the article would be shown
    features: Floats  # NaN in the columns of meaning where there is no vector

    def without(self, article_id: str) -> Candidates:
        kept = [row for row, other in enumerate(self.ids) if other != article_id]
        return Candidates(
            tuple(self.ids[row] for row in kept),
            tuple(self.languages[row] for row in kept),
            self.features[kept],
        )


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
        by_words = features[:, _WORD_COLUMNS] @ self.word_weights
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
    rows: list[list[float]] = []
    shown: list[str] = []
    for article_id in ids:
        found = {
            language: _one(evidence[language], index.languages[language].position[article_id])
            for language in evidence
            if article_id in index.languages[language].position
        }
        own = query.language if query.language in found else max(found, key=lambda name: _rough(found[name]))
        rows.append(_features(found, own))
        shown.append(own)
    return Candidates(tuple(ids), tuple(shown), np.array(rows, float).reshape(len(rows), len(FEATURES)))


def _one(evidence: Evidence, at: int) -> tuple[float, float, float, float]:
    return (
        float(evidence.words[at]),
        float(evidence.grams[at]),
        float(evidence.asked[at]),
        float(evidence.told[at]),
    )


def _rough(values: tuple[float, float, float, float]) -> float:
    return float(np.nansum(values))


def _features(found: Mapping[str, tuple[float, float, float, float]], own: str) -> list[float]:
    words, grams, asked, told = found[own]
    others = [values for language, values in found.items() if language != own]
    nearest = max(asked, told)
    # An article without translations must not look worse than one with: its own evidence stands in.
    other_words = max((values[0] for values in others), default=words)
    meanings = [value for values in others for value in values[2:] if not np.isnan(value)]
    other_meaning = max(meanings, default=nearest)
    return [words, grams, asked, told, nearest, other_words, other_meaning, 1.0]


def load(path: Path = FILE) -> Ranking:
    """The weights in use."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Ranking(
        weights=_named(stored["weights"], FEATURES),
        word_weights=_named(stored["word_weights"], WORD_FEATURES),
        decline_above=float(stored["decline_above"]),
        means=Means(_vectors(stored["means"]["query"]), _vectors(stored["means"]["passage"])),
    )


def save(ranking: Ranking, path: Path = FILE) -> None:
    stored = {
        "weights": dict(zip(FEATURES, _rounded(ranking.weights), strict=True)),
        "word_weights": dict(zip(WORD_FEATURES, _rounded(ranking.word_weights), strict=True)),
        "decline_above": round(ranking.decline_above, 4),
        "means": {
            "query": {language: _rounded(mean) for language, mean in ranking.means.query.items()},
            "passage": {language: _rounded(mean) for language, mean in ranking.means.passage.items()},
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
