"""python -m benchmarks.understanding.report: the dev set by language, intent, tag; confusions; the gate; languages."""

from __future__ import annotations

import os

# Before numpy: several threads of OpenMP hinder each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections import Counter
from collections.abc import Iterator

from benchmarks.understanding.dataset import Spoken, held_out, spoken
from benchmarks.understanding.measure import Guess, accuracy, calibration_error, f1, guess, precision, recall
from bot.nlu.language import LANGUAGES, OTHER, identify

_MOST_CONFUSIONS = 15


def by_language(guesses: list[Guess]) -> Iterator[str]:
    yield f"{'':26}{'n':>5}{'right':>8}{'ECE':>8}"
    for language in LANGUAGES:
        own = [g for g in guesses if g.sentence.language == language]
        yield f"{language:26}{len(own):5}{accuracy(own):8.1%}{calibration_error(own):8.3f}"
    yield f"{'all':26}{len(guesses):5}{accuracy(guesses):8.1%}{calibration_error(guesses):8.3f}"


def by_intent(guesses: list[Guess]) -> Iterator[str]:
    yield f"{'':26}{'n':>5}{'precision':>11}{'recall':>8}{'F1':>8}"
    for name, count in Counter(g.sentence.intent for g in guesses).most_common():
        figures = f"{precision(guesses, name):11.1%}{recall(guesses, name):8.1%}{f1(guesses, name):8.1%}"
        yield f"{name:26}{count:5}{figures}"


def by_tag(guesses: list[Guess]) -> Iterator[str]:
    for tag in sorted({tag for g in guesses for tag in g.sentence.tags}):
        own = [g for g in guesses if tag in g.sentence.tags]
        yield f"{tag:26}{len(own):5}{accuracy(own):8.1%}"


def confusions(guesses: list[Guess]) -> Iterator[str]:
    wrong = Counter((g.sentence.intent, g.intent) for g in guesses if not g.is_right)
    for (meant, understood), count in wrong.most_common(_MOST_CONFUSIONS):
        yield f"{count:4}  {meant} taken for {understood}"


def gate(guesses: list[Guess]) -> Iterator[str]:
    yield f"{'threshold':>10}{'gap':>6}{'asks back':>11}{'acts, right':>13}"
    for threshold in (0.0, 0.35, 0.45, 0.55, 0.65):
        for gap in (0.0, 0.1, 0.2):
            acted = [g for g in guesses if g.confidence >= threshold and g.gap >= gap]
            yield f"{threshold:10}{gap:6}{1 - len(acted) / len(guesses):11.1%}{accuracy(acted):13.1%}"


def languages(sentences: list[Spoken]) -> Iterator[str]:
    yield f"{'':26}{'n':>5}{'right':>8}"
    for length, short in (("under four words", True), ("four words or more", False)):
        for name, ours in (("four languages", True), ("others", False)):
            own = [s for s in sentences if s.is_short == short and (s.language != OTHER) == ours]
            right = sum(identify(s.text).language == s.language for s in own)
            yield f"{name + ', ' + length:38}{len(own):5}{right / len(own):8.1%}"


def main() -> None:
    guesses = guess(held_out())
    for title, lines in (
        ("Intent by language", by_language(guesses)),
        ("By intent", by_intent(guesses)),
        ("By tag", by_tag(guesses)),
        ("Confusions", confusions(guesses)),
        ("Confidence gate", gate(guesses)),
        ("Language", languages(spoken())),
    ):
        print(f"\n{title}", *lines, sep="\n")


if __name__ == "__main__":
    main()
