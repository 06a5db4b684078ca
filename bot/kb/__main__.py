"""The command line for KB authors and reports: `python -m bot.kb --help`.

Answers go to stdout, everything else to stderr. Exit 0: fine; 1: findings; 2: wrong input.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

# Before numpy is imported: more threads only wait for each other (one short text at a time).
os.environ.setdefault("OMP_NUM_THREADS", "1")

from bot.kb import lint as linting
from bot.kb.answer import answer
from bot.kb.languages import LANGUAGES
from bot.kb.search import Hit, KnowledgeBase


class UsageError(Exception):
    """Wrong input; the sentence is for the person at the keyboard."""


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

    search = _command(commands, "search", _search, "which articles answer a question")
    search.add_argument("query", nargs="?", metavar="QUERY", help="the question, in quotation marks")
    search.add_argument("--language", metavar="|".join(LANGUAGES), help="language of the question")
    search.add_argument(
        "--batch", type=Path, metavar="FILE", help='a line a question: {"language": ..., "query": ...}'
    )
    search.add_argument("--json", action="store_true", help="answer in JSON")
    search.add_argument("--limit", type=_positive, default=5, metavar="N", help="at most N articles (5)")
    search.add_argument("--all", action="store_true", help="also list what would be rejected as a poor fit")

    lint = _command(commands, "lint", _lint, "what is wrong with the articles; exit 1 if anything is")
    lint.add_argument(
        "path", nargs="?", type=Path, metavar="PATH", help="a file or folder; default: all articles"
    )
    lint.add_argument("--today", type=_day, default=None, metavar="DATE", help="check reviews as of this day")

    test = _command(
        commands, "test", _test, "does each article answer its own questions; exit 1 if one does not"
    )
    test.add_argument("--json", action="store_true", help="answer in JSON")

    preview = _command(commands, "preview", _preview, "what the chat shows of an article")
    preview.add_argument("id", metavar="ID")
    preview.add_argument("--language", required=True, choices=LANGUAGES)
    preview.add_argument(
        "--query", default="", metavar="QUESTION", help="choose the passage that fits this question"
    )

    _command(commands, "index", _index, "compute what is missing in the cache, so that a start is quick")
    tune = _command(commands, "tune", _tune, "learn the ranking anew from the articles' questions (minutes)")
    tune.add_argument("--dry-run", action="store_true", help="only report")
    return parser


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument(
        "--articles", type=Path, default=Path("kb_articles"), metavar="DIR", help="the articles"
    )
    command.add_argument(
        "--cache", type=Path, default=Path("var/cache"), metavar="DIR", help="computed embeddings"
    )
    command.set_defaults(run=run)
    return command


def _search(options: argparse.Namespace) -> int:
    if (options.query is None) == (options.batch is None):
        raise UsageError("give either a QUERY or --batch FILE")
    if options.batch is None:
        questions = [(_language(options.language, "--language"), options.query)]
    else:
        questions = _batch(options.batch)
    base = _open(options)
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


def _test(options: argparse.Namespace) -> int:
    from bot.kb import evaluate
    from bot.kb.cache import Cache
    from bot.kb.encoder import Embeddings
    from bot.kb.ranking import load

    base = _open(options)
    ranking = load()
    embeddings = Embeddings(Cache(options.cache))
    outcomes = [
        evaluate.outcome(trial, ranking)
        for trial in evaluate.trials(base.articles, base.index, embeddings)
    ]
    failures = [outcome for outcome in outcomes if not outcome.right(1)]
    if options.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False))
    else:
        for outcome in failures:
            stolen = f"went to {outcome.thief}" if outcome.thief else "was not answered"
            print(f"{outcome.language}/{outcome.article}.md: '{outcome.text}' {stolen}")
    for line in _figures(outcomes):
        print(line, file=sys.stderr)
    return 1 if failures else 0


def _figures(outcomes: Sequence[Any]) -> Iterator[str]:
    from bot.kb.evaluate import recall

    for language in LANGUAGES:
        own = [outcome for outcome in outcomes if outcome.language == language]
        if own:
            declined = sum(not outcome.found for outcome in own) / len(own)
            found = f"first {recall(own, 1):.1%}, in three {recall(own, 3):.1%}"
            yield f"{language}: {len(own)} questions, {found}, declined {declined:.1%}"


def _preview(options: argparse.Namespace) -> int:
    # No embeddings: a preview must be quick, and words are enough to choose between three passages.
    base = _open(options, wait=False)
    article = base.article(options.id, options.language)
    if article is None:
        raise UsageError(f"there is no article '{options.id}'")
    section = -1
    if options.query:
        hits = base.search(options.query, options.language, limit=len(base.articles), reject=False)
        section = next((hit.section for hit in hits if hit.id == options.id), -1)
    shown = answer(article, section)
    if article.language != options.language:
        print(f"there is no version in '{options.language}', shown in '{article.language}'", file=sys.stderr)
    parts = [
        f"**{shown.title}**",
        f"**{shown.heading}**" if shown.heading else "",
        shown.markdown,
        shown.result,
    ]
    print("\n\n".join(part for part in parts if part))
    print(f"\n{shown.owner}, {shown.reviewed}, {shown.url}" + (" (shortened)" if shown.shortened else ""))
    return 0


def _index(options: argparse.Namespace) -> int:
    base = _open(options)
    print(f"{len(base.articles)} articles, {len(base.index.texts)} passages", file=sys.stderr)
    return 0 if base.index.complete else 1


def _tune(options: argparse.Namespace) -> int:
    from bot.kb.cache import Cache
    from bot.kb.encoder import Embeddings
    from bot.kb.library import Library
    from bot.kb.ranking import save
    from bot.kb.tune import tune

    _must_be_folder(options.articles)
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


def _open(options: argparse.Namespace, *, wait: bool = True) -> KnowledgeBase:
    _must_be_folder(options.articles)
    return KnowledgeBase.open(options.articles, options.cache, wait=wait)


def _must_be_folder(path: Path) -> None:
    if not path.is_dir():
        raise UsageError(f"{path}: there is no such folder; give --articles DIR")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError("must be a date like 2026-10-15") from err


if __name__ == "__main__":
    sys.exit(main())
