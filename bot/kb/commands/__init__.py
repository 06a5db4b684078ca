"""What the commands of `python -m bot.kb` share. A module a command; each has `add`, which makes it known."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bot.kb.articles import Article, Problem
from bot.kb.cache import Cache
from bot.kb.library import Library
from bot.kb.search import KnowledgeBase


class UsageError(Exception):
    """Wrong input; the sentence is for the person at the keyboard."""


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    """A command that knows where articles and cache are. `run` returns the exit code, or raises UsageError."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument(
        "--articles", type=Path, default=Path("kb_articles"), metavar="DIR", help="the articles"
    )
    command.add_argument(
        "--cache", type=Path, default=Path("var/cache"), metavar="DIR", help="computed embeddings"
    )
    command.set_defaults(run=run)
    return command


def open_base(options: argparse.Namespace, *, wait: bool = True) -> KnowledgeBase:
    must_be_folder(options.articles)
    return KnowledgeBase.open(options.articles, options.cache, wait=wait)


def read_articles(options: argparse.Namespace) -> tuple[tuple[Article, ...], tuple[Problem, ...]]:
    """All articles, those for L1 only too, and what could not be read. Without the search beside them."""
    must_be_folder(options.articles)
    library = Library(options.articles, Cache(options.cache))
    library.refresh()
    return library.articles, library.problems


def must_be_folder(path: Path) -> None:
    if not path.is_dir():
        raise UsageError(f"{path}: there is no such folder; give --articles DIR")


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError("must be a date like 2026-10-15") from err
