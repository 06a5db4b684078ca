"""Meaning: the vectors of the articles' passages, and how near a question comes to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import EncoderText, passage, question
from bot.nlu.embeddings import DIMENSION

Scores = npt.NDArray[np.float32]

SEVERAL: Final = 3  # passages that count together: one may be near by chance


class Passage(NamedTuple):
    """What one vector stands for: a section, or (None) the summary, the title, or a wording that it is asked in."""

    article: int  # position in its language
    section: int | None
    text: EncoderText


class Nearness(NamedTuple):
    """Cosines of a question, -1..1, one an article; NaN where nothing of it is embedded yet."""

    nearest: Scores  # to the nearest passage
    several: Scores  # mean of the nearest SEVERAL


def passages_of(articles: Sequence[Article]) -> Iterable[Passage]:
    """All passages of a language's articles, article by article."""
    for at, article in enumerate(articles):
        yield Passage(at, None, passage(f"{article.title}. {article.summary}"))
        for text in (article.title, *article.asked_as):
            yield Passage(at, None, question(text))
        for number, section in enumerate(article.sections):
            yield Passage(at, number, passage(f"{article.title}. {section.heading}. {section.text}"))


class PassageVectors:
    """The vectors of one language's passages; NaN where one is not computed yet."""

    def __init__(
        self, passages: Sequence[Passage], known: Mapping[EncoderText, Vector], articles: int
    ) -> None:
        self._matrix = np.full((len(passages), DIMENSION), np.nan, np.float32)
        for row, entry in enumerate(passages):
            if entry.text in known:
                self._matrix[row] = known[entry.text]
        owners = np.array([entry.article for entry in passages], int)
        self._starts = np.searchsorted(owners, np.arange(articles))
        self._counts = np.diff(np.append(self._starts, len(passages)))

    def closeness(self, vector: Vector) -> Scores:
        """Cosine of a question's vector to each passage."""
        return np.asarray(self._matrix @ vector, np.float32)

    def nearness(self, vector: Vector) -> Nearness:
        """To each article, by its passages."""
        if not len(self._starts):
            return Nearness(np.empty(0, np.float32), np.empty(0, np.float32))
        # One row an article, padded: passages of an article stand together.
        width = int(self._counts.max())
        rows = self._starts[:, None] + np.arange(width)
        there = np.arange(width) < self._counts[:, None]
        closeness = self.closeness(vector)
        table = np.where(there, closeness[np.minimum(rows, len(closeness) - 1)], np.nan)
        return _nearness(table)


def _nearness(table: Scores) -> Nearness:
    """Of rows of cosines with NaN for what is not there."""
    filled = np.where(np.isnan(table), -np.inf, table)
    best = -np.sort(-filled, axis=1)[:, :SEVERAL]
    known = np.isfinite(best)
    sums = np.where(known, best, 0).sum(axis=1)
    several = sums / np.maximum(known.sum(axis=1), 1)
    nothing = ~known[:, 0]
    return Nearness(
        np.where(nothing, np.nan, best[:, 0]).astype(np.float32),
        np.where(nothing, np.nan, several).astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """Questions that are known to have no article, of all languages: what an article must be nearer than."""

    texts: tuple[EncoderText, ...]
    matrix: Scores

    @classmethod
    def of(cls, texts: Iterable[EncoderText], known: Mapping[EncoderText, Vector]) -> Unanswerable:
        there = tuple(text for text in dict.fromkeys(texts) if text in known)
        rows = [known[text] for text in there]
        return cls(there, np.stack(rows) if rows else np.empty((0, DIMENSION), np.float32))

    def nearness(self, vector: Vector, but: EncoderText | None = None) -> tuple[float, float]:
        """As `Nearness`, of all of them together; `but` one, while that is tried itself. Zero where there are none."""
        closeness = self.matrix @ vector
        if but is not None and but in self.texts:
            closeness = np.delete(closeness, self.texts.index(but))
        if not closeness.size:
            return 0.0, 0.0
        best = np.sort(closeness)[-SEVERAL:]
        return float(best[-1]), float(best.mean())
