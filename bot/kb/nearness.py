"""How near a question comes to articles, from how near it comes to their passages."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.kb.postings import Rows, Scores

SEVERAL: Final = 3  # passages that count together: one may be near by chance


class Nearness(NamedTuple):
    """Cosines of a question, -1..1, one an article; NaN where nothing of it is embedded yet."""

    nearest: Scores  # to the nearest passage
    several: Scores  # mean of the nearest SEVERAL


def places_of(counts: npt.NDArray[np.integer[Any]]) -> Rows:
    """A row an article: the numbers of its passages, which stand together; then that of none, which comes after all."""
    within = np.arange(counts.max(initial=0))
    first = np.cumsum(counts) - counts
    return np.where(within < counts[:, None], first[:, None] + within, counts.sum())


def nearness(closeness: Scores, places: Rows) -> Nearness:
    """`closeness`: of each passage; -inf where it is not embedded yet. `places`: see `places_of`."""
    table = np.append(closeness, np.float32(-np.inf))[places]
    several = max(table.shape[1] - SEVERAL, 0)
    table.partition(several, axis=1)
    best = table[:, several:]
    there = best > -np.inf
    if there.all():
        return Nearness(best.max(axis=1), best.mean(axis=1))
    count = there.sum(axis=1)
    mean = np.where(there, best, 0).sum(axis=1) / np.maximum(count, 1)
    return Nearness(
        np.where(count, best.max(axis=1), np.nan).astype(np.float32),
        np.where(count, mean, np.nan).astype(np.float32),
    )
