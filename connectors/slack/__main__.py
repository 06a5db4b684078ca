"""Setting Slack up: `python -m connectors.slack check` and `… manifest` (docs/slack.md)."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING

from servicedesk.channel_links import ChannelLinks
from servicedesk.errors import Tier0Error
from servicedesk.settings import Settings
from servicedesk.slack_settings import SlackSettings

if TYPE_CHECKING:
    from connectors.slack.parts import Installed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m connectors.slack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="say line by line whether Slack is set up; exit 1 if anything is wrong")
    manifest = commands.add_parser(
        "manifest", help="print the app manifest with this installation's addresses"
    )
    manifest.add_argument("--address", help="where Slack reaches it; the default is TIER0_CHAT_URL")
    manifest.add_argument("--socket", action="store_true", help="for Socket Mode: without any address")
    manifest.add_argument(
        "--several", action="store_true", help="for several workspaces: installed by OAuth, tokens rotate"
    )
    unlink = commands.add_parser("unlink", help="forget whose account a Slack user is")
    unlink.add_argument("user", help="the member id, U…")
    unlink.add_argument("--workspace", default="", help="T… or E…; needed where several are served")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        if chosen.command == "manifest":
            several = chosen.several or bool(settings.slack and settings.slack.several)
            return _print_manifest(
                chosen.address or settings.chat_url, settings, socket=chosen.socket, several=several
            )
        return (
            _unlink(chosen.user, chosen.workspace, settings)
            if chosen.command == "unlink"
            else asyncio.run(_check(settings))
        )
    except Tier0Error as err:
        print(f"WRONG {err}")
        return 1


def _print_manifest(address: str, settings: Settings, *, socket: bool, several: bool) -> int:
    from connectors.slack.manifest import manifest_for

    command = settings.slack.command if settings.slack else "/it"
    print(manifest_for(address, command, socket=socket, several=several), end="")
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
    installed = _installed(settings, settings.slack) if settings.slack.several else None
    async for finding in findings(settings, settings.slack, installed):
        print(finding, flush=True)
        wrong = wrong or finding.state == WRONG
    return 1 if wrong else 0


def _installed(settings: Settings, slack: SlackSettings) -> Installed:
    from connectors.slack.parts import installed_of
    from servicedesk.bootstrap import build_front

    return installed_of(build_front(settings), slack)


def _unlink(user: str, workspace: str, settings: Settings) -> int:
    from servicedesk.bootstrap import build_services

    links: ChannelLinks = build_services(settings).channel_links
    served = tuple(settings.slack.served) if settings.slack else ()
    if not workspace and len(served) > 1:
        print(f"{user}: in which workspace? --workspace, one of {', '.join(served)}")
        return 1
    tenant = workspace or (served[0] if served else "")
    if not tenant or not links.forget(channel="slack", tenant=tenant, user=user):
        print(f"{user} is linked to no account.")
        return 1
    print(f"{user} is linked no more; the next proof links anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
