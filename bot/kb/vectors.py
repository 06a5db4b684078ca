"""Meaning: the vectors of the articles' passages, and how near a question comes to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.kb.articles import Article, Listed
from bot.kb.cache import Vector
from bot.kb.encoder import EncoderText, Matrix, passage, question
from bot.kb.kept import read_all
from bot.kb.nearness import SEVERAL, Nearness, nearness, places_of
from bot.kb.postings import Rows, Scores
from bot.nlu.embeddings import DIMENSION

_AT_ONCE: Final = 256  # articles whose vectors are asked for, or added, together
_UNPACKED_AT_ONCE: Final = (
    16  # articles: what is unpacked of them stays in the processor's cache until it is compared
)

Known = Callable[[Sequence[EncoderText]], Mapping[EncoderText, Vector]]


class Passage(NamedTuple):
    """What one vector stands for: a section, or (None) the summary, the title, or a wording that it is asked in."""

    article: int  # position in its language
    section: int | None
    text: EncoderText


def passages_of(articles: Iterable[Article]) -> Iterable[Passage]:
    """All passages of a language's articles, article by article."""
    for at, article in enumerate(articles):
        yield Passage(at, None, passage(f"{article.title}. {article.summary}"))
        for text in (article.title, *article.asked_as):
            yield Passage(at, None, question(text))
        for number, section in enumerate(article.sections):
            yield Passage(at, number, passage(f"{article.title}. {section.heading}. {section.text}"))


@dataclass(frozen=True, slots=True, eq=False)
class ShardVectors:
    """The vectors of a shard's passages, article by article.

    Whole numbers of two bytes and a scale a row: half of float32 and as good as exact (1e-6 of a cosine), and numpy
    reads them seven times as fast as float16.
    """

    matrix: npt.NDArray[np.int16]
    scales: Scores  # what 1 stands for in each row; NaN where the vector is not computed yet
    sums: Scores  # of each article's vectors
    starts: Rows  # row of each article's first passage, and the end

    @classmethod
    def empty(cls, starts: Rows) -> ShardVectors:
        rows, articles = int(starts[-1]), len(starts) - 1
        return cls(
            np.zeros((rows, DIMENSION), np.int16),
            np.full(rows, np.nan, np.float32),
            np.zeros((articles, DIMENSION), np.float32),
            starts,
        )

    @classmethod
    def joined(cls, parts: Sequence[ShardVectors], kept: Sequence[Rows]) -> ShardVectors:
        """Of some articles of each part, in this order."""
        rows = [part.rows_of(articles) for part, articles in zip(parts, kept, strict=True)]
        counts = [
            part.starts[articles + 1] - part.starts[articles]
            for part, articles in zip(parts, kept, strict=True)
        ]
        return cls(
            np.concatenate([part.matrix[each] for part, each in zip(parts, rows, strict=True)]),
            np.concatenate([part.scales[each] for part, each in zip(parts, rows, strict=True)]),
            np.concatenate([part.sums[articles] for part, articles in zip(parts, kept, strict=True)]),
            starts_of(np.concatenate(counts)),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> ShardVectors:
        """What `arrays` gave. Raises ValueError or KeyError for anything else."""
        found = cls(*(arrays[name] for name in ("matrix", "scales", "sums", "starts")))
        rows, articles = len(found.scales), len(found.starts) - 1
        if found.matrix.shape != (rows, DIMENSION) or found.sums.shape != (articles, DIMENSION):
            raise ValueError("vectors that do not belong together")
        if found.starts[-1] != rows:
            raise ValueError("passages that do not belong together")
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"matrix": self.matrix, "scales": self.scales, "sums": self.sums, "starts": self.starts}

    @property
    def incomplete(self) -> Rows:
        """Articles of which a vector is missing."""
        missing = np.flatnonzero(np.isnan(self.scales))
        return np.unique(np.searchsorted(self.starts, missing, side="right") - 1)

    @property
    def complete(self) -> bool:
        return not np.isnan(self.scales).any()

    def completed(self, articles: Sequence[Listed], known: Known) -> ShardVectors:
        """With the vectors that are known by now."""
        incomplete = self.incomplete
        if not len(incomplete):
            return self
        found = ShardVectors(self.matrix.copy(), self.scales.copy(), self.sums.copy(), self.starts)
        for first in range(0, len(incomplete), _AT_ONCE):
            chunk = incomplete[first : first + _AT_ONCE]
            texts = [entry.text for entry in passages_of(read_all([articles[at] for at in chunk]))]
            there = known(texts)
            for row, text in zip(found.rows_of(chunk), texts, strict=True):
                if text in there:
                    found.scales[row], found.matrix[row] = _packed(there[text])
            for at in chunk:
                rows = slice(int(found.starts[at]), int(found.starts[at + 1]))
                unpacked = found.matrix[rows] * found.scales[rows, None]
                found.sums[at] = np.nan_to_num(unpacked).sum(axis=0)
        return found

    def rows_of(self, articles: Rows) -> Rows:
        """The rows of all passages of some articles."""
        counts = self.starts[articles + 1] - self.starts[articles]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.asarray(np.repeat(self.starts[articles], counts) + within, np.intp)

    def closeness(self, vector: Vector, rows: slice) -> Scores:
        """Cosine of a question's vector to each passage; NaN where one is not computed yet."""
        return np.asarray((self.matrix[rows].astype(np.float32) @ vector) * self.scales[rows], np.float32)

    def closeness_of(self, vector: Vector, articles: Rows) -> Scores:
        """The same of all passages of some articles, of one article after the other."""
        found = [np.empty(0, np.float32)]
        for first in range(0, len(articles), _UNPACKED_AT_ONCE):
            chunk = articles[first : first + _UNPACKED_AT_ONCE]
            passages = zip(self.starts[chunk].tolist(), self.starts[chunk + 1].tolist(), strict=True)
            rows = np.concatenate([self.matrix[start:end] for start, end in passages], dtype=np.float32)
            found.append(rows @ vector)
        return np.concatenate(found) * self.scales[self.rows_of(articles)]


def starts_of(counts: npt.NDArray[np.integer[Any]]) -> Rows:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)


def _packed(vector: Vector) -> tuple[float, npt.NDArray[np.int16]]:
    scale = float(np.abs(vector).max()) / np.iinfo(np.int16).max or 1.0
    return scale, np.rint(vector / scale).astype(np.int16)


class PassageVectors:
    """The vectors of one language: of its shards, seen article by article."""

    def __init__(self, shards: Sequence[ShardVectors], places: Sequence[tuple[Rows, Rows]]) -> None:
        """`places`, a shard: positions of its articles in the language, and their rows in the shard."""
        self.shards = tuple(shards)
        self._places = tuple(places)
        size = sum(len(positions) for positions, _ in places)
        self._shard = np.zeros(size, np.int8)
        self._row = np.zeros(size, np.intp)
        for number, (positions, rows) in enumerate(places):
            self._shard[positions] = number
            self._row[positions] = rows

    @property
    def complete(self) -> bool:
        return all(shard.complete for shard in self.shards)

    @property
    def passages(self) -> int:
        """How many there are, those of articles that are gone among them."""
        return sum(len(shard.scales) for shard in self.shards)

    def add_sums(self, total: Scores, places: Rows) -> None:
        """Adds the sum of each article's vectors to its place, of which each article has its own."""
        for shard, (positions, rows) in zip(self.shards, self._places, strict=True):
            for first in range(0, len(rows), _AT_ONCE):  # what is added stays in the processor's cache
                some = slice(first, first + _AT_ONCE)
                total[places[positions[some]]] += shard.sums[rows[some]]

    def unpacked(self, article: int) -> Matrix:
        """The vectors of one article's passages; NaN where one is not computed yet."""
        shard, rows = self._passages(article)
        return np.asarray(shard.matrix[rows] * shard.scales[rows, None], np.float32)

    def closeness(self, vector: Vector, article: int, last: int) -> Scores:
        """Cosine of a question's vector to each of one article's last passages; NaN where one is not computed yet."""
        shard, rows = self._passages(article)
        return shard.closeness(vector, slice(rows.stop - last, rows.stop))

    def nearness(self, vector: Vector, articles: Rows) -> Nearness:
        """To some articles, by their passages."""
        nearest = np.full(len(articles), np.nan, np.float32)
        several = nearest.copy()
        for number, shard in enumerate(self.shards):
            here = np.flatnonzero(self._shard[articles] == number)
            if not len(here):
                continue
            rows = self._row[articles[here]]
            closeness = shard.closeness_of(vector, rows)
            closeness[np.isnan(closeness)] = -np.inf
            nearest[here], several[here] = nearness(
                closeness, places_of(shard.starts[rows + 1] - shard.starts[rows])
            )
        return Nearness(nearest, several)

    def _passages(self, article: int) -> tuple[ShardVectors, slice]:
        shard, row = self.shards[self._shard[article]], self._row[article]
        return shard, slice(int(shard.starts[row]), int(shard.starts[row + 1]))


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """Questions that are known to have no article, of all languages: what an article must be nearer than."""

    texts: tuple[EncoderText, ...]
    matrix: Matrix  # a column a text

    @classmethod
    def of(cls, texts: Iterable[EncoderText], known: Mapping[EncoderText, Vector]) -> Unanswerable:
        there = tuple(text for text in dict.fromkeys(texts) if text in known)
        matrix = np.empty((DIMENSION, len(there)), np.float32)
        for column, text in enumerate(there):
            matrix[:, column] = known[text]
        return cls(there, matrix)

    def nearness(self, vector: Vector, but: EncoderText | None = None) -> tuple[float, float]:
        """As `Nearness`, of all of them together; `but` one, while that is tried itself. Zero where there are none."""
        closeness = vector @ self.matrix
        if but is not None and but in self.texts:
            closeness = np.delete(closeness, self.texts.index(but))
        if not closeness.size:
            return 0.0, 0.0
        several = max(len(closeness) - SEVERAL, 0)
        closeness.partition(several)
        best = closeness[several:].tolist()
        return max(best), sum(best) / len(best)
