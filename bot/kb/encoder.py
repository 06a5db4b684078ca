"""The sentence encoder as the knowledge base sees it, and the vectors it gives, each computed once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from bot.kb.cache import Cache, Vector, content_key
from bot.nlu.embeddings import DIMENSION, SentenceEncoder, engine_name, shared_encoder
from bot.nlu.text import clean

logger = logging.getLogger(__name__)

Matrix = npt.NDArray[np.float32]
# Cost grows with length (0.2 to 0.4 ms a token), and the first lines of a section say what it is about.
PASSAGE_CHARACTERS: Final = 300
_BATCH: Final = 16
_MOST_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class EncoderText:
    """A text as the encoder gets it: asked as a question, or told as a passage."""

    kind: Literal["query", "passage"]
    text: str

    @property
    def key(self) -> bytes:
        return content_key(f"{engine_name()}\0{self.kind}", self.text)


@lru_cache(maxsize=4096)  # the sentences without an article are asked for at every change
def question(text: str) -> EncoderText:
    return EncoderText("query", clean(text))


def passage(text: str) -> EncoderText:
    return EncoderText("passage", clean(text)[:PASSAGE_CHARACTERS])


def encoder_name() -> str:
    """What vectors come from: those of another one are never used."""
    return engine_name()


class Embeddings:
    """Vectors of texts from memory, from the disk cache, and only then from the encoder. Thread-safe.

    The encoder is made on first need. When it fails, texts stay without a vector: search goes on with words.
    """

    def __init__(self, cache: Cache, encoder: SentenceEncoder | None = None) -> None:
        self._cache = cache
        self._encoder = encoder
        self._memory: dict[bytes, Vector] = {}

    def known(self, texts: Iterable[EncoderText]) -> dict[EncoderText, Vector]:
        """Those vectors that need no computing."""
        texts = list(texts)
        keys = {text: text.key for text in texts}
        memory = self._memory
        found = self._cache.vectors(set(keys.values()) - memory.keys())
        self._remember(found)
        known = {**found, **{key: memory[key] for key in keys.values() if key in memory}}
        return {text: known[key] for text, key in keys.items() if key in known}

    def compute(self, texts: Iterable[EncoderText]) -> None:
        """Compute and keep what is not known yet, in small batches so that others get their turn."""
        texts = list(dict.fromkeys(texts))
        known = self.known(texts)
        missing = [text for text in texts if text not in known]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            fresh = {text.key: vector for text, vector in zip(batch, self._encode(batch), strict=True)}
            kept = self._cache.keep_vectors(fresh)
            # Half precision, as a later process will read it: the same answer before and after a restart.
            halves = {key: vector.astype(np.float16).astype(np.float32) for key, vector in fresh.items()}
            self._remember(halves, on_disk=kept)

    def _remember(self, vectors: Mapping[bytes, Vector], *, on_disk: bool = True) -> None:
        """Memory is for what the disk cannot hold, and otherwise short: the index has the vectors of its articles."""
        memory = self._memory if len(self._memory) < _MOST_REMEMBERED or not on_disk else {}
        self._memory = {**memory, **vectors}

    def of_query(self, text: str) -> Vector | None:
        """The vector of an employee's question, not kept; None when the encoder fails."""
        cleaned = clean(text)
        if not cleaned:
            return None
        try:
            return np.asarray(self._engine().query([cleaned])[0], dtype=np.float32)
        except Exception:
            logger.exception("the sentence encoder failed on a question; searching by words only")
            return None

    def _encode(self, batch: Sequence[EncoderText]) -> Matrix:
        vectors = np.zeros((len(batch), DIMENSION), dtype=np.float32)
        for kind in ("query", "passage"):
            rows = [row for row, text in enumerate(batch) if text.kind == kind]
            if rows:
                encode = self._engine().query if kind == "query" else self._engine().passage
                vectors[rows] = encode([batch[row].text for row in rows])
        return vectors

    def _engine(self) -> SentenceEncoder:
        if self._encoder is None:
            self._encoder = shared_encoder()
        return self._encoder
