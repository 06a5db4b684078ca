"""`import`: pages of another knowledge base become articles, for the service desk only until somebody reviewed them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot.kb.commands import UsageError, add_command, must_be_folder
from bot.kb.languages import LANGUAGES


def add(commands: Any) -> None:
    command = add_command(
        commands, "import", _import, "make articles of HTML pages, or of another system's export"
    )
    command.add_argument(
        "export",
        type=Path,
        metavar="EXPORT",
        help="an HTML file, a folder or zip of them (Confluence, SharePoint), or records in JSON or XML (ServiceNow)",
    )
    command.add_argument("--language", choices=LANGUAGES, help="of all pages; without it each is recognised")
    command.add_argument(
        "--owner", default="Service desk", metavar="TEAM", help="who answers for the articles"
    )
    command.add_argument("--dry-run", action="store_true", help="only say what would be written")


def _import(options: argparse.Namespace) -> int:
    try:
        from bot.kb.importing.draft_files import article_files
        from bot.kb.importing.page import ImportRefused, Left, Page
        from bot.kb.importing.sources import read_export
    except ModuleNotFoundError as err:
        raise UsageError(f"the package {err.name} is missing; get it with: make import-tools") from err
    must_be_folder(options.articles)
    if not options.export.exists():
        raise UsageError(f"{options.export}: there is no such file or folder")
    try:
        found = list(read_export(options.export))
    except ImportRefused as err:
        raise UsageError(str(err)) from err
    pages = [page for page in found if isinstance(page, Page)]
    left = [page for page in found if isinstance(page, Left)]
    written = 0
    for file in article_files(
        pages, options.articles, language=options.language, owner=options.owner, today=date.today()
    ):
        if isinstance(file, Left):
            left.append(file)
            continue
        _write(options, file)
        written += 1
    return _report(left, written)


def _write(options: argparse.Namespace, file: Any) -> None:
    path = options.articles / file.path
    if not options.dry_run:
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
        except OSError as err:
            raise UsageError(f"{path}: {err.strerror}") from err
    print(f"{path}  <- {file.place}")
    if file.pictures:
        print(f"{path}: without its pictures: {', '.join(file.pictures)}", file=sys.stderr)


def _report(left: Sequence[Any], written: int) -> int:
    for each in left:
        print(each, file=sys.stderr)
    print(f"{written} articles, {len(left)} pages left out", file=sys.stderr)
    if written:
        print("They are for the service desk only until their 'audience' is set to 'all'.", file=sys.stderr)
    return 1 if left else 0
