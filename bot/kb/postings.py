"""Which document has which term: BM25 over sparse matrices that can stay as they are while articles change.

bm25s, which the benchmark compares with, stores scores with the rarity of each term in them: one article more, and all
of them change. Here a matrix holds what a term counts within its document, and its rarity is counted over all parts of
a collection when they are put together.

Terms are told by a hash of eight bytes: an index is plain arrays then, which can lie in a file and be looked into where
they lie. Among a million terms two come to the same hash once in thirty million indexes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, vstack

Scores = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_K1: Final = 1.2
_B: Final = 0.5
_MANY: Final = 1_000  # documents, from which a question's columns are looked at as a matrix
# A word that no document has is a story's detail or another subject: it counts half.
_UNKNOWN: Final = 0.5
_MOST_TERMS: Final = 120  # of a question: 600 characters hold hardly more


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """An immutable part of a collection of documents: what each term says of which documents."""

    keys: Keys  # of the terms, ascending
    starts: npt.NDArray[np.integer[Any]]  # of each term's entries, and the end
    documents: npt.NDArray[np.integer[Any]]  # an entry each; a term has a document once
    says: Scores  # 0..1, how much the term says of the document
    size: int  # how many documents
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
        keys = keys_of(terms)
        order = np.argsort(keys)
        entries = _inverse(order)[np.concatenate(columns)] if columns else np.empty(0, np.intp)
        rows = csr_array(
            ((tf / (norms + tf)).astype(np.float32), entries, np.concatenate([[0], np.cumsum(sizes)])),
            shape=(len(sizes), len(terms)),
        )
        return cls._from(keys[order], rows.tocsc(), mean)

    @classmethod
    def joined(cls, parts: Sequence[Postings], kept: Sequence[Rows]) -> Postings:
        """Of some documents of each part, in this order; measured by the first part's length."""
        keys = np.unique(np.concatenate([part.keys for part in parts]))
        found: list[csr_array] = []
        for part, rows in zip(parts, kept, strict=True):
            shape = (part.size, len(part.keys))
            chosen = csc_array((part.says, part.documents, part.starts), shape=shape).tocsr()[rows]
            renamed = np.searchsorted(keys, part.keys)[chosen.indices]
            found.append(csr_array((chosen.data, renamed, chosen.indptr), shape=(len(rows), len(keys))))
        return cls._from(keys, csc_array(vstack(found, format="csc")), parts[0].length)

    @classmethod
    def stacked(cls, parts: Sequence[Postings]) -> Postings:
        """All documents of all parts."""
        return cls.joined(parts, [np.arange(part.size) for part in parts])

    @classmethod
    def _from(cls, keys: Keys, matrix: csc_array, length: float) -> Postings:
        return cls(
            keys,
            np.asarray(matrix.indptr, np.int64),
            np.asarray(matrix.indices, np.int32),
            np.asarray(matrix.data, np.float32),
            int(matrix.shape[0]),
            length,
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Postings:
        """What `arrays` gave. Raises ValueError or KeyError for anything else."""
        keys, starts, documents, says = (arrays[name] for name in ("keys", "starts", "documents", "says"))
        size, length = arrays["measures"].tolist()
        if len(starts) != len(keys) + 1 or not starts[-1] == len(documents) == len(says):
            raise ValueError("postings that do not belong together")
        return cls(keys, starts, documents, says, int(size), length)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "keys": self.keys,
            "starts": self.starts,
            "documents": self.documents,
            "says": self.says,
            "measures": np.array([self.size, self.length], np.float64),
        }

    def frequencies(self, gone: Mask | None = None) -> Counts:
        """In how many documents each term is, but for those that are `gone`."""
        counts = np.diff(self.starts).astype(np.int64)
        if gone is not None and gone.any():
            entries = np.flatnonzero(gone[self.documents])
            columns = np.searchsorted(self.starts, entries, side="right") - 1
            counts -= np.bincount(columns, minlength=len(counts))
        return counts

    def columns(self, keys: Keys) -> Rows:
        """Where each of the terms is; -1 for one that no document has."""
        if not len(self.keys):
            return np.full(len(keys), -1, np.intp)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, -1)

    def sums(self, columns: Rows, weights: Scores) -> Scores:
        """Of each document, what the terms in these columns (-1: none) say of it, weighted."""
        there = columns >= 0
        columns, weights = columns[there], weights[there]
        if self.size > _MANY:
            return self._chosen(columns) @ weights
        starts = self.starts[columns]
        counts = self.starts[columns + 1] - starts
        ends = np.cumsum(counts)
        entries = np.arange(counts.sum()) + np.repeat(starts - ends + counts, counts)
        said = self.says[entries] * np.repeat(weights, counts)
        return np.bincount(self.documents[entries], said, minlength=self.size).astype(np.float32)

    def _chosen(self, columns: Rows) -> csc_array:
        """Some columns as a matrix: five times as slow for forty documents, and six times as fast for 25,000."""
        starts, ends = self.starts[columns].tolist(), self.starts[columns + 1].tolist()
        entries = [slice(*each) for each in zip(starts, ends, strict=True)] or [slice(0)]
        counts = np.array([0, *ends]) - np.array([0, *starts])
        return csc_array(
            (
                np.concatenate([self.says[each] for each in entries]),
                np.concatenate([self.documents[each] for each in entries]),
                np.cumsum(counts, dtype=np.int32),
            ),
            shape=(self.size, len(columns)),
        )


class Collection:
    """Postings as one collection, but for documents that are gone. Immutable."""

    def __init__(self, parts: Sequence[Postings], gone: Sequence[Mask | None]) -> None:
        self._parts = tuple(parts)
        # The last one is that of a term that the part lacks, whose column is -1.
        self._counts = [np.append(part.frequencies(mask), 0) for part, mask in zip(parts, gone, strict=True)]
        self._size = sum(
            part.size - (int(mask.sum()) if mask is not None else 0)
            for part, mask in zip(parts, gone, strict=True)
        )

    def scores(self, question_terms: Sequence[str]) -> Scores:
        """The share of the question's weight that each document covers, 0..1; of one part after the other."""
        if not self._parts:
            return np.empty(0, np.float32)
        keys = keys_of(_distinct(question_terms))
        columns = [part.columns(keys) for part in self._parts]
        counts = sum(own[places] for own, places in zip(self._counts, columns, strict=True))
        rarities = _rarity(counts, self._size)
        most = float(np.where(counts, rarities, _UNKNOWN * rarities).sum())
        weights = rarities.astype(np.float32)
        found = [part.sums(places, weights) for part, places in zip(self._parts, columns, strict=True)]
        return np.concatenate(found) / np.float32(most or 1)


class FewDocuments:
    """As a `Collection`, for a handful of documents that are looked into once or twice."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        self._counted = [Counter(document) for document in documents]
        lengths = [len(document) for document in documents]
        mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
        self._norms = [_K1 * (1 - _B + _B * length / mean) for length in lengths]

    def scores(self, question_terms: Sequence[str]) -> list[float]:
        terms = _distinct(question_terms)
        counts = [[own[term] for own in self._counted] for term in terms]
        held = np.array([sum(map(bool, row)) for row in counts], np.int64)
        rarities = _rarity(held, len(self._counted)).tolist()
        found, most = [0.0] * len(self._counted), 0.0
        for rarity, row in zip(rarities, counts, strict=True):
            most += rarity if any(row) else _UNKNOWN * rarity
            for at, count in enumerate(row):
                if count:
                    found[at] += rarity * count / (self._norms[at] + count)
        return [total / (most or 1.0) for total in found]


def keys_of(terms: Iterable[str]) -> Keys:
    return np.array([_key(term) for term in terms], np.uint64)


@lru_cache(maxsize=200_000)
def _key(term: str) -> int:
    return int.from_bytes(blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def _inverse(order: Rows) -> Rows:
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(len(order))
    return places


def _distinct(question_terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(question_terms))[:_MOST_TERMS]


def _rarity(counts: Counts, size: int) -> npt.NDArray[np.float64]:
    """Lucene's idf: the limit of a term's score, by the number of documents that have it."""
    return np.log1p((size - counts + 0.5) / (counts + 0.5))
