"""Products of 8 bits against those of 32."""

import numpy as np
import pytest

from bot.nlu.engine import nearness
from bot.nlu.engine.graph import quantised
from bot.nlu.engine.nearness import Nearness
from bot.nlu.engine.port import Vectors


def unit(rows: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, 384)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("asked", [1, 2, 5])
def test_cosines_are_those_of_the_exact_product(asked: int) -> None:
    rows = unit(500, 1)
    queries = rows[:asked] + 0.02 * unit(asked, 2)
    found = Nearness(*quantised(rows)).to(queries)
    assert found.shape == (asked, 500)
    np.testing.assert_allclose(found, queries @ rows.T, atol=0.006)
    assert found.argmax(axis=1).tolist() == list(range(asked))


def test_one_vector_does_not_change_what_another_gets() -> None:
    near = Nearness(*quantised(unit(300, 1)))
    queries = np.concatenate([unit(1, 3), 50 * unit(1, 4)])
    np.testing.assert_allclose(near.to(queries)[0], near.to(queries[:1])[0], rtol=1e-6)


def test_where_the_runtime_is_broken_it_is_slower_and_right(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(model: bytes) -> None:
        raise ImportError("libonnxruntime.so: cannot open shared object file")

    rows = unit(50, 1)
    fast = Nearness(*quantised(rows)).to(rows[:2])
    monkeypatch.setattr(nearness, "session", broken)
    slow = Nearness(*quantised(rows)).to(rows[:2])
    np.testing.assert_allclose(slow, fast, atol=0.006)
    assert "libonnxruntime.so" in caplog.text
