"""`test`: the articles' own questions against the index, and what an edit stole from which other article."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.kb import evaluate, misses
from bot.kb.commands import UsageError, add_command, open_base
from bot.kb.evaluate import Outcome, recall
from bot.kb.languages import LANGUAGES


def add(commands: Any) -> None:
    command = add_command(
        commands,
        "test",
        _test,
        "does each article still answer its own questions; exit 1 if one is lost that was found before",
    )
    command.add_argument("--json", action="store_true", help="answer in JSON, all questions")
    command.add_argument("--all", action="store_true", help="also list those that are known to be missed")
    command.add_argument(
        "--accept", action="store_true", help="what is missed now is how it is: write it down, and exit 0"
    )
    command.add_argument(
        "--known",
        type=Path,
        default=misses.FILES,
        metavar="DIR",
        help="where the known misses are written down",
    )


def _test(options: argparse.Namespace) -> int:
    known = _known(options.known)
    base = open_base(options)
    outcomes = [
        evaluate.outcome(trial, base.ranking)
        for trial in evaluate.trials(base.articles, base.index, base.embeddings)
    ]
    missed = [outcome for outcome in outcomes if not outcome.right(1)]
    lost = [outcome for outcome in missed if misses.of(outcome) not in known]
    if options.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False))
    else:
        for outcome in missed if options.all else lost:
            print(_line(outcome))
    for line in _figures(outcomes):
        print(line, file=sys.stderr)
    if options.accept:
        return _accept(options.known, outcomes)
    print(f"{len(missed) - len(lost)} are known to be missed, {len(lost)} are new", file=sys.stderr)
    return 1 if lost else 0


def _known(folder: Path) -> frozenset[misses.Asked]:
    try:
        return misses.known(folder)
    except (OSError, UnicodeDecodeError) as err:
        raise UsageError(
            f"{folder}: cannot be read: {getattr(err, 'strerror', None) or 'not UTF-8'}"
        ) from err


def _accept(folder: Path, outcomes: Sequence[Outcome]) -> int:
    try:
        count = misses.accept(outcomes, folder)
    except OSError as err:
        raise UsageError(f"{err.filename}: {err.strerror}") from err
    print(f"{count} are written down in {folder}: they do not come first, or hardly", file=sys.stderr)
    return 0


def _line(outcome: Outcome) -> str:
    where = f"went to {outcome.thief}" if outcome.thief else "was not answered"
    return f"{outcome.language}/{outcome.article}.md: '{outcome.text}' {where}"


def _figures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for language in LANGUAGES:
        own = [outcome for outcome in outcomes if outcome.language == language]
        if own:
            declined = sum(not outcome.found for outcome in own) / len(own)
            found = f"first {recall(own, 1):.1%}, in three {recall(own, 3):.1%}"
            yield f"{language}: {len(own)} questions, {found}, declined {declined:.1%}"
