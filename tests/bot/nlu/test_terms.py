"""The terms of a message, weighed by hand, against scikit-learn's own arithmetic."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.terms import Terms, counted

TEXTS = [
    "jeg glemte passordet mitt",
    "mitt konto är låst",
    "das Passwort ist weg, das neue auch",
    "glemte passordet",
    "låst konto",
]
MESSAGES = [
    "passordet passordet passordet er glemt",
    "konto låst!",
    "das das das",
    "passordet",
    "Passwort glemt 403",
]


@pytest.mark.parametrize("kind", ["letters", "words"])
@pytest.mark.parametrize("message", MESSAGES)
def test_scores_are_those_of_the_sparse_product(kind: str, message: str) -> None:
    vocabulary, rarity, features = counted(kind, TEXTS)
    weights = np.random.default_rng(7).normal(size=(len(vocabulary), 3)).astype(np.float32)
    options = {
        "letters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
        "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
    }[kind]
    peer = TfidfVectorizer(**options, vocabulary=vocabulary, sublinear_tf=True, lowercase=False)
    peer.idf_ = rarity
    expected = (peer.transform([message]) @ weights)[0]
    found = Terms(kind, vocabulary, rarity, weights).scores(message)
    assert found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert features.shape == (len(TEXTS), len(vocabulary))


@pytest.mark.parametrize("message", ["", "🤷", "qqqq"])
def test_a_text_without_a_known_term_scores_nothing(message: str) -> None:
    vocabulary, rarity, _ = counted("words", TEXTS)
    assert (
        Terms("words", vocabulary, rarity, np.ones((len(vocabulary), 2), np.float32)).scores(message) is None
    )
