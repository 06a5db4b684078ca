"""Figures about guesses. The model is the newest in models/, or trained here where that one is older than its data."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.understanding.dataset import EXAMPLES, ROOT, Sentence, examples
from bot.nlu import intent
from bot.nlu.embeddings import DiskCache, shared_encoder
from bot.nlu.intent import IntentModel, fit
from bot.nlu.wishes import DISTRESS

_BINS = 10


@dataclass(frozen=True, slots=True)
class Guess:
    sentence: Sentence
    intent: str
    confidence: float
    gap: float  # to the second best

    @property
    def is_right(self) -> bool:
        return self.intent == self.sentence.intent


def _encoder() -> DiskCache:
    return DiskCache(shared_encoder(), ROOT / "var" / "cache" / "embeddings.sqlite")


@cache
def current_model() -> IntentModel:
    newest = max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, default=None)
    sources = [*EXAMPLES.glob("*/*.yml"), Path(intent.__file__)]
    if newest is None or newest.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        known = examples()
        texts = [sentence.text for sentence in known]
        return fit(texts, [sentence.intent for sentence in known], _encoder().query(texts))
    with tarfile.open(newest) as archive, tempfile.TemporaryDirectory() as folder:
        archive.extractall(folder, filter="data")
        models = Path(folder).rglob("intent.npz")
        return IntentModel.load(next(path.parent for path in models if "IntentClassifier" in str(path)))


def guess(sentences: Sequence[Sentence]) -> list[Guess]:
    model = current_model()
    texts = [sentence.text for sentence in sentences]
    guesses = []
    wanted = [
        at for at, label in enumerate(model.labels) if label != DISTRESS
    ]  # beside the intents, as in the pipeline
    labels = [model.labels[at] for at in wanted]
    rows = model.probabilities(texts, _encoder().query(texts))[:, wanted]
    for sentence, chances in zip(sentences, rows, strict=True):
        second, best = np.argsort(chances)[-2:]
        confidence = float(chances[best])
        guesses.append(Guess(sentence, labels[best], confidence, confidence - float(chances[second])))
    return guesses


def accuracy(guesses: Sequence[Guess]) -> float:
    return sum(g.is_right for g in guesses) / len(guesses)


def precision(guesses: Sequence[Guess], name: str) -> float:
    said = [g for g in guesses if g.intent == name]
    return accuracy(said) if said else 1.0


def recall(guesses: Sequence[Guess], name: str) -> float:
    return accuracy([g for g in guesses if g.sentence.intent == name])


def f1(guesses: Sequence[Guess], name: str) -> float:
    p, r = precision(guesses, name), recall(guesses, name)
    return 2 * p * r / (p + r) if p + r else 0.0


def calibration_error(guesses: Sequence[Guess]) -> float:
    """Expected calibration error over ten bins: by how much confidence and being right differ."""
    confidences = np.array([g.confidence for g in guesses])
    right = np.array([g.is_right for g in guesses], dtype=float)
    bins: NDArray[np.int64] = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = (
        abs(right[bins == i].mean() - confidences[bins == i].mean()) * (bins == i).mean()
        for i in range(_BINS)
        if (bins == i).any()
    )
    return float(sum(gaps))
