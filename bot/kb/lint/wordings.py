"""Findings on how articles are asked for: `asked_as`, which the search learns, and `questions`, which test it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.kb import tokens
from bot.kb.articles import Article, Problem, field_line

_FEWEST: Final = 5


def of_wordings(articles: Sequence[Article]) -> Iterator[Problem]:
    yield from _few(articles)
    yield from _twice(articles)
    yield from _known_to_the_test(articles)
    yield from _same_questions(articles)


def _few(articles: Sequence[Article]) -> Iterator[Problem]:
    for article in articles:
        if article.for_everybody and len(article.asked_as) < _FEWEST:
            line = field_line(article.source, "asked_as")
            message = (
                f"{len(article.asked_as)} wordings in 'asked_as': the search hardly knows how people ask"
            )
            yield Problem(article.path, line, message)


def _twice(articles: Sequence[Article]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Article] = {}
    for article, wording in _wordings(articles):
        key = (article.language, _plain(wording))
        if not key[1]:
            continue
        if key in seen:
            first = seen[key]
            where = "is in 'asked_as' twice" if first is article else f"is also one of {first.path.name}"
            # The second of two alike stands on a line of its own.
            line = _entry_line(article, "asked_as", wording, last=True)
            yield Problem(article.path, line, f"wording '{wording}' {where}")
        seen.setdefault(key, article)


def _known_to_the_test(articles: Sequence[Article]) -> Iterator[Problem]:
    """A test whose answer the search has learnt by heart proves nothing."""
    tests = {
        (article.language, _plain(question)): article
        for article in articles
        for question in article.questions
        if _plain(question)
    }
    for article, wording in _wordings(articles):
        if asked := tests.get((article.language, _plain(wording))):
            line = _entry_line(article, "asked_as", wording)
            yield Problem(
                article.path, line, f"wording '{wording}' is also a test question of {asked.path.name}"
            )


def _same_questions(articles: Sequence[Article]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Article] = {}
    for article in articles:
        for question in article.questions:
            key = (article.language, " ".join(tokens.words(question, article.language)))
            first = seen.setdefault(key, article)
            if first is not article and key[1]:
                line = _entry_line(article, "questions", question)
                yield Problem(article.path, line, f"question '{question}' is also one of {first.path.name}")


def _wordings(articles: Sequence[Article]) -> Iterator[tuple[Article, str]]:
    return ((article, wording) for article in articles for wording in article.asked_as)


def _plain(wording: str) -> str:
    """The same words in the same order, however they are written: for the search they are one wording."""
    return " ".join(re.findall(r"[^\W_]+", wording.casefold()))


def _entry_line(article: Article, name: str, entry: str, *, last: bool = False) -> int:
    """The line of an entry of the list `name`, or that of the list when it is written in another way."""
    start = field_line(article.source, name)
    lines = article.source.splitlines()[: article.body_line - 1]
    found = [
        number
        for number, line in enumerate(lines, start=1)
        if number > start and line.strip().removeprefix("-").strip().strip("'\"") == entry
    ]
    return found[-1 if last else 0] if found else start
