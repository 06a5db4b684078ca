"""How like a text is to all examples, by the letters and words that it shares with them.

A linear kernel needs no examples after training: they melt into one weight a term and label. What is left for a message
is to look its terms up, a few dozen of a hundred thousand. scikit-learn says what a term is and how rare; its sparse
matrices stay in training, since a message of ten words is too little for what they cost (3 ms a message).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = NDArray[np.float32]

_ANALYSERS: dict[str, dict[str, Any]] = {
    "letters": {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2},
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
}
_COMMON: dict[str, Any] = {"sublinear_tf": True, "lowercase": False, "dtype": np.float32}


class Terms:
    """One kind of terms ("letters" or "words"), each with its rarity and a weight a label."""

    def __init__(
        self, kind: str, vocabulary: Mapping[str, int], rarity: Floats, weights: NDArray[Any]
    ) -> None:
        self._terms_of = _vectoriser(kind).build_analyzer()
        self.vocabulary = vocabulary
        self.rarity = rarity  # (terms,)
        self.weights = weights  # (terms, labels); may be in half precision: a message needs a few rows

    def scores(self, text: str) -> Floats | None:
        """The sum of its terms' weights by TF-IDF, (labels,); None where no term is known."""
        counts = Counter(self._terms_of(text))
        known = {self.vocabulary[term]: count for term, count in counts.items() if term in self.vocabulary}
        if not known:
            return None
        rows = np.fromiter(known, np.intp, len(known))
        share = 1.0 + np.log(np.fromiter(known.values(), np.float32, len(known)))
        share *= self.rarity[rows]
        share /= np.linalg.norm(share)
        return np.asarray(share @ self.weights[rows].astype(np.float32), np.float32)


def counted(kind: str, texts: Sequence[str]) -> tuple[dict[str, int], Floats, sparse.csr_matrix]:
    """The terms of the examples: their numbers, how rare each is, and the matrix of all texts, rows of length 1."""
    vectoriser = _vectoriser(kind)
    features = vectoriser.fit_transform(texts)
    numbers = {term: int(at) for term, at in vectoriser.vocabulary_.items()}
    return numbers, vectoriser.idf_.astype(np.float32), features


def _vectoriser(kind: str) -> TfidfVectorizer:
    return TfidfVectorizer(**_ANALYSERS[kind], **_COMMON)
