"""The command line for KB authors and reports: `python -m bot.kb --help`.

Answers go to stdout, everything else to stderr. Exit 0: fine; 1: findings; 2: wrong input.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path

# Before numpy is imported: more threads only wait for each other (one short text at a time).
os.environ.setdefault("OMP_NUM_THREADS", "1")

from bot.kb import lint as linting
from bot.kb.commands import (
    UsageError,
    add_command,
    day,
    importing,
    must_be_folder,
    open_base,
    own_questions,
    positive,
    preview,
    stats,
    worklist,
)
from bot.kb.languages import LANGUAGES
from bot.kb.search import Hit


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(message)s")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except UsageError as err:
        print(f"error: {err}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    # The help names only what an author needs; folders have the project's defaults.
    parser = argparse.ArgumentParser(
        prog="python -m bot.kb", description="The knowledge base on the command line."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    search = add_command(commands, "search", _search, "which articles answer a question")
    search.add_argument("query", nargs="?", metavar="QUERY", help="the question, in quotation marks")
    search.add_argument("--language", metavar="|".join(LANGUAGES), help="language of the question")
    search.add_argument(
        "--batch", type=Path, metavar="FILE", help='a line a question: {"language": ..., "query": ...}'
    )
    search.add_argument("--json", action="store_true", help="answer in JSON")
    search.add_argument("--limit", type=positive, default=5, metavar="N", help="at most N articles (5)")
    search.add_argument("--all", action="store_true", help="also list what would be rejected as a poor fit")

    lint = add_command(commands, "lint", _lint, "what is wrong with the articles; exit 1 if anything is")
    lint.add_argument(
        "path", nargs="?", type=Path, metavar="PATH", help="a file or folder; default: all articles"
    )
    lint.add_argument("--today", type=day, default=None, metavar="DATE", help="check reviews as of this day")

    own_questions.add(commands)
    preview.add(commands)
    stats.add(commands)
    worklist.add(commands)
    importing.add(commands)
    add_command(commands, "index", _index, "compute what is missing in the cache, so that a start is quick")
    tune = add_command(
        commands, "tune", _tune, "learn the ranking anew from the articles' questions (minutes)"
    )
    tune.add_argument("--dry-run", action="store_true", help="only report")
    return parser


def _search(options: argparse.Namespace) -> int:
    if (options.query is None) == (options.batch is None):
        raise UsageError("give either a QUERY or --batch FILE")
    if options.batch is None:
        questions = [(_language(options.language, "--language"), options.query)]
    else:
        questions = _batch(options.batch)
    base = open_base(options)
    for language, query in questions:
        hits = base.search(query, language, limit=options.limit, reject=not options.all)
        print(_as_json(hits) if options.json else _as_text(hits, language), flush=True)
    return 0


def _batch(path: Path) -> list[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as err:
        raise UsageError(f"{path}: cannot be read: {getattr(err, 'strerror', None) or 'not UTF-8'}") from err
    return (
        [_batch_line(line, f"{path}:{number}") for number, line in enumerate(lines, start=1)]
        if lines != [""]
        else []
    )


def _batch_line(line: str, place: str) -> tuple[str, str]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as err:
        raise UsageError(f"{place}: not a JSON object") from err
    if not isinstance(entry, dict) or not isinstance(entry.get("query"), str):
        raise UsageError(f'{place}: must be {{"language": ..., "query": ...}}')
    return _language(entry.get("language"), place), entry["query"]


def _language(value: object, place: str) -> str:
    if value not in LANGUAGES:
        raise UsageError(f"{place}: must name a language, one of {', '.join(LANGUAGES)}")
    return str(value)


def _as_json(hits: Sequence[Hit]) -> str:
    return json.dumps([asdict(hit) for hit in hits], ensure_ascii=False)


def _as_text(hits: Sequence[Hit], language: str) -> str:
    if not hits:
        return "No article answers that.\n"
    lines: list[str] = []
    for number, hit in enumerate(hits, start=1):
        other = f" [only in {hit.language}]" if hit.language != language else ""
        lines.append(f"{number}. {hit.title} ({hit.id}){other}  {hit.score:.2f}\n   {hit.excerpt}")
    return "\n".join(lines) + "\n"


def _lint(options: argparse.Namespace) -> int:
    path: Path = options.path or options.articles
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    if path.is_file() and path.suffix != ".md":
        raise UsageError(f"{path}: is no Markdown file")
    findings = linting.lint(linting.root_of(path), path, today=options.today or date.today())
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings" if findings else "no findings", file=sys.stderr)
    return 1 if findings else 0


def _index(options: argparse.Namespace) -> int:
    base = open_base(options)
    print(f"{len(base.articles)} articles, {len(base.index.texts)} passages", file=sys.stderr)
    return 0 if base.index.complete else 1


def _tune(options: argparse.Namespace) -> int:
    from bot.kb.cache import Cache
    from bot.kb.encoder import Embeddings
    from bot.kb.library import Library
    from bot.kb.ranking import save
    from bot.kb.tune import tune

    must_be_folder(options.articles)
    # Not a whole KnowledgeBase: that one needs the weights which are learned here.
    cache = Cache(options.cache)
    library = Library(options.articles, cache)
    library.refresh()
    try:
        ranking, reports = tune(library.articles, Embeddings(cache))
    except ValueError as err:
        raise UsageError(str(err)) from err
    if not options.dry_run:
        save(ranking)
    for report in reports:
        print(
            json.dumps(
                {name: round(x, 4) if isinstance(x, float) else x for name, x in asdict(report).items()}
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
