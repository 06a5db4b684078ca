"""The articles of this repository, with the real engine: do they answer their own questions?

The first run embeds all articles (a minute or two); later ones take the vectors from `var/cache`.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from bot.kb import tune
from bot.kb.evaluate import Outcome, outcome, recall, trials
from bot.kb.languages import LANGUAGES
from bot.kb.search import KnowledgeBase

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def real() -> KnowledgeBase:
    return KnowledgeBase.open(ROOT / "kb_articles", ROOT / "var" / "cache")


@pytest.fixture(scope="module")
def all_outcomes(real: KnowledgeBase) -> list[Outcome]:
    left_out = trials(real.articles, real._embeddings, real._ranking.means)
    return [outcome(trial, real._ranking) for trial in left_out]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", LANGUAGES)
def test_left_out_questions_find_their_article(all_outcomes: list[Outcome], language: str) -> None:
    outcomes = [found for found in all_outcomes if found.language == language]
    # The other questions of an article are in other words on purpose, so this is harder than real life.
    assert len(outcomes) >= 150
    assert recall(outcomes, 1) >= 0.42
    assert recall(outcomes, 3) >= 0.55


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_it_question_is_declined(real: KnowledgeBase, language: str) -> None:
    texts = tune.nlu_sentences(ROOT / "data" / "nlu", language, "out_of_scope", 40)
    assert texts
    declined = [real.search(text, language) == [] for text in texts]
    assert sum(declined) >= 0.75 * len(declined)


@pytest.mark.timeout(600)
def test_every_article_is_readable(real: KnowledgeBase) -> None:
    assert real.problems == ()
    assert len(real.articles) >= 160


@pytest.mark.timeout(600)
def test_a_search_takes_milliseconds(real: KnowledgeBase) -> None:
    vector = real._embeddings.of_query("vpn")
    took: list[float] = []
    for article in real.articles:
        for text in article.questions:
            started = time.perf_counter()
            real.search(text, article.language, vector=vector)
            took.append(time.perf_counter() - started)
    assert np.percentile(took, 50) < 0.02  # of one core, without embedding the question
