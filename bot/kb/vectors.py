"""Meaning: the vectors of the articles' parts, and what can be told from them about a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import EncoderText, passage, question
from bot.nlu.embeddings import DIMENSION

Scores = npt.NDArray[np.float32]
Part = Literal["told", "asked", "named"]
PARTS: Final[tuple[Part, ...]] = ("told", "asked", "named")

# How much a part teaches about its article's subject, and the ridge: both chosen on left-out questions.
_TEACHES: Final[Mapping[Part, float]] = {"told": 1.0, "asked": 1.5, "named": 0.5}
_RIDGE: Final = 1.0


class Passage(NamedTuple):
    """What one vector stands for: a section or the summary (told), a question or the title (asked), a keyword."""

    article: int  # position in its language
    part: Part
    section: int | None
    text: EncoderText


def passages_of(articles: Sequence[Article]) -> Iterable[Passage]:
    """All passages of a language's articles."""
    for at, article in enumerate(articles):
        yield Passage(at, "told", None, passage(f"{article.title}. {article.summary}"))
        for text in (article.title, *article.questions):
            yield Passage(at, "asked", None, question(text))
        for text in (", ".join(article.keywords), *article.keywords):
            yield Passage(at, "named", None, question(text))
        for number, section in enumerate(article.sections):
            yield Passage(at, "told", number, passage(f"{article.title}. {section.heading}. {section.text}"))


@dataclass(frozen=True, slots=True)
class Means:
    """What all vectors of one part and language have in common, which says nothing about their subject."""

    vectors: Mapping[Part, Mapping[str, Vector]]

    def centred(self, vectors: Scores, part: Part, language: str) -> Scores:
        """Vectors less their common part, of length 1."""
        mean = self.vectors.get(part, {}).get(language)
        if mean is None:
            return vectors
        shifted = vectors - mean
        lengths = np.linalg.norm(shifted, axis=-1, keepdims=True)
        return np.asarray(shifted / np.maximum(lengths, 1e-6), np.float32)

    def of_question(self, vector: Vector, language: str) -> Vector:
        return self.centred(np.asarray(vector, np.float32), "asked", language)


class PassageVectors:
    """The vectors of one language's passages, centred; NaN where one is not computed yet."""

    def __init__(
        self, passages: Sequence[Passage], language: str, known: Mapping[EncoderText, Vector], means: Means
    ) -> None:
        self._means = means
        self.matrix = np.full((len(passages), DIMENSION), np.nan, np.float32)
        for part in PARTS:
            rows = [row for row, entry in enumerate(passages) if entry.part == part and entry.text in known]
            if rows:
                vectors = np.stack([known[passages[row].text] for row in rows])
                self.matrix[rows] = means.centred(vectors, part, language)

    def closeness(self, question: Vector, language: str) -> Scores:
        """Cosine of a question's vector to each passage, -1..1."""
        return np.asarray(self.matrix @ self._means.of_question(question, language), np.float32)


class Subjects:
    """One linear direction an article, over all its passages in all languages: a ridge regression.

    The nearest passage decides by one sentence; this weighs all that an article says against what the others say.
    """

    def __init__(self, labels: Sequence[str], parts: Sequence[Part], matrix: Scores) -> None:
        self.ids = sorted(set(labels))
        self._labels = np.array(labels, dtype=str)
        self._matrix = matrix.astype(np.float64)
        self._weighted = self._matrix * np.array([_TEACHES[part] for part in parts], float)[:, None]
        self._gram = self._weighted.T @ self._matrix + _RIDGE * np.eye(DIMENSION)
        belongs = (self._labels[:, None] == np.array(self.ids, dtype=str)[None, :]).astype(float)
        self._moments = self._weighted.T @ belongs
        self._directions = _solved(self._gram, self._moments)

    def scores(self, centred_question: Vector) -> dict[str, float]:
        """About 1 for an article whose subject the question is, about 0 for the others."""
        return dict(zip(self.ids, (centred_question @ self._directions).tolist(), strict=True))

    def without(self, article_id: str) -> Subjects:
        """The same as if that article had never been there."""
        if article_id not in self.ids:
            return self
        gone = self._labels == article_id
        rest = object.__new__(Subjects)
        rest.ids = [other for other in self.ids if other != article_id]
        rest._labels, rest._matrix = self._labels[~gone], self._matrix[~gone]
        rest._weighted = self._weighted[~gone]
        rest._gram = self._gram - self._weighted[gone].T @ self._matrix[gone]
        rest._moments = np.delete(self._moments, self.ids.index(article_id), axis=1)
        rest._directions = _solved(rest._gram, rest._moments)
        return rest


def _solved(gram: npt.NDArray[np.float64], moments: npt.NDArray[np.float64]) -> Scores:
    return np.asarray(np.linalg.solve(gram, moments), np.float32)
