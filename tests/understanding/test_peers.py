"""The benchmark against stock Rasa counts fairly, and its peers are what they are said to be."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.understanding.dataset import Sentence
from benchmarks.understanding.peers import table
from benchmarks.understanding.peers.environment import LOCK
from benchmarks.understanding.peers.figures import Right, answers, right, understanding
from benchmarks.understanding.peers.systems import HERE, RUNTIME_LOCK, Scale, examples_in, laid_out, systems
from bot.rasa import prepare

prepare()

SENTENCES = [
    Sentence("hei", "greet", "nb"),
    Sentence("glemt passord", "password_reset", "nb"),
    Sentence("tack", "thank", "sv"),
]


def reply(*ranked: str) -> dict[str, Any]:
    return {
        "intent": {"name": ranked[0]},
        "intent_ranking": [{"name": name, "confidence": 0.6} for name in ranked],
    }


def test_a_fallback_counts_as_asking_back_and_its_best_real_intent_as_the_guess() -> None:
    parsed = [
        reply("greet", "thank"),
        reply("nlu_fallback", "password_reset"),
        reply("nlu_fallback", "greet"),
    ]

    figures = understanding(answers(SENTENCES, parsed, gated=False))

    assert figures["asked_back"] == 2
    assert right(figures) == Right(count=3, said=1, guess=2)
    assert right(figures, "nb") == Right(count=2, said=1, guess=2)
    assert right(figures, intent="thank") == Right(count=1, said=0, guess=0)
    assert figures["mistaken"] == {"thank for greet": 1}


def test_tier0_asks_back_where_its_gate_does() -> None:
    unsure = {"intent_ranking": [{"name": "greet", "confidence": 0.3}, {"name": "thank", "confidence": 0.29}]}
    sure = {"intent_ranking": [{"name": "greet", "confidence": 0.9}, {"name": "thank", "confidence": 0.05}]}

    said = [answer.said for answer in answers(SENTENCES[:2], [unsure, sure], gated=True)]

    assert said == ["nlu_fallback", "greet"]


def test_the_default_peer_is_rasas_own_default() -> None:
    rasas = (files("rasa") / "engine/recipes/config_files/default_config.yml").read_text("utf-8")
    ours = (HERE / "default.yml").read_text(encoding="utf-8")

    assert yaml.safe_load(ours)["pipeline"] == yaml.safe_load(rasas)["pipeline"]


def test_the_peers_run_on_the_same_versions_as_tier0() -> None:
    pins = [
        dict(
            line.split()[0].split("==")
            for line in lock.read_text(encoding="utf-8").splitlines()
            if "==" in line
        )
        for lock in (LOCK, RUNTIME_LOCK)
    ]
    both = pins[0].keys() & pins[1].keys()

    assert "rasa" in both
    assert {name: pins[0][name] for name in both} == {name: pins[1][name] for name in both}


@pytest.mark.parametrize("name", ["default", "helpdesk"])
def test_a_peer_is_found_again_until_its_examples_change(name: str, tmp_path: Path) -> None:
    peer = next(system for system in systems(tmp_path) if system.name == name)

    whole, again, less = (laid_out(peer, tmp_path, Scale(examples=n)) for n in (None, None, 600))

    assert whole == again
    assert less != whole
    assert examples_in(less) < examples_in(whole)


def test_the_table_replaces_what_stands_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")

    table.write(page, "new")
    table.write(page, "newer")

    assert page.read_text(encoding="utf-8") == f"before\n{table.BEGIN}\nnewer\n{table.END}\nafter\n"


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("no markers\n", encoding="utf-8")

    with pytest.raises(ValueError, match="lacks the comments"):
        table.write(page, "new")
    assert page.read_text(encoding="utf-8") == "no markers\n"
