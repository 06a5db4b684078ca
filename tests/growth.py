"""How the work grows with the size of its input: what a test may say of time on a machine that others use as well."""

from __future__ import annotations

import time
from collections.abc import Callable

TIMES_AS_LARGE = 8
# Linear work takes 8 times as long, quadratic 64 times; the rest is a busy machine.
_MOST = 24
_FLOOR = 0.005  # seconds of processor time, below which a clock says nothing


def grows_linearly(work: Callable[[str], object], text: str) -> bool:
    """Whether `work(text)` takes no more than in proportion to what it takes for an eighth of the text."""
    part = max(_once(work, text[: len(text) // TIMES_AS_LARGE]), _FLOOR)
    return min(_once(work, text) for _ in range(2)) < _MOST * part


def _once(work: Callable[[str], object], text: str) -> float:
    before = time.process_time()
    work(text)
    return time.process_time() - before
