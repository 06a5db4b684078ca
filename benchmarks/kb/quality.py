"""How often each search finds the right article, and how well it knows what it does not know."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.kb.queries import DevQuery
from benchmarks.kb.systems import Answer, System
from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import Embeddings, question
from bot.kb.languages import LANGUAGES

# Each system declines as much of the articles' own questions as this, by the threshold that does so; then its other
# figures can be compared. Tier0's own threshold, in `ranking.json`, is learned and is somewhere else.
DECLINED_OF_OWN = 0.05

HEADER = (
    "| language | search | own@1 | own@3 | dev@1 | dev@3 | dev declined | no article: declined | ms p50 | ms p95 |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and what a system said to it."""

    query: DevQuery
    answer: Answer
    seconds: float  # of the processor: others may be at work beside it


def own_questions(articles: Sequence[Article]) -> list[DevQuery]:
    return [
        DevQuery(text, article.language, article.id, "own")
        for article in articles
        for text in article.questions
    ]


def vectors_of(queries: Sequence[DevQuery], embeddings: Embeddings) -> list[Vector]:
    texts = [question(query.text) for query in queries]
    embeddings.compute(texts)
    known = embeddings.known(texts)
    return [known[text] for text in texts]


def asked(system: System, queries: Sequence[DevQuery], vectors: Sequence[Vector]) -> list[Asked]:
    found = []
    for query, vector in zip(queries, vectors, strict=True):
        started = time.thread_time()
        answer = system.search(query.text, query.language, vector)
        found.append(Asked(query, answer, time.thread_time() - started))
    return found


def rows(system: System, own: Sequence[Asked], dev: Sequence[Asked]) -> Iterator[str]:
    """A line a language."""
    threshold = float(np.quantile([each.answer.sure for each in own], DECLINED_OF_OWN))
    for language in LANGUAGES:
        mine = [each for each in own if each.query.language == language]
        others = [each for each in dev if each.query.language == language]
        known = [each for each in others if each.query.article is not None]
        unknown = [each for each in others if each.query.article is None]
        milliseconds = np.quantile([each.seconds * 1000 for each in (*mine, *others)], [0.5, 0.95])
        figures = [
            _recall(mine, 1),
            _recall(mine, 3),
            _recall(known, 1),
            _recall(known, 3),
            _declined(known, threshold),
            _declined(unknown, threshold),
        ]
        shares = " | ".join(f"{figure:.1%}" for figure in figures)
        yield f"| {language} | {system.name} | {shares} | {milliseconds[0]:.1f} | {milliseconds[1]:.1f} |"


def _recall(found: Sequence[Asked], among: int) -> float:
    return float(np.mean([each.query.article in each.answer.ids[:among] for each in found])) if found else 0.0


def _declined(found: Sequence[Asked], threshold: float) -> float:
    return float(np.mean([each.answer.sure < threshold for each in found])) if found else 0.0
