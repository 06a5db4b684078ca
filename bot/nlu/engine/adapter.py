"""What tuning changed in the encoder: for each matrix of the upper layers a product of two thin ones, and a bias.

The encoder was made for all subjects; the adapter teaches it what sets one IT problem from another, and that the same
problem is one in all four languages (docs/decisions/0007). `tuning/` makes the file; here it is only read.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.nlu.engine.port import EngineUnavailable

FILE: Final = Path(__file__).with_name("adapter.npz")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Adapter:
    """Changes by the name of the linear map, `l11.q`; maps without an entry stay as they are."""

    version: str  # of the content: vectors of different versions must not be mixed
    _parts: Mapping[str, NDArray[np.float16]]

    def matrix(self, name: str, weights: Floats) -> Floats:
        """The weights, (outputs, inputs), as tuned."""
        if f"{name}.up" not in self._parts:
            return weights
        up, down = (self._parts[f"{name}.{part}"].astype(np.float32) for part in ("up", "down"))
        return np.asarray(weights + up @ down, np.float32)

    def bias(self, name: str, bias: Floats) -> Floats:
        change = self._parts.get(f"{name}.bias")
        return bias if change is None else np.asarray(bias + change.astype(np.float32), np.float32)


UNTUNED: Final = Adapter("untuned", {})


def load(path: Path = FILE) -> Adapter:
    """Raises EngineUnavailable where the file cannot be read: other vectors than the model was trained on help nobody."""
    try:
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            parts = dict(file)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as err:
        raise EngineUnavailable(f"{path.name}: {err}") from err
    return Adapter(hashlib.sha256(content).hexdigest()[:12], parts)
