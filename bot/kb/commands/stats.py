"""`stats`: how the knowledge base stands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from bot.kb.commands import add_command, day, read_articles
from bot.kb.stats import Figures, figures


def add(commands: Any) -> None:
    command = add_command(commands, "stats", _stats, "how the knowledge base stands, in figures a language")
    command.add_argument("--json", action="store_true", help="answer in JSON")
    command.add_argument(
        "--today", type=day, default=None, metavar="DATE", help="count reviews as of this day"
    )


def _stats(options: argparse.Namespace) -> int:
    articles, problems = read_articles(options)
    found = figures(articles, today=options.today or date.today())
    if options.json:
        print(json.dumps({language: asdict(each) for language, each in found.items()}))
    else:
        print(_table(found))
    for problem in problems:
        print(f"not as it is now: {problem}", file=sys.stderr)
    return 0


def _table(found: Mapping[str, Figures]) -> str:
    lines = [" " * 16 + "".join(f"{language:>8}" for language in found)]
    for entry in fields(Figures):
        row = "".join(f"{getattr(each, entry.name):>8,}" for each in found.values())
        lines.append(f"{entry.name.replace('_', ' '):<16}{row}")
    return "\n".join(lines)
