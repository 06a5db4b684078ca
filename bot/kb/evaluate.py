"""Does every article answer its own questions? The search has never seen them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.kb.articles import Article
from bot.kb.encoder import Embeddings, question
from bot.kb.index import Index, Query, build_languages, with_vectors
from bot.kb.ranking import Candidates, Ranking, gather


@dataclass(frozen=True, slots=True)
class Trial:
    """A question of an article, and what the base has to say to it."""

    article: str
    language: str
    text: str
    candidates: Candidates


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended. `found`: ids, best first; empty when the base declined."""

    article: str
    language: str
    text: str
    found: tuple[str, ...]
    lead: float  # of its article before any other and before declining, as a probability; negative: it is not first

    @property
    def thief(self) -> str:
        """What stood where the article should have stood; '' when it declined."""
        return self.found[0] if self.found else ""

    def right(self, among: int) -> bool:
        return self.article in self.found[:among]


def index_of(articles: Sequence[Article], embeddings: Embeddings) -> Index:
    """A complete index; computes what is not embedded yet."""
    languages = build_languages(articles, {})
    embeddings.compute(with_vectors(languages, {}).texts)
    return with_vectors(languages, embeddings.known(with_vectors(languages, {}).texts))


def trials(articles: Sequence[Article], index: Index, embeddings: Embeddings) -> Iterator[Trial]:
    """The questions of `articles`, put to an index of them."""
    asked = [(article, text) for article in articles for text in article.questions]
    embeddings.compute([question(text) for _, text in asked])
    vectors = embeddings.known([question(text) for _, text in asked])
    for article, text in asked:
        query = Query.of(text, article.language, vectors.get(question(text)))
        yield Trial(article.id, article.language, text, gather(index, query))


def outcome(trial: Trial, ranking: Ranking, *, limit: int = 5) -> Outcome:
    probabilities, none = ranking.probabilities(trial.candidates, trial.language)
    best = np.argsort(-probabilities, kind="stable")[:limit]
    found = tuple(trial.candidates.ids[row] for row in best) if none <= ranking.decline_above else ()
    own = np.array(trial.candidates.ids) == trial.article
    others = float(probabilities[~own].max(initial=0.0))
    lead = min(float(probabilities[own].max(initial=0.0)) - others, ranking.decline_above - none)
    return Outcome(trial.article, trial.language, trial.text, found, round(lead, 4))


def recall(outcomes: Iterable[Outcome], among: int) -> float:
    """Share of questions whose article is among the first; 0 without questions."""
    hits = [outcome.right(among) for outcome in outcomes]
    return sum(hits) / len(hits) if hits else 0.0
