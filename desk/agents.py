"""`python -m desk.agents`: add agents, change their role, disable them; the first one's set-up link."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

import segno

from desk.staff import SETUP_LIFETIME, AgentExists, Role, Staff
from servicedesk.clock import SystemClock
from servicedesk.keys import KeyRing, create_missing
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.migrate import migrate

if TYPE_CHECKING:
    from servicedesk.bootstrap import Services


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    settings = Settings.from_env(os.environ)
    if settings.embedded:
        create_missing(settings.keys_dir)
    migrate(settings.database_url)
    staff = Staff(Store(settings.database_url), KeyRing(settings.keys_dir), SystemClock())
    return int(COMMANDS[options.command](staff, settings, options))


def setup_link(services: Services) -> str | None:
    """Where the first agent sets up the administrator's account, or None once somebody can sign in.

    For the starter: each call makes a new link and voids the one before."""
    token = Staff(services.store, services.keys, services.clock).invite_first()
    return None if token is None else _setup_url(services.settings, token)


def _add(staff: Staff, settings: Settings, options: argparse.Namespace) -> int:
    try:
        token = staff.invite(options.name, options.display_name or options.name, Role(options.role))
    except AgentExists:
        print(f"there is already an agent named {options.name}", file=sys.stderr)
        return 1
    setup = staff.pending(token)
    if setup is None:
        print("the agent was disabled before the link could be shown", file=sys.stderr)
        return 1
    hours = int(SETUP_LIFETIME.total_seconds() // 3600)
    print(f"Authenticator of {options.name} (the set-up page shows it as well):")
    segno.make(setup.otpauth).terminal(compact=True)
    print(f"One-time link to choose a password, good for {hours} hours:\n{_setup_url(settings, token)}")
    return 0


def _setup_link(staff: Staff, settings: Settings, _options: argparse.Namespace) -> int:
    """Print the link and nothing else, or nothing once somebody can sign in."""
    token = staff.invite_first()
    if token is not None:
        print(_setup_url(settings, token))
    return 0


def _list(staff: Staff, _settings: Settings, _options: argparse.Namespace) -> int:
    for agent, enabled, ready in staff.everybody():
        state = "disabled" if not enabled else "ready" if ready else "not set up"
        print(f"{agent.username}\t{agent.role.value}\t{state}\t{agent.display_name}")
    return 0


def _change(staff: Staff, _settings: Settings, options: argparse.Namespace) -> int:
    role = Role(options.role) if options.command == "role" else None
    enabled = {"enable": True, "disable": False}.get(options.command)
    if staff.change(options.name, role=role, enabled=enabled):
        return 0
    print(f"there is no agent named {options.name}", file=sys.stderr)
    return 1


COMMANDS = {
    "add": _add,
    "setup-link": _setup_link,
    "list": _list,
    "role": _change,
    "disable": _change,
    "enable": _change,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m desk.agents", description="Agents of the L1 desk.")
    commands = parser.add_subparsers(dest="command", required=True)
    roles = [role.value for role in Role]
    add = commands.add_parser("add", help="add an agent; prints a one-time set-up link")
    add.add_argument("name")
    add.add_argument("--role", choices=roles, default=Role.AGENT.value)
    add.add_argument("--display-name", default="")
    commands.add_parser("setup-link", help="the first administrator's set-up link, once")
    commands.add_parser("list", help="all agents")
    role = commands.add_parser("role", help="change an agent's role")
    role.add_argument("name")
    role.add_argument("role", choices=roles)
    for name in ("disable", "enable"):
        commands.add_parser(name, help=f"{name} an agent").add_argument("name")
    return parser


def _setup_url(settings: Settings, token: str) -> str:
    return f"{settings.desk_url}/desk/setup/{token}"


if __name__ == "__main__":
    raise SystemExit(main())
