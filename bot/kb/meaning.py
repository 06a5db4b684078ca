"""How near a question comes to the articles of all languages: all at once where they are few, else the promising ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from bot.kb.cache import Vector
from bot.kb.nearness import Nearness, nearness, places_of
from bot.kb.postings import Rows
from bot.kb.vectors import PassageVectors
from bot.nlu.embeddings import DIMENSION

WHOLE: Final = 20_000  # passages of all languages, 31 MB: no more are kept unpacked and compared as a whole
_NO_PASSAGES: Final = np.empty((0, DIMENSION), np.float32)


class Meaning:
    """The passages of one state of the base. Immutable."""

    def __init__(self, languages: Sequence[PassageVectors], positions: Sequence[Rows]) -> None:
        """`positions`, a language: of each id's article in it; -1: it has none."""
        self._languages = tuple(languages)
        self._positions = tuple(positions)
        few = sum(vectors.passages for vectors in languages) <= WHOLE
        self._whole = _Whole(self._languages, self._positions) if few else None

    def nearness(self, vector: Vector, chosen: Rows) -> Nearness:
        """Languages x chosen ids; NaN where there is no article, or nothing of it is embedded yet."""
        if self._whole is not None:
            found = self._whole.nearness(vector)
            return Nearness(found.nearest[:, chosen], found.several[:, chosen])
        nearest = np.full((len(self._languages), len(chosen)), np.nan, np.float32)
        several = nearest.copy()
        for at, (vectors, positions) in enumerate(zip(self._languages, self._positions, strict=True)):
            articles = positions[chosen]
            here = np.flatnonzero(articles >= 0)
            nearest[at, here], several[at, here] = vectors.nearness(vector, articles[here])
        return Nearness(nearest, several)


class _Whole:
    """All passages in one matrix of float32, a column a passage: it is read nearly twice as fast so as by rows."""

    def __init__(self, languages: Sequence[PassageVectors], positions: Sequence[Rows]) -> None:
        articles = [
            vectors.unpacked(int(article)) if article >= 0 else _NO_PASSAGES
            for vectors, own in zip(languages, positions, strict=True)
            for article in own
        ]
        rows = np.concatenate([_NO_PASSAGES, *articles])
        absent = np.append(np.isnan(rows).any(axis=1), True)
        places = places_of(np.array([len(passages) for passages in articles], np.intp))
        self._shape = len(languages), -1 if languages else 0
        self._places = np.where(absent[places], len(rows), places)
        self._matrix = np.ascontiguousarray(np.nan_to_num(rows, copy=False).T)

    def nearness(self, vector: Vector) -> Nearness:
        """Languages x ids."""
        found = nearness(vector @ self._matrix, self._places)
        return Nearness(found.nearest.reshape(self._shape), found.several.reshape(self._shape))
