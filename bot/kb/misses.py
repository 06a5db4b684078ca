"""The articles' own questions that the search is known to miss: what is lost beside these, an edit has taken.

`data/known_misses/LANGUAGE.txt`, a line a question: `article: the question`. `python -m bot.kb test --accept` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from bot.kb.evaluate import Outcome
from bot.kb.languages import LANGUAGES
from bot.kb.unanswerable import DATA

FILES: Final = DATA / "known_misses"
# A question that comes first by less is written down too: another processor may round the other way.
_CLEARLY: Final = 0.05
_HEAD: Final = (
    "# Questions of the articles that do not come first, or hardly: python -m bot.kb test --accept\n"
)


class Asked(NamedTuple):
    language: str
    article: str
    text: str


def of(outcome: Outcome) -> Asked:
    return Asked(outcome.language, outcome.article, outcome.text)


def known(folder: Path = FILES) -> frozenset[Asked]:
    """Raises OSError or UnicodeDecodeError for a file that cannot be read; there need not be one."""
    found = set()
    for language in LANGUAGES:
        file = folder / f"{language}.txt"
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            article, colon, text = line.partition(": ")
            if colon and not line.startswith("#"):
                found.add(Asked(language, article, text))
    return frozenset(found)


def accept(outcomes: Iterable[Outcome], folder: Path = FILES) -> int:
    """Write down what is missed now; how many."""
    missed = sorted(of(outcome) for outcome in outcomes if outcome.lead < _CLEARLY)
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        lines = [f"{each.article}: {each.text}\n" for each in missed if each.language == language]
        (folder / f"{language}.txt").write_text("".join([_HEAD, *lines]), encoding="utf-8")
    return len(missed)
