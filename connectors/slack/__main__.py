"""Setting Slack up: `python -m connectors.slack check` and `… manifest` (docs/slack.md)."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from servicedesk.channel_links import ChannelLinks
from servicedesk.errors import Tier0Error
from servicedesk.settings import Settings


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m connectors.slack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say line by line whether Slack is set up; exit 1 if anything is wrong")
    manifest = commands.add_parser(
        "manifest", help="print the app manifest with this installation's addresses"
    )
    manifest.add_argument("--address", help="where Slack reaches it; the default is TIER0_CHAT_URL")
    manifest.add_argument("--socket", action="store_true", help="for Socket Mode: without any address")
    unlink = commands.add_parser("unlink", help="forget whose account a Slack user is")
    unlink.add_argument("user", help="the member id, U…")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        if chosen.command == "manifest":
            return _print_manifest(chosen.address or settings.chat_url, settings, socket=chosen.socket)
        return _unlink(chosen.user, settings) if chosen.command == "unlink" else asyncio.run(_check(settings))
    except Tier0Error as err:
        print(f"WRONG {err}")
        return 1


def _print_manifest(address: str, settings: Settings, *, socket: bool) -> int:
    from connectors.slack.manifest import manifest_for

    command = settings.slack.command if settings.slack else "/it"
    print(manifest_for(address, command, socket=socket), end="")
    return 0


async def _check(settings: Settings) -> int:
    from connectors.slack.check import NOTE, WRONG, Finding, findings

    if settings.slack is None:
        print(
            Finding(
                NOTE, "settings: Slack is off; TIER0_SLACK_APP_ID and three more turn it on (docs/slack.md)"
            )
        )
        return 1
    wrong = False
    async for finding in findings(settings, settings.slack):
        print(finding, flush=True)
        wrong = wrong or finding.state == WRONG
    return 1 if wrong else 0


def _unlink(user: str, settings: Settings) -> int:
    from servicedesk.bootstrap import build_services

    links: ChannelLinks = build_services(settings).channel_links
    if settings.slack is None or not links.forget(channel="slack", tenant=settings.slack.team_id, user=user):
        print(f"{user} is linked to no account.")
        return 1
    print(f"{user} is linked no more; the next proof links anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
