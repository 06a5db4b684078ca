"""python -m connectors.teams package | check"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from connectors.teams.check import check
from connectors.teams.http import Http
from connectors.teams.package import App, build, version_of
from servicedesk.errors import SettingsError, Tier0Error
from servicedesk.settings import Settings


def main() -> int:
    arguments = _parser().parse_args()
    try:
        settings = Settings.from_env(os.environ)
        if arguments.command == "check":
            return asyncio.run(_check(settings))
        return _package(settings, arguments)
    except Tier0Error as err:
        print(err, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m connectors.teams", description="Set Teams up (docs/teams.md)."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say line by line what works and what does not")
    package = commands.add_parser("package", help="write the app package for the Teams admin center")
    package.add_argument("--out", type=Path, default=Path("tier0-teams.zip"))
    package.add_argument("--name", default="Tier0", help="as Teams shows it, at most 30 characters")
    for name in ("website", "privacy", "terms"):
        package.add_argument(f"--{name}", help="a https address of your company's (default: TIER0_DESK_URL)")
    return parser


async def _check(settings: Settings) -> int:
    http = Http()
    good = True
    try:
        async for line in check(settings, http):
            print(line, flush=True)
            good = good and line.good
    finally:
        await http.close()
    return 0 if good else 1


def _package(settings: Settings, arguments: argparse.Namespace) -> int:
    if settings.teams is None:
        raise SettingsError("TIER0_TEAMS_APP_ID: is needed for the package")
    app = App(
        app_id=settings.teams.app_id,
        company=settings.company,
        name=arguments.name,
        website=arguments.website or settings.desk_url,
        privacy=arguments.privacy or settings.desk_url,
        terms=arguments.terms or settings.desk_url,
        desk_url=settings.desk_url,
        version=version_of(datetime.now(timezone.utc)),
    )
    content = build(app)
    arguments.out.write_bytes(content)
    print(f"{arguments.out}: version {app.version}, {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
