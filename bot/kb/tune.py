"""Learn the weights of the ranking and the threshold of rejection.

Run `python -m bot.kb tune` after many articles came or went, and commit the new `ranking.json`. It learns from the
articles' own questions, asked twice: of the base as it is, and of one whose articles know nothing of how they are asked
(as those of a customer may), so that passages and words count as well. And from sentences that have no article; of
those only the ones that the encoder was not tuned on, and each of them away from the known ones while it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from scipy.optimize import minimize

from bot.kb.articles import Article
from bot.kb.encoder import Embeddings, question
from bot.kb.evaluate import index_of, trials
from bot.kb.index import Index, Query
from bot.kb.languages import LANGUAGES
from bot.kb.ranking import FEATURES, WORD_COLUMNS, Candidates, Floats, Ranking, gather, softmax_with_none
from bot.kb.unanswerable import unanswerable
from bot.nlu.unseen import is_unseen

_FOLDS: Final = 5
_PENALTY: Final = 0.02
# Of the sentences without an article, as many must be declined. They were written to sound close to one: where these are
# declined so often, 96 % of the dev set's are, and 2 % of those that have one.
_DECLINED: Final = 0.76

Kind = Literal["known", "bare", "none"]
# Weight of each kind as a whole.
_SHARES: Final[dict[Kind, float]] = {"known": 1.0, "bare": 0.5, "none": 1.0}


@dataclass(frozen=True, slots=True)
class Example:
    """What the base says to a sentence, and which row is right; -1: none."""

    kind: Kind
    group: str  # examples of one group are never on both sides of a cross-validation
    language: str
    candidates: Candidates
    right: int


@dataclass(frozen=True, slots=True)
class Report:
    """Cross-validated figures of one language, 0..1."""

    language: str
    questions: int
    recall_at_1: float  # answered, and the first article is the right one
    recall_at_3: float
    declined_wrongly: float  # of questions that have an article
    bare_recall_at_1: float  # where articles know no wordings
    declined_rightly: float  # of sentences that have none


def tune(articles: Sequence[Article], embeddings: Embeddings) -> tuple[Ranking, list[Report]]:
    """New weights, and what they reach on questions that they were not learned from.

    Raises ValueError when the base is too small to learn from.
    """
    if len({article.id for article in articles}) < _FOLDS:
        raise ValueError(f"at least {_FOLDS} articles are needed")
    examples = _examples(articles, embeddings)
    unseen = _cross_validate(examples)
    threshold = _threshold(examples, unseen)
    ranking = Ranking(fit(examples, list(range(len(FEATURES)))), fit(examples, WORD_COLUMNS), threshold)
    reports = [_report(language, examples, unseen, threshold) for language in LANGUAGES]
    return ranking, [report for report in reports if report.questions]


def fit(examples: Sequence[Example], columns: Sequence[int]) -> Floats:
    """Weights of the given columns that make the right rows most probable; evidence never counts against."""
    weight = _example_weights(examples)
    matrices = [example.candidates.features[:, columns] for example in examples]

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = _PENALTY * float(weights[:-1] @ weights[:-1]) / 2, _PENALTY * weights
        gradient[-1] = 0.0
        for matrix, example, share in zip(matrices, examples, weight, strict=True):
            probabilities, none = softmax_with_none(matrix @ weights)
            expected = probabilities @ matrix
            right = none if example.right < 0 else probabilities[example.right]
            total -= share * float(np.log(max(right, 1e-12)))
            gradient = gradient + share * expected
            if example.right >= 0:
                gradient = gradient - share * matrix[example.right]
        return total, gradient

    bounds = [(0.0, None)] * (len(columns) - 1) + [(None, None)]
    start = np.append(np.ones(len(columns) - 1), -3.0)
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x, float)


def _examples(articles: Sequence[Article], embeddings: Embeddings) -> list[Example]:
    index = index_of(articles, embeddings)
    bare = index_of([replace(article, asked_as=()) for article in articles], embeddings)
    kinds: list[tuple[Kind, Index]] = [("known", index), ("bare", bare)]
    found = [
        Example(
            kind, trial.article, trial.language, trial.candidates, trial.candidates.ids.index(trial.article)
        )
        for kind, base in kinds
        for trial in trials(articles, base, embeddings)
    ]
    for language in LANGUAGES:
        texts = [text for text in unanswerable(language) if is_unseen(text)]
        vectors = embeddings.known([question(text) for text in texts])
        for text in texts:
            query = Query.of(text, language, vectors.get(question(text)))
            candidates = gather(index, query, but=question(text))
            found.append(Example("none", f"{language} {text}", language, candidates, -1))
    return found


def _example_weights(examples: Sequence[Example]) -> Floats:
    counts = {kind: sum(example.kind == kind for example in examples) for kind in _SHARES}
    return np.array(
        [_SHARES[example.kind] * counts["known"] / counts[example.kind] for example in examples], float
    )


def _cross_validate(examples: Sequence[Example]) -> list[tuple[Floats, float]]:
    """Each example's probabilities by weights that were learned without its group."""
    groups = sorted({example.group for example in examples})
    fold_of = {group: number % _FOLDS for number, group in enumerate(groups)}
    weights = [
        fit([example for example in examples if fold_of[example.group] != fold], list(range(len(FEATURES))))
        for fold in range(_FOLDS)
    ]
    return [
        softmax_with_none(example.candidates.features @ weights[fold_of[example.group]])
        for example in examples
    ]


def _threshold(examples: Sequence[Example], unseen: Sequence[tuple[Floats, float]]) -> float:
    """The highest at which enough of the sentences without an article are declined."""
    pairs = zip(examples, unseen, strict=True)
    none = [probability for example, (_, probability) in pairs if example.kind == "none"]
    return float(np.quantile(none, 1 - _DECLINED)) if none else 0.5


def _report(
    language: str, examples: Sequence[Example], unseen: Sequence[tuple[Floats, float]], limit: float
) -> Report:
    pairs = [
        (example, *seen)
        for example, seen in zip(examples, unseen, strict=True)
        if example.language == language
    ]

    def share(kind: Kind, holds: Callable[[Example, Floats, float], bool]) -> float:
        chosen = [holds(*pair) for pair in pairs if pair[0].kind == kind]
        return sum(chosen) / len(chosen) if chosen else 0.0

    def among(most: int) -> Callable[[Example, Floats, float], bool]:
        return lambda example, seen, none: (
            none <= limit and example.right in np.argsort(-seen, kind="stable")[:most]
        )

    def declined(example: Example, seen: Floats, none: float) -> bool:
        return none > limit

    return Report(
        language=language,
        questions=sum(example.kind == "known" for example, _, _ in pairs),
        recall_at_1=share("known", among(1)),
        recall_at_3=share("known", among(3)),
        declined_wrongly=share("known", declined),
        bare_recall_at_1=share("bare", among(1)),
        declined_rightly=share("none", declined),
    )
