"""Does every article answer its own questions, each left out of the index while it is asked?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.kb.articles import Article
from bot.kb.encoder import Embeddings, question
from bot.kb.index import Index, Query, build_languages, with_vectors
from bot.kb.ranking import Candidates, Ranking, gather
from bot.kb.vectors import Means


@dataclass(frozen=True, slots=True)
class Trial:
    """A left-out question, and what the rest of the base has to say to it."""

    article: str
    language: str
    text: str
    candidates: Candidates
    away: Candidates | None  # the same from a base without the article, if asked for


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended. `found`: ids, best first; empty when the base declined."""

    article: str
    language: str
    text: str
    found: tuple[str, ...]

    @property
    def thief(self) -> str:
        """What stood where the article should have stood; '' when it declined."""
        return self.found[0] if self.found else ""

    def right(self, among: int) -> bool:
        return self.article in self.found[:among]


def trials(
    articles: Sequence[Article], embeddings: Embeddings, means: Means, *, away: bool = False
) -> Iterator[Trial]:
    """Each question of each article, asked while it is left out of the index.

    The n-th question of all articles, in all languages, is left out together: authors of one language often
    had the same thing in mind as those of another.
    """
    most = max((len(article.questions) for article in articles), default=0)
    for number in range(most):
        rest = [_without_question(article, number) for article in articles]
        languages = build_languages(rest, {})
        texts = {entry.text for index in languages.values() for entry in index.passages}
        asked = [
            (article, article.questions[number]) for article in articles if number < len(article.questions)
        ]
        texts.update(question(text) for _, text in asked)
        embeddings.compute(texts)
        known = embeddings.known(texts)
        index = with_vectors(languages, known, means)
        without: dict[str, Index] = {}
        for article, text in asked:
            query = Query.of(text, article.language, known.get(question(text)))
            rest_of_base = None
            if away:
                if article.id not in without:
                    without[article.id] = _without_article(index, article.id)
                rest_of_base = gather(without[article.id], query).without(article.id)
            yield Trial(article.id, article.language, text, gather(index, query), rest_of_base)


def outcome(trial: Trial, ranking: Ranking, *, limit: int = 5) -> Outcome:
    probabilities, none = ranking.probabilities(trial.candidates, trial.language)
    best = np.argsort(-probabilities, kind="stable")[:limit]
    found = tuple(trial.candidates.ids[row] for row in best) if none <= ranking.decline_above else ()
    return Outcome(trial.article, trial.language, trial.text, found)


def recall(outcomes: Iterable[Outcome], among: int) -> float:
    """Share of questions whose article is among the first; 0 without questions."""
    hits = [outcome.right(among) for outcome in outcomes]
    return sum(hits) / len(hits) if hits else 0.0


def _without_question(article: Article, number: int) -> Article:
    kept = tuple(text for at, text in enumerate(article.questions) if at != number)
    return replace(article, questions=kept)


def _without_article(index: Index, article_id: str) -> Index:
    """The index with the meaning of its subjects learned anew; the article's row must still be taken out."""
    return replace(index, subjects=index.subjects.without(article_id) if index.subjects else None)
