"""What a message says beyond its intent: a second wish, distress, or something about the article before it.

`python -m benchmarks.understanding.beyond [--misses]` prints the figures, language by language.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.understanding.dataset import ROOT, dev_set, examples
from benchmarks.understanding.measure import _encoder, current_model
from bot.nlu import follow_ups
from bot.nlu.intent import IntentModel, fit
from bot.nlu.language import LANGUAGES
from bot.nlu.wishes import Ranking, Wish, find

SETS = ROOT / "tests" / "understanding"
DISTRESS, FOLLOW_UP = 0.15, 0.7  # as the dialogue has them: components/gate.py, actions/follow_ups.py


@dataclass(frozen=True, slots=True)
class Message:
    """`wishes`: the intents in the order in which they are named."""

    text: str
    language: str
    wishes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    message: Message
    found: tuple[Wish, ...]

    @property
    def is_right(self) -> bool:
        """Both wishes, the safe one first."""
        wanted = sorted(self.message.wishes, key=lambda name: name != "report_security_incident")
        return [wish.intent for wish in self.found] == wanted


def messages() -> list[Message]:
    """Forty messages with two wishes and forty with one in each language."""
    return [Message(row["text"], language, tuple(row["wishes"])) for language, row in rows("wishes")]


def stories() -> list[Message]:
    """The dev set's long sentences: a story, then one need."""
    return [Message(s.text, s.language, (s.intent,)) for s in dev_set() if "long" in s.tags]


def rank(texts: Sequence[str]) -> list[Ranking]:
    model = current_model()
    chances = model.probabilities(texts, _encoder().query(texts))
    return [[(model.labels[i], float(row[i])) for i in np.argsort(-row)[:10]] for row in chances]


def read(told: Sequence[Message]) -> list[Reading]:
    wholes = rank([message.text for message in told])
    return [
        Reading(message, tuple(find(message.text, message.language, whole, rank)))
        for message, whole in zip(told, wholes, strict=True)
    ]


def precision(readings: Sequence[Reading]) -> float:
    """Of the messages in which two wishes were seen: how many have those two."""
    seen = [reading for reading in readings if reading.found]
    return sum(reading.is_right for reading in seen) / max(len(seen), 1)


def recall(readings: Sequence[Reading]) -> float:
    """Of the messages with two wishes: how many were read rightly."""
    two = [reading for reading in readings if len(reading.message.wishes) == 2]
    return sum(reading.is_right for reading in two) / max(len(two), 1)


def false_alarms(readings: Sequence[Reading]) -> float:
    """Of the messages with one wish: in how many two were seen."""
    one = [reading for reading in readings if len(reading.message.wishes) == 1]
    return sum(bool(reading.found) for reading in one) / max(len(one), 1)


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of tests/understanding/distress or follow_ups: what it is, and what it was taken for."""

    text: str
    language: str
    truth: str | None
    taken_for: str | None
    confidence: float


def distress() -> list[Told]:
    """`truth` is "distress" or None, and so is what it was taken for in a dialogue."""
    told = rows("distress")
    rankings = rank([row["text"] for _, row in told])
    return [
        Told(
            row["text"],
            language,
            "distress" if row["distress"] else None,
            "distress" if dict(ranking).get("distress", 0.0) >= DISTRESS else None,
            dict(ranking).get("distress", 0.0),
        )
        for (language, row), ranking in zip(told, rankings, strict=True)
    ]


def usual_taken_for_distress() -> float:
    """Of the dev set, in which nobody is in distress: how many would be answered with help."""
    usual = dev_set()
    rankings = rank([sentence.text for sentence in usual])
    return sum(dict(ranking).get("distress", 0.0) >= DISTRESS for ranking in rankings) / len(usual)


def follow_up() -> list[Told]:
    model, told = _follow_up_model(), rows("follow_ups")
    texts = [row["text"] for _, row in told]
    found = []
    for (language, row), chances in zip(
        told, model.probabilities(texts, _encoder().query(texts)), strict=True
    ):
        best, confidence = model.labels[int(np.argmax(chances))], float(chances.max())
        taken_for = None if best == follow_ups.NONE or confidence < FOLLOW_UP else best
        found.append(Told(row["text"], language, row["follow_up"], taken_for, confidence))
    return found


def caught(told: Sequence[Told]) -> float:
    """Of those that are one: how many were taken for what they are."""
    own = [each for each in told if each.truth]
    return sum(each.taken_for == each.truth for each in own) / max(len(own), 1)


def taken_wrongly(told: Sequence[Told]) -> float:
    """Of those that are none: how many were taken for one."""
    others = [each for each in told if not each.truth]
    return sum(bool(each.taken_for) for each in others) / max(len(others), 1)


def rows(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Language and line of tests/understanding/NAME."""
    return [
        (language, json.loads(line))
        for language in LANGUAGES
        for line in Path(SETS, name, f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    ]


@cache
def _follow_up_model() -> IntentModel:
    """As the component FollowUps trains it."""
    known = examples()
    others = follow_ups.others([s.text for s in known], [s.intent for s in known])
    told = [*follow_ups.examples(), *((text, follow_ups.NONE) for text in others)]
    return fit(
        [text for text, _ in told], [kind for _, kind in told], _encoder().query([text for text, _ in told])
    )


def of(language: str, told: Sequence[Any]) -> list[Any]:
    return [each for each in told if getattr(each, "message", each).language == language]


def main() -> None:
    own, long, despair, about = read(messages()), read(stories()), distress(), follow_up()
    print("| two wishes | precision | recall | false alarms | in stories |\n| --- | --- | --- | --- | --- |")
    for language in LANGUAGES:
        these, told = of(language, own), of(language, long)
        figures = (precision(these), recall(these), false_alarms(these), false_alarms(told))
        print(f"| {language} | " + " | ".join(f"{figure:.1%}" for figure in figures) + " |")
    for name, all_told in (("distress", despair), ("follow-ups", about)):
        print(f"\n| {name} | caught | false alarms |\n| --- | --- | --- |")
        for language in LANGUAGES:
            these = of(language, all_told)
            print(f"| {language} | {caught(these):.1%} | {taken_wrongly(these):.1%} |")
    print(f"\ndistress seen in what employees usually write: {usual_taken_for_distress():.2%}")
    if "--misses" in sys.argv:
        _print_misses([*own, *long], [*despair, *about])


def _print_misses(readings: Sequence[Reading], told: Sequence[Told]) -> None:
    for reading in readings:
        if not reading.is_right and (len(reading.message.wishes) == 2 or reading.found):
            seen = [(wish.intent, round(wish.confidence, 2)) for wish in reading.found]
            print(reading.message.language, reading.message.wishes, seen, reading.message.text)
    for each in told:
        if each.taken_for != each.truth:
            print(each.language, each.truth, each.taken_for, round(each.confidence, 2), each.text)


if __name__ == "__main__":
    main()
