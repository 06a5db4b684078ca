"""Learn the weights of the ranking and the threshold of rejection from the articles' own questions.

Run `python -m bot.kb tune` after many articles came or went, and commit the new `ranking.json`. A question
counts twice: with its article present, which must win, and with its article away, when nothing may win.
Sentences that are no IT question at all (`data/nlu/*/out_of_scope.yml`) are the third kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from scipy.optimize import minimize

from bot.kb import evaluate
from bot.kb.articles import Article
from bot.kb.cache import Vector
from bot.kb.encoder import Embeddings, EncoderText, question
from bot.kb.index import Index, Query, build_languages, with_vectors
from bot.kb.languages import LANGUAGES
from bot.kb.ranking import FEATURES, WORD_COLUMNS, Candidates, Floats, Ranking, gather, softmax_with_none
from bot.kb.vectors import PARTS, Means, Part, passages_of

_FOLDS: Final = 5
_PENALTY: Final = 0.02
_SENTENCES: Final = 120  # of out_of_scope and of kb_question, a language
# Weight of the three kinds, each as a whole. Most questions have an article, and a suggestion too many costs a
# glance, a missing one a ticket; a sentence that is no IT question must not get one.
_ANSWERABLE, _AWAY, _OUT_OF_SCOPE = 1.0, 0.35, 0.8


@dataclass(frozen=True, slots=True)
class Example:
    """What the base says to a sentence, and which row is right; -1: none."""

    kind: str  # answerable | away | out_of_scope
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
    declined_away: float  # of the same questions while their article is away
    declined_out_of_scope: float


def tune(articles: Sequence[Article], embeddings: Embeddings, nlu: Path) -> tuple[Ranking, list[Report]]:
    """New weights, and what they reach on questions that they were not learned from.

    Raises ValueError when the base is too small to learn from.
    """
    if len({article.id for article in articles}) < _FOLDS:
        raise ValueError(f"at least {_FOLDS} articles are needed")
    means = _means(articles, embeddings, nlu)
    examples = _examples(articles, embeddings, means, nlu)
    unseen = _cross_validate(examples)
    threshold = _threshold(examples, unseen)
    weights = fit(examples, list(range(len(FEATURES))))
    word_weights = fit(examples, WORD_COLUMNS)
    reports = [_report(language, examples, unseen, threshold) for language in LANGUAGES]
    return Ranking(weights, word_weights, threshold, means), [
        report for report in reports if report.questions
    ]


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


def nlu_sentences(nlu: Path, language: str, intent: str, most: int = _SENTENCES) -> list[str]:
    """Evenly spread examples of an intent; empty when there is no such file."""
    path = nlu / language / f"{intent}.yml"
    if not path.is_file():
        return []
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    lines = [line[1:].strip() for group in groups for line in group["examples"].splitlines()]
    texts = [line for line in lines if line]
    return texts[:: max(1, len(texts) // most)][:most]


def _means(articles: Sequence[Article], embeddings: Embeddings, nlu: Path) -> Means:
    texts: dict[Part, dict[str, list[EncoderText]]] = {part: {} for part in PARTS}
    for language in LANGUAGES:
        own = [article for article in articles if article.language == language]
        for entry in passages_of(own):
            texts[entry.part].setdefault(language, []).append(entry.text)
        asked = [question(text) for text in nlu_sentences(nlu, language, "kb_question")]
        texts["asked"].setdefault(language, []).extend(asked)
    return Means(
        {
            part: {language: _mean(embeddings, group) for language, group in groups.items() if group}
            for part, groups in texts.items()
        }
    )


def _mean(embeddings: Embeddings, texts: Sequence[EncoderText]) -> Vector:
    embeddings.compute(texts)
    return np.asarray(np.mean(list(embeddings.known(texts).values()), axis=0), np.float32)


def _examples(articles: Sequence[Article], embeddings: Embeddings, means: Means, nlu: Path) -> list[Example]:
    found: list[Example] = []
    for trial in evaluate.trials(articles, embeddings, means, away=True):
        group = trial.article
        right = trial.candidates.ids.index(trial.article)
        found.append(Example("answerable", group, trial.language, trial.candidates, right))
        if trial.away is not None:
            found.append(Example("away", group, trial.language, trial.away, -1))
    index = _full_index(articles, embeddings, means)
    for language in LANGUAGES:
        texts = nlu_sentences(nlu, language, "out_of_scope")
        embeddings.compute([question(text) for text in texts])
        for number, text in enumerate(texts):
            vector = embeddings.known([question(text)]).get(question(text))
            candidates = gather(index, Query.of(text, language, vector))
            found.append(Example("out_of_scope", f"out {number}", language, candidates, -1))
    return found


def _full_index(articles: Sequence[Article], embeddings: Embeddings, means: Means) -> Index:
    languages = build_languages(articles, {})
    texts = {entry.text for index in languages.values() for entry in index.passages}
    return with_vectors(languages, embeddings.known(texts), means)


def _example_weights(examples: Sequence[Example]) -> Floats:
    shares: Mapping[str, float] = {"answerable": _ANSWERABLE, "away": _AWAY, "out_of_scope": _OUT_OF_SCOPE}
    counts = {kind: sum(example.kind == kind for example in examples) for kind in shares}
    scale = counts["answerable"]
    return np.array([shares[example.kind] * scale / counts[example.kind] for example in examples])


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
    """Where the share of questions answered plus the share of the others declined is greatest."""
    weight = _example_weights(examples)
    none = np.array([probability for _, probability in unseen])
    answerable = np.array([example.right >= 0 for example in examples])
    candidates = np.linspace(0.05, 0.95, 181)
    gains = [float(weight @ np.where(answerable, none <= limit, none > limit)) for limit in candidates]
    best = np.flatnonzero(np.array(gains) >= max(gains) - 1e-9)
    return float(candidates[best[len(best) // 2]])


def _report(
    language: str, examples: Sequence[Example], unseen: Sequence[tuple[Floats, float]], limit: float
) -> Report:
    pairs = [
        (example, *seen)
        for example, seen in zip(examples, unseen, strict=True)
        if example.language == language
    ]

    def share(kind: str, holds: Callable[[Example, Floats, float], bool]) -> float:
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
        questions=sum(example.kind == "answerable" for example, _, _ in pairs),
        recall_at_1=share("answerable", among(1)),
        recall_at_3=share("answerable", among(3)),
        declined_wrongly=share("answerable", declined),
        declined_away=share("away", declined),
        declined_out_of_scope=share("out_of_scope", declined),
    )
