"""`worklist`: what the knowledge base could not answer, and a skeleton for the article that would."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot.kb.articles import Article, ArticleError, parse_article
from bot.kb.cache import Cache
from bot.kb.commands import UsageError, add_command, positive, read_articles
from bot.kb.draft import skeleton
from bot.kb.encoder import Embeddings
from bot.kb.languages import LANGUAGES
from bot.kb.ranking import load
from bot.kb.worklist import FEWEST, Asked, Line, WorkList
from bot.nlu.embeddings import shared_encoder

_WORDINGS_SHOWN: Final = 3
_PIPE: Final = "python -m servicedesk.feedback questions | python -m bot.kb worklist"


def add(commands: Any) -> None:
    command = add_command(
        commands, "worklist", _worklist, "what had no answer or did not help, the most wanted first"
    )
    command.add_argument(
        "questions",
        nargs="?",
        type=Path,
        default=Path("-"),
        metavar="FILE",
        help=f"the questions, a JSON object a line; without it from a pipe: {_PIPE}",
    )
    command.add_argument("--language", choices=LANGUAGES, help="only lines in this language")
    command.add_argument("--limit", type=positive, default=50, metavar="N", help="at most N lines (50)")
    command.add_argument("--json", action="store_true", help="answer in JSON")
    command.add_argument(
        "--draft", nargs=2, metavar=("N", "ID"), help="write a new article's skeleton for line N of the list"
    )


def _worklist(options: argparse.Namespace) -> int:
    rows = list(_rows(options.questions))
    articles, _ = read_articles(options)
    work = WorkList(shared_encoder(), Embeddings(Cache(options.cache)), load())
    # A line keeps its number whatever is shown of the list: --draft means it by that.
    lines = list(enumerate(work.lines(rows, articles, most=options.limit), start=1))
    if options.draft:
        return _draft(options, dict(lines), articles)
    shown = [(number, line) for number, line in lines if options.language in (None, line.language)]
    print(_as_json(shown) if options.json else _as_text(shown))
    return 0


def _rows(path: Path) -> Iterator[Asked]:
    try:
        if path != Path("-"):
            text = path.read_text(encoding="utf-8")
        elif sys.stdin.isatty():
            raise UsageError(f"give a FILE, or pipe the questions in: {_PIPE}")
        else:
            text = sys.stdin.read()
    except (OSError, UnicodeDecodeError) as err:
        raise UsageError(f"{path}: cannot be read: {getattr(err, 'strerror', None) or 'not UTF-8'}") from err
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _row(line, f"{'line' if path == Path('-') else path}:{number}")


def _row(line: str, place: str) -> Asked:
    try:
        entry = json.loads(line)
        if entry["language"] not in LANGUAGES:
            raise ValueError
        return Asked(
            language=entry["language"],
            question=_of(str, entry["question"]),
            person=_of(int, entry["person"]),
            article=_of(str, entry["article"]) if entry.get("article") else None,
            day=date.fromisoformat(entry["day"]) if entry.get("day") else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as err:
        raise UsageError(
            f'{place}: must be {{"language": ..., "question": ..., "person": number, "article": ..., "day": ...}}'
        ) from err


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _as_json(lines: Sequence[tuple[int, Line]]) -> str:
    entries = [
        {"number": number, **asdict(line), "latest": line.latest.isoformat() if line.latest else None}
        for number, line in lines
    ]
    return json.dumps(entries, ensure_ascii=False)


def _as_text(lines: Sequence[tuple[int, Line]]) -> str:
    return (
        "\n".join(part for number, line in lines for part in _entry(number, line)) or "Nothing is left open."
    )


def _entry(number: int, line: Line) -> Iterator[str]:
    people = f"{line.people} people" if line.people else f"fewer than {FEWEST} people"
    yield f"{number:>3}. [{line.language}] {_flat(line.question)}  ({people}{_since(line)})"
    for wording in line.wordings[1 : 1 + _WORDINGS_SHOWN]:
        yield f"       also: {_flat(wording)}"
    if len(line.wordings) > 1 + _WORDINGS_SHOWN:
        yield f"       and {len(line.wordings) - 1 - _WORDINGS_SHOWN} more"
    if line.unhelpful:
        yield f"       did not help: {', '.join(line.unhelpful)}"
    if line.nearest:
        yield f"       nearest: {line.nearest.title} ({line.nearest.id})  {line.nearest.score:.2f}"


def _since(line: Line) -> str:
    return f", last on {line.latest}" if line.latest else ""


def _flat(question: str) -> str:
    return " ".join(question.split())


def _draft(options: argparse.Namespace, lines: dict[int, Line], articles: Sequence[Article]) -> int:
    number, identifier = options.draft
    line = lines.get(int(number)) if number.isdecimal() else None
    if line is None:
        raise UsageError(f"--draft {number}: the list has lines 1 to {len(lines)}")
    path = options.articles / line.language / f"{identifier}.md"
    taken = next((article.path for article in articles if article.id == identifier), None)
    if taken or path.exists():
        raise UsageError(f"{taken or path} is there already; choose another ID")
    text = skeleton(identifier, line.language, line.wordings, today=date.today())
    try:
        parse_article(text, path)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except ArticleError as err:
        raise UsageError(f"--draft {number} {identifier}: {err}") from err
    except OSError as err:
        raise UsageError(f"{path}: {err.strerror}") from err
    print(f"{path} is written, for: {_flat(line.question)}")
    print(
        "Write what says TODO, take out what names people, then set 'audience' and run lint.", file=sys.stderr
    )
    return 0
