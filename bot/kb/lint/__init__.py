"""What is wrong with the articles: one finding a line, for their authors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bot.kb.articles import Article, ArticleError, Problem, read_article
from bot.kb.languages import LANGUAGES
from bot.kb.lint.content import of_content
from bot.kb.lint.relations import of_relations
from bot.kb.lint.wordings import of_wordings


def lint(root: Path, only: Path | None = None, *, today: date) -> list[Problem]:
    """All findings in the articles under `root`, or those in `only`. Sorted by place."""
    articles, problems = _read(root)
    for article in articles:
        problems.extend(of_content(article, today))
    problems.extend(of_relations(articles, _paths(root)))
    problems.extend(of_wordings(articles))
    chosen = [problem for problem in problems if only is None or problem.path.is_relative_to(only)]
    return sorted(set(chosen), key=lambda problem: (str(problem.path), problem.line, problem.message))


def root_of(path: Path) -> Path:
    """The folder with the language folders that a file or folder belongs to."""
    folder = path if path.is_dir() else path.parent
    return folder.parent if folder.name in LANGUAGES else folder


def _paths(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("*/*.md") if not path.name.startswith("."))


def _read(root: Path) -> tuple[list[Article], list[Problem]]:
    articles: list[Article] = []
    problems: list[Problem] = []
    for path in _paths(root):
        try:
            articles.append(read_article(path))
        except ArticleError as err:
            problems.append(Problem(path, err.line, str(err)))
    problems.extend(_duplicate_ids(root))
    problems.extend(
        Problem(path, 1, "lies outside a language folder, nobody will find it")
        for path in sorted(root.glob("*.md"))
    )
    return articles, problems


def _duplicate_ids(root: Path) -> Iterator[Problem]:
    """By the text of the files: one of two with the same id has the wrong name, so it is no article."""
    seen: dict[tuple[str, str], Path] = {}
    for path in _paths(root):
        match = re.search(
            r"^id:\s*['\"]?([\w-]+)", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
        )
        if not match:
            continue
        first = seen.setdefault((path.parent.name, match[1]), path)
        if first != path:
            yield Problem(path, 2, f"id '{match[1]}' is already that of {first.name}")
