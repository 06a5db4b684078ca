"""What a system's answers and times come to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median, quantiles
from typing import Any

import yaml

from benchmarks.understanding.dataset import ROOT, Sentence

FALLBACK = "nlu_fallback"


@dataclass(frozen=True, slots=True)
class Answer:
    sentence: Sentence
    said: str  # the intent as answered, which may be nlu_fallback
    guess: str  # the best real intent

    @property
    def asks_back(self) -> bool:
        return self.said == FALLBACK


@dataclass(frozen=True, slots=True)
class Right:
    """Of `count` sentences, so many were understood."""

    count: int
    said: int
    guess: int

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Right:
        meant = [(answer, answer.sentence.intent) for answer in answers]
        return cls(
            len(meant),
            sum(answer.said == intent for answer, intent in meant),
            sum(answer.guess == intent for answer, intent in meant),
        )

    def __add__(self, other: Right) -> Right:
        return Right(self.count + other.count, self.said + other.said, self.guess + other.guess)


def answers(sentences: Sequence[Sentence], parsed: Sequence[dict[str, Any]], *, gated: bool) -> list[Answer]:
    """`gated`: Tier0's parse never asks back, its dialogue does; so that its gate is asked here."""
    found = []
    for sentence, reply in zip(sentences, parsed, strict=True):
        ranking = [entry for entry in reply["intent_ranking"] if entry["name"] != FALLBACK]
        guess = ranking[0]["name"] if ranking else FALLBACK
        said = _gate()(sentence.text, ranking) if gated else reply["intent"]["name"] or FALLBACK
        found.append(Answer(sentence, said, guess))
    return found


@cache
def _gate() -> Callable[[str, list[dict[str, Any]]], str]:
    """Tier0's own gate, with the thresholds of config.yml."""
    from bot.rasa import prepare

    prepare()
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.components.gate import ConfidenceGate

    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    gate = ConfidenceGate(next(part for part in pipeline if part["name"].endswith(".ConfidenceGate")))

    def said(text: str, ranking: list[dict[str, Any]]) -> str:
        message = Message(
            {"text": text, "intent": ranking[0], "intent_ranking": ranking, "metadata": {"channel": "rest"}}
        )
        gate.process([message])
        return message.get("intent")["name"]

    return said


def understanding(found: Sequence[Answer]) -> dict[str, Any]:
    groups: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in found:
        groups[answer.sentence.language][answer.sentence.intent].append(answer)
    wrong = Counter((answer.sentence.intent, answer.guess) for answer in found)
    return {
        "asked_back": sum(answer.asks_back for answer in found),
        "right": {
            language: {
                intent: {"count": right.count, "said": right.said, "guess": right.guess}
                for intent, right in ((intent, Right.of(own)) for intent, own in sorted(intents.items()))
            }
            for language, intents in groups.items()
        },
        "mistaken": {
            f"{meant} for {guess}": count for (meant, guess), count in wrong.most_common(40) if meant != guess
        },
    }


def right(measured: dict[str, Any], language: str | None = None, intent: str | None = None) -> Right:
    """Added up over all languages, or all intents, where none is named."""
    return sum(
        (
            Right(**figures)
            for one, intents in measured["right"].items()
            for name, figures in intents.items()
            if language in (None, one) and intent in (None, name)
        ),
        Right(0, 0, 0),
    )


def times(milliseconds: Sequence[float]) -> dict[str, float]:
    return {"p50": median(milliseconds), "p95": quantiles(milliseconds, n=20)[-1]}
