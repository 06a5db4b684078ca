"""What somebody wants: kernel ridge regression over meaning, letters and words, calibrated on what it left out.

How like two sentences are is a sum of three kernels: a Gaussian of their embeddings (meaning, across languages),
and the cosines of their TF-IDF vectors over letter sequences (typos, names, jargon) and over words. Ridge
regression on that has a closed solution, and so has what it would say of an example had it not seen it: such scores
calibrate the confidence without a second training, for the examples that the encoder has not seen either
(bot/nlu/unseen.py). On the dev set it beat a linear SVM, logistic regression, a small network, kNN, and mixtures of
them (benchmarks/understanding).

Stored as arrays and JSON, never as pickle (S15).
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

import bot.nlu.terms
from bot.nlu.embeddings import Vectors
from bot.nlu.engine.graph import quantised
from bot.nlu.engine.nearness import Nearness
from bot.nlu.terms import Terms, counted
from bot.nlu.text import clean
from bot.nlu.unseen import is_unseen

Floats = NDArray[np.float32]

UNKNOWN = "out_of_scope"
# How much a chance counts, by what a wrong guess costs: nobody is to be pushed into an account action, and an incident
# that is overlooked costs more than one that is asked about (bot/nlu/components/gate.py). Chosen on the dev set.
STAKES = {"password_reset": 0.3, "account_unlock": 0.3, "report_security_incident": 1.2}
UNKNOWN_CONFIDENCE = 0.2
_PARTS = 8  # in which the diagonal is computed: memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What one may turn. The three weights say how much each kind of likeness counts."""

    meaning: float = 0.5
    letters: float = 0.3
    words: float = 0.2
    width: float = 1.5  # of the Gaussian: exp(-width * (1 - cosine))
    ridge: float = 0.05


class IntentModel:
    """Made by `fit` or `load`; `probabilities` is all that anybody asks of it. Safe to share between threads."""

    def __init__(
        self,
        labels: tuple[str, ...],
        recipe: Recipe,
        terms: dict[str, Terms],
        arrays: dict[str, Any],
        unknown: str = UNKNOWN,
    ) -> None:
        self.labels = labels
        self._unknown = unknown
        self._recipe = recipe
        self._terms = terms
        self._arrays = arrays
        self._stakes = np.array([STAKES.get(label, 1.0) for label in labels], dtype=np.float32)
        self._examples = Nearness(arrays["examples"], arrays["sizes"])

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> Floats:
        """The chance of each of `labels` for each text: (len(texts), len(labels)), rows sum to 1.

        A text without a single known sequence of letters (empty, an odd emoji) is `unknown`, with little
        confidence: the engine has an opinion on nothing at all, too.
        """
        a = self._arrays
        centred = _centre(vectors, a["mean"])
        scores = self._recipe.meaning * (_gauss(self._examples.to(centred), self._recipe.width) @ a["alphas"])
        nothing_known = np.ones(len(texts), dtype=bool)
        for row, text in enumerate(_prepare(texts)):
            for terms in self._terms.values():
                found = terms.scores(text)
                if found is not None:
                    scores[row] += found
                    nothing_known[row] = False
        chances = _softmax(scores * a["scale"] + a["offset"]) * self._stakes
        chances /= chances.sum(axis=1, keepdims=True)
        chances[nothing_known] = self._shrug()
        return chances

    def _shrug(self) -> Floats:
        others = len(self.labels) - 1
        confidence = max(UNKNOWN_CONFIDENCE, 1.5 / (others + 1.5))  # ahead of the others even among few
        row = np.full(len(self.labels), (1 - confidence) / others, dtype=np.float32)
        row[self.labels.index(self._unknown)] = confidence
        return row

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        kept: dict[str, Any] = {name: terms.weights for name, terms in self._terms.items()}
        kept |= {f"{name}_idf": terms.rarity for name, terms in self._terms.items()}
        np.savez_compressed(folder / "intent.npz", **self._arrays, **kept)
        vocabularies = {name: terms.vocabulary for name, terms in self._terms.items()}
        about = {
            "labels": self.labels,
            "recipe": asdict(self._recipe),
            "vocabularies": vocabularies,
            "unknown": self._unknown,
        }
        (folder / "intent.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        about = json.loads((folder / "intent.json").read_text(encoding="utf-8"))
        with np.load(folder / "intent.npz", allow_pickle=False) as file:
            arrays = dict(file)
        terms = {
            name: Terms(name, vocabulary, arrays.pop(f"{name}_idf"), arrays.pop(name))
            for name, vocabulary in about["vocabularies"].items()
        }
        return cls(
            tuple(about["labels"]), Recipe(**about["recipe"]), terms, arrays, about.get("unknown", UNKNOWN)
        )


def code_digest() -> str:
    """Of the code that a trained model comes from: for Rasa, which would serve an earlier model for a new one."""
    code = "".join(inspect.getsource(module) for module in (sys.modules[__name__], bot.nlu.terms))
    return hashlib.sha256(code.encode()).hexdigest()


def fit(
    texts: Sequence[str],
    intents: Sequence[str],
    vectors: Vectors,
    recipe: Recipe | None = None,
    *,
    unknown: str = UNKNOWN,
) -> IntentModel:
    """Learns from examples; `unknown` is the intent of what nothing is known of. Takes memory for a square matrix of
    their number, float32."""
    recipe = recipe or Recipe()
    labels = tuple(sorted(set(intents)))
    truth = np.array([labels.index(intent) for intent in intents])
    targets = np.full((len(texts), len(labels)), -1.0, dtype=np.float32)
    targets[np.arange(len(texts)), truth] = 1.0
    mean = vectors.mean(axis=0)
    examples, sizes = quantised(_centre(vectors, mean))
    centred = np.asarray(examples * sizes[:, None], np.float32)
    kernel = recipe.meaning * _gauss(centred @ centred.T, recipe.width)
    found = {}
    for name, weight in (("letters", recipe.letters), ("words", recipe.words)):
        found[name] = counted(name, _prepare(texts))
        kernel += weight * _dense_product(found[name][-1])
    trusted = _trusted(texts, truth)
    alphas, left_out = _solve(kernel, targets, recipe.ridge, trusted)
    scale, offset = _calibrate(left_out, truth[trusted])
    arrays: dict[str, Any] = {
        "examples": examples,
        "sizes": sizes,
        "alphas": alphas,
        "mean": mean,
        "scale": scale,
        "offset": offset,
    }
    terms: dict[str, Terms] = {}
    for name, weight in (("letters", recipe.letters), ("words", recipe.words)):
        vocabulary, rarity, features = found[name]
        terms[name] = Terms(name, vocabulary, rarity, (weight * (features.T @ alphas)).astype(np.float16))
    return IntentModel(labels, recipe, terms, arrays, unknown)


def _trusted(texts: Sequence[str], truth: NDArray[np.int64]) -> NDArray[np.intp]:
    """The examples to calibrate on: those new to the encoder, or all where an intent would go without."""
    unseen = np.array([is_unseen(text) for text in texts])
    chosen = unseen if set(truth[unseen]) == set(truth) else np.ones(len(texts), dtype=bool)
    return np.flatnonzero(chosen)


def _solve(kernel: Floats, targets: Floats, ridge: float, chosen: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The weights of all examples, and the scores of the chosen as if each had been left out (Rasmussen & Williams 5.4.2).

    Overwrites `kernel`.
    """
    kernel.flat[:: len(kernel) + 1] += ridge
    factor = scipy.linalg.cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
    alphas = scipy.linalg.cho_solve((factor, True), targets, check_finite=False)
    # Of the inverse only some entries of the diagonal: the squared lengths of columns of the factor's inverse.
    diagonal = np.concatenate([_inverse_diagonal(factor, part) for part in np.array_split(chosen, _PARTS)])
    return alphas, targets[chosen] - alphas[chosen] / diagonal[:, None]


def _inverse_diagonal(factor: Floats, chosen: NDArray[np.intp]) -> Floats:
    unit = np.zeros((len(factor), len(chosen)), dtype=np.float32, order="F")
    unit[chosen, np.arange(len(chosen))] = 1.0
    columns = scipy.linalg.solve_triangular(factor, unit, lower=True, overwrite_b=True, check_finite=False)
    return np.asarray((columns**2).sum(axis=0), dtype=np.float32)


def _calibrate(scores: Floats, truth: NDArray[np.int64]) -> tuple[np.float32, Floats]:
    """One scale for all intents and an offset for each, so that left-out probabilities are honest."""
    count = scores.shape[1]
    once = np.eye(count, dtype=np.float64)[truth]

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        chances = _softmax(scores * parameters[0] + parameters[1:])
        error = (chances - once) / len(scores)
        slope = np.concatenate([[(error * scores).sum()], error.sum(axis=0)])
        pull = 1e-3 * parameters[1:]  # keeps the offsets of rare intents small
        slope[1:] += pull
        likelihood = -np.log(chances[np.arange(len(truth)), truth] + 1e-12).mean()
        return float(likelihood + 0.5 * (pull * parameters[1:]).sum()), slope

    best = minimize(loss, np.concatenate([[3.0], np.zeros(count)]), jac=True, method="L-BFGS-B").x
    return np.float32(best[0]), best[1:].astype(np.float32)


def _prepare(texts: Sequence[str]) -> list[str]:
    return [clean(text).casefold() for text in texts]


def _centre(vectors: Vectors, mean: Vectors) -> Vectors:
    centred = vectors - mean
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9), np.float32)


def _gauss(cosines: Floats, width: float) -> Floats:
    """Overwrites `cosines`."""
    cosines -= 1.0
    cosines *= width
    return np.exp(cosines, out=cosines)


def _dense_product(features: sparse.csr_matrix) -> Floats:
    return (features @ features.T).toarray()


def _softmax(scores: Floats) -> Floats:
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)
