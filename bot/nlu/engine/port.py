"""What every embedding engine promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

DIMENSION = 384

Kind = Literal["query", "passage"]
Vectors = NDArray[np.float32]


class EngineUnavailable(RuntimeError):
    """This engine cannot be made or loaded here; another one may."""


class Engine(Protocol):
    """Weights in memory. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """Weights and arithmetic. Vectors of different names are near each other, but must not be mixed."""

    def embed(self, kind: Kind, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, (len(texts), 384), of texts that `bot.nlu.text.clean` gave.

        A text has the same vector whatever stands beside it, but for rounding (less than 1e-5 a number).
        """
