"""The authors' work list: what employees were left with, alike questions together, the most wanted first.

It gets plain rows and knows nothing of where they come from; servicedesk/feedback.py keeps them.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from bot.kb.articles import Article
from bot.kb.encoder import Embeddings, Matrix, question
from bot.kb.index import Index, LanguageIndex, Query, build_languages, with_vectors
from bot.kb.ranking import Ranking, gather
from bot.nlu.embeddings import SentenceEncoder
from bot.nlu.engine.port import EngineUnavailable

logger = logging.getLogger(__name__)

FEWEST: Final = 5  # D5: how many people asked is told from so many on
# Questions of different articles show how near two may be that are not alike: nearer than this share of their pairs
# counts as alike. Tried on the labelled questions of tests/bot/kb/dev: nine in ten of a group are then about one
# subject; with three times the share it is eight in ten, and of 240 questions about 240 things a third comes together.
_TOO_NEAR: Final = 0.003
_WITHOUT_EXAMPLES: Final = 0.1
_MOST: Final = 2_000  # wordings a language, the newest: every pair is compared


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that an employee was left with."""

    language: str
    question: str  # redacted
    person: int  # a number that tells people apart within one list, and nothing outside it
    article: str | None = None  # that was shown and did not help; None: nothing was found
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Nearest:
    """The article that the search came nearest to, whether it would have shown it or not."""

    id: str
    language: str
    title: str
    score: float  # probability that it is the right one, 0..1


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of work: an article to write, or one to find better words for."""

    language: str
    question: str  # in the wording nearest to all others
    wordings: tuple[str, ...]  # all of them, each once, the most typical first
    people: int | None  # who asked; None for fewer than five
    unhelpful: tuple[str, ...]  # articles that were shown and did not help, the most frequent first
    latest: date | None
    nearest: Nearest | None = None

    @property
    def key(self) -> str:
        """A name for this line that holds while its question stays the most typical one."""
        return hashlib.blake2b(f"{self.language}\0{self.question}".encode(), digest_size=6).hexdigest()


class _Weighed(NamedTuple):
    people: int  # the true number: it orders the list, and is not told below five
    line: Line


class WorkList:
    """Makes the list. Keeps the index of the articles while these stay the same; thread-safe."""

    def __init__(self, encoder: SentenceEncoder, embeddings: Embeddings, ranking: Ranking) -> None:
        """`embeddings` give the passages' vectors as far as they are known; none of these is computed here."""
        self._encoder = encoder
        self._embeddings = embeddings
        self._ranking = ranking
        self._languages: Mapping[str, LanguageIndex] = {}

    def lines(self, rows: Sequence[Asked], articles: Sequence[Article], *, most: int = 100) -> list[Line]:
        """The first `most` lines, each with its nearest article. `rows`: the newest first."""
        found: list[_Weighed] = []
        for language in dict.fromkeys(row.language for row in rows):
            # Without drafts: writing one must not change the list that its line stands in.
            own = [article for article in articles if article.language == language and article.for_everybody]
            found.extend(self._of_language([row for row in rows if row.language == language], own))
        found.sort(key=lambda each: (-each.people, -(each.line.latest or date.min).toordinal()))
        return self._with_nearest([each.line for each in found[:most]], articles)

    def _of_language(self, rows: Sequence[Asked], articles: Sequence[Article]) -> list[_Weighed]:
        same_words: dict[str, list[Asked]] = {}
        for row in rows:
            text = " ".join(row.question.casefold().split())
            if any(char.isalnum() for char in text):
                same_words.setdefault(text, []).append(row)
        wordings = list(same_words.values())[:_MOST]
        if not wordings:
            return []
        weights = [len({row.person for row in wording}) for wording in wordings]
        try:
            # Straight from the encoder: what employees wrote is not kept in the articles' cache (D4).
            vectors = self._encoder.query([wording[0].question for wording in wordings])
            found = groups(vectors, self._farthest(articles))
        except EngineUnavailable as err:
            logger.warning("no sentence encoder (%s): only questions in the same words come together", err)
            return [_weighed([wording]) for wording in wordings]
        return [_weighed([wordings[at] for at in typical(group, vectors, weights)]) for group in found]

    def _farthest(self, articles: Sequence[Article]) -> float:
        """Learned from the articles' test questions, which no engine was tuned on: another engine, another number."""
        asked = [(question(text), article.id) for article in articles for text in article.questions]
        texts = [text for text, _ in asked]
        if texts:
            self._embeddings.known(texts)
            self._embeddings.compute(texts)
        known = self._embeddings.known(texts)
        labels = np.array([label for text, label in asked if text in known])
        apart = labels[:, None] != labels[None, :]
        if not apart.any():
            return _WITHOUT_EXAMPLES
        vectors = np.stack([known[text] for text in texts if text in known])
        return float(np.quantile((1 - vectors @ vectors.T)[apart], _TOO_NEAR))

    def _with_nearest(self, lines: Sequence[Line], articles: Iterable[Article]) -> list[Line]:
        if not lines:
            return []
        open_to_all = [article for article in articles if article.for_everybody]
        self._languages = languages = build_languages(open_to_all, self._languages)
        known = self._embeddings.known(with_vectors(languages, {}).texts)
        index = with_vectors(languages, known)
        return [replace(line, nearest=self._nearest(line, index)) for line in lines]

    def _nearest(self, line: Line, index: Index) -> Nearest | None:
        query = Query.of(line.question, line.language, self._embeddings.of_query(line.question))
        candidates = gather(index, query)
        if not candidates.ids:
            return None
        probabilities, _ = self._ranking.probabilities(candidates, line.language)
        best = int(np.argmax(probabilities))
        identifier, language = candidates.ids[best], candidates.languages[best]
        known = index.languages[language]
        title = known.articles[known.position[identifier]].read().title
        return Nearest(identifier, language, title, round(float(probabilities[best]), 4))


def groups(vectors: Matrix, farthest: float) -> list[list[int]]:
    """Rows that are alike together, in the order of each group's first row.

    `farthest`: the mean cosine distance up to which two groups become one.
    """
    # Takes a second to import: not at the start of every command.
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=farthest
    )
    found: dict[int, list[int]] = {}
    for row, label in enumerate(clustering.fit_predict(vectors)):
        found.setdefault(int(label), []).append(row)
    return list(found.values())


def typical(group: Sequence[int], vectors: Matrix, weights: Sequence[int]) -> list[int]:
    """The group's rows, those nearest to all others first; `weights` say how often each row was meant."""
    middle = np.array([weights[row] for row in group], float) @ vectors[list(group)]
    closeness = vectors[list(group)] @ middle
    return [group[at] for at in np.argsort(-closeness, kind="stable")]


def _weighed(wordings: Sequence[Sequence[Asked]]) -> _Weighed:
    """The line of these wordings, the most typical first; each with those who asked so."""
    rows = [row for wording in wordings for row in wording]
    people = len({row.person for row in rows})
    shown: dict[str, set[int]] = {}
    for row in rows:
        if row.article:
            shown.setdefault(row.article, set()).add(row.person)
    line = Line(
        language=rows[0].language,
        question=rows[0].question,
        wordings=tuple(wording[0].question for wording in wordings),
        people=people if people >= FEWEST else None,
        unhelpful=tuple(sorted(shown, key=lambda name: (-len(shown[name]), name))),
        latest=max((row.day for row in rows if row.day), default=None),
    )
    return _Weighed(people, line)
