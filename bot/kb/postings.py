"""Which document has which term: BM25 over sparse matrices that can stay as they are while articles change.

bm25s, which the benchmark compares with, stores scores with the rarity of each term in them: one article more, and all
of them change. Here a matrix holds what a term counts within its document, and its rarity is counted over all parts of
a collection when they are put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, vstack

Scores = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_K1: Final = 1.2
_B: Final = 0.5
_MOST_TERMS: Final = 120  # of a question: 600 characters hold hardly more
_NOTHING: Final = np.empty(0, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """An immutable part of a collection of documents."""

    terms: Mapping[str, int]  # column of each
    matrix: csc_array  # documents x terms: 0..1, how much the term says of the document
    length: float  # of a document, on average

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]], length: float | None = None) -> Postings:
        """`length`: the average to measure by, where these join a larger collection."""
        terms: dict[str, int] = {}
        columns: list[npt.NDArray[np.int32]] = []
        counts: list[Scores] = []
        for document in documents:
            counted = Counter(document)
            columns.append(
                np.fromiter((terms.setdefault(term, len(terms)) for term in counted), np.int32, len(counted))
            )
            counts.append(np.fromiter(counted.values(), np.float32, len(counted)))
        sizes = np.array([len(row) for row in columns], np.int64)
        lengths = np.array([row.sum() for row in counts], np.float32)
        mean = length if length is not None else float(lengths.mean()) if len(lengths) else 0.0
        tf = np.concatenate(counts) if counts else np.empty(0, np.float32)
        norms = np.repeat(_K1 * (1 - _B + _B * lengths / (mean or 1.0)), sizes)
        rows = csr_array(
            (
                (tf / (norms + tf)).astype(np.float32),
                np.concatenate(columns) if columns else np.empty(0, np.int32),
                np.concatenate([[0], np.cumsum(sizes)]),
            ),
            shape=(len(sizes), len(terms)),
        )
        return cls(terms, rows.tocsc(), mean)

    @classmethod
    def joined(cls, parts: Sequence[Postings], kept: Sequence[Rows]) -> Postings:
        """Of some documents of each part, in this order; measured by the first part's length."""
        terms: dict[str, int] = {}
        columns = [
            np.array([terms.setdefault(term, len(terms)) for term in part.terms], np.int32) for part in parts
        ]
        found: list[csr_array] = []
        for part, renamed, rows in zip(parts, columns, kept, strict=True):
            chosen = part.matrix.tocsr()[rows]
            shape = (len(rows), len(terms))
            found.append(csr_array((chosen.data, renamed[chosen.indices], chosen.indptr), shape=shape))
        return cls(terms, csc_array(vstack(found, format="csc")), parts[0].length)

    @classmethod
    def stacked(cls, parts: Sequence[Postings]) -> Postings:
        """All documents of all parts."""
        return cls.joined(parts, [np.arange(part.size) for part in parts])

    @property
    def size(self) -> int:
        return int(self.matrix.shape[0])

    def frequencies(self, gone: Mask | None = None) -> Counts:
        """In how many documents each term is, but for those that are `gone`."""
        counts = np.diff(self.matrix.indptr).astype(np.int64)
        if gone is not None and gone.any():
            entries = np.flatnonzero(gone[self.matrix.indices])
            columns = np.searchsorted(self.matrix.indptr, entries, side="right") - 1
            counts -= np.bincount(columns, minlength=len(counts))
        return counts

    def sums(self, weights: Mapping[str, float]) -> Scores:
        """Of each document, what these terms say of it, weighted."""
        found = np.zeros(self.size, np.float32)
        starts, rows, says = self.matrix.indptr, self.matrix.indices, self.matrix.data
        for term, weight in weights.items():
            column = self.terms.get(term)
            if column is not None:
                here = slice(starts[column], starts[column + 1])
                found[rows[here]] += np.float32(weight) * says[here]  # a document is there once
        return found


class Collection:
    """Postings as one collection, but for documents that are gone. Immutable."""

    def __init__(self, parts: Sequence[Postings], gone: Sequence[Mask | None]) -> None:
        self._parts = tuple(parts)
        self._counts = [part.frequencies(mask) for part, mask in zip(parts, gone, strict=True)]
        self._size = sum(
            part.size - (int(mask.sum()) if mask is not None else 0)
            for part, mask in zip(parts, gone, strict=True)
        )

    def scores(self, question_terms: Sequence[str]) -> Scores:
        """The share of the question's weight that each document covers, 0..1; of one part after the other."""
        query = _distinct(question_terms)
        known, most = _weights({term: self._count(term) for term in query}, self._size)
        return np.concatenate([part.sums(known) for part in self._parts] or [_NOTHING]) / np.float32(
            most or 1
        )

    def _count(self, term: str) -> int:
        return sum(
            int(counts[part.terms[term]])
            for part, counts in zip(self._parts, self._counts, strict=True)
            if term in part.terms
        )


def scores_of_few(documents: Sequence[Mapping[str, int]], question_terms: Sequence[str]) -> list[float]:
    """As `Collection.scores`, for a handful of documents that are told as counts of their terms."""
    query = _distinct(question_terms)
    known, most = _weights({term: sum(term in each for each in documents) for term in query}, len(documents))
    lengths = [sum(each.values()) for each in documents]
    mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
    found = []
    for document, length in zip(documents, lengths, strict=True):
        norm = _K1 * (1 - _B + _B * length / mean)
        here = ((weight, document[term]) for term, weight in known.items() if term in document)
        found.append(sum(weight * count / (norm + count) for weight, count in here) / (most or 1.0))
    return found


def _distinct(question_terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(question_terms))[:_MOST_TERMS]


def _weights(counts: Mapping[str, int], size: int) -> tuple[dict[str, float], float]:
    """Of the terms that are in some document; and the most that all terms of the question together could reach."""
    known = {term: _rarity(count, size) for term, count in counts.items() if count}
    # A word that no article has is a story's detail or another subject: it counts half.
    return known, sum(known.values()) + (len(counts) - len(known)) * _rarity(0, size) * 0.5


def _rarity(count: int, size: int) -> float:
    """Lucene's idf: the limit of a term's score, whatever its count in a document."""
    return log1p((size - count + 0.5) / (count + 0.5))
