"""What tuning changed: read whole or not at all, and only where it changed something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.kb.articles import read_article
from bot.nlu.engine import adapter as adapters
from bot.nlu.engine.adapter import UNTUNED, Adapter
from bot.nlu.engine.fast import FastE5, open_fast
from bot.nlu.engine.port import EngineUnavailable
from bot.nlu.unseen import is_unseen

ARTICLES = Path(__file__).parents[3] / "kb_articles"


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> FastE5:
    return open_fast(tmp_path_factory.mktemp("tuned"))


@pytest.fixture(scope="module")
def untuned(tmp_path_factory: pytest.TempPathFactory) -> FastE5:
    return open_fast(tmp_path_factory.mktemp("untuned"), UNTUNED)


def found(engine: FastE5) -> float:
    """Share of English questions, of which tuning saw none, whose nearest Norwegian wording is of the same article."""
    asked, known, owners = [], [], []
    for file in sorted((ARTICLES / "en").glob("*.md")):
        asked.append(read_article(file).questions[0])
        wordings = read_article(ARTICLES / "nb" / file.name).asked_as[::4]
        known += wordings
        owners += [len(asked) - 1] * len(wordings)
    nearest = np.argmax(engine.embed("query", asked) @ engine.embed("query", known).T, axis=1)
    return float(np.mean(np.array(owners)[nearest] == np.arange(len(asked))))


def test_the_same_problem_is_near_in_another_language(tuned: FastE5, untuned: FastE5) -> None:
    assert found(tuned) >= 0.7
    assert found(tuned) >= found(untuned) + 0.1


def test_tuned_and_untuned_vectors_have_different_names(tuned: FastE5, untuned: FastE5) -> None:
    assert tuned.name != untuned.name


def test_a_change_is_added_to_its_map_alone() -> None:
    up, down = np.ones((2, 1), np.float16), np.full((1, 3), 0.5, np.float16)
    changed = Adapter("v", {"l9.q.up": up, "l9.q.down": down, "l9.q.bias": np.ones(2, np.float16)})
    weights = np.zeros((2, 3), np.float32)
    assert np.array_equal(changed.matrix("l9.q", weights), np.full((2, 3), 0.5))
    assert np.array_equal(changed.bias("l9.q", np.zeros(2, np.float32)), np.ones(2))
    assert changed.matrix("l9.k", weights) is weights


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no zip at all"])
def test_a_broken_file_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "adapter.npz"
    file.write_bytes(content)
    with pytest.raises(EngineUnavailable, match=r"adapter\.npz"):
        adapters.load(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        adapters.load(tmp_path / "adapter.npz")


def test_one_sentence_in_eight_is_kept_from_tuning() -> None:
    share = np.mean([is_unseen(f"sentence number {number}") for number in range(4000)])
    assert 0.10 < share < 0.15
    assert is_unseen("Glemt  PASSORD") == is_unseen("glemt passord")
