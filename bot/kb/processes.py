"""Work on thousands of articles: in several processes, with progress."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from tqdm import tqdm

LARGE: Final = 1000  # articles; fewer are not worth the start of a process
PROCESSES: Final = 2
_AT_ONCE: Final = 500  # few enough for progress, enough for their mean length to say that of all

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def several_processes() -> Iterator[ProcessPoolExecutor]:
    # Not forked: the server has threads, and a fork copies their locks as they stand.
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def in_chunks(
    pool: ProcessPoolExecutor, work: Callable[[Sequence[T]], R], items: Sequence[T], doing: str
) -> Iterator[R]:
    """What `work` makes of each chunk, in order."""
    chunks = [items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE)]
    with tqdm(total=len(items), desc=doing, unit="article", disable=None) as bar:
        for chunk, result in zip(chunks, pool.map(work, chunks), strict=True):
            bar.update(len(chunk))
            yield result
