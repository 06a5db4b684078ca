"""The app manifest with an installation's own addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "manifest.yml"
SAMPLE_ADDRESS = "https://tier0.example.com"
SAMPLE_COMMAND = "command: /it\n"
WEBHOOK = "/webhooks/slack/webhook"
INSTALL = "/webhooks/slack/install"
REDIRECT = "/webhooks/slack/oauth_redirect"
_ONLY_SEVERAL = ("  redirect_urls:", REDIRECT)
_SWITCHES = ("org_deploy_enabled", "token_rotation_enabled")


def manifest_for(address: str, command: str, *, socket: bool = False, several: bool = False) -> str:
    """As text, its comments kept. `address` is where Slack reaches the rasa process; with `socket` it needs none, but for
    an administrator's browser where `several` workspaces install the app."""
    text = FILE.read_text(encoding="utf-8")
    if socket:
        lines = text.replace("socket_mode_enabled: false", "socket_mode_enabled: true").splitlines(
            keepends=True
        )
        text = "".join(line for line in lines if WEBHOOK not in line)
    if several:
        for name in _SWITCHES:
            text = text.replace(f"{name}: false", f"{name}: true")
    else:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if not any(mark in line for mark in _ONLY_SEVERAL))
    return text.replace(SAMPLE_ADDRESS, address.rstrip("/")).replace(SAMPLE_COMMAND, f"command: {command}\n")


def scopes() -> tuple[str, ...]:
    """The bot scopes that the app needs."""
    manifest: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(manifest["oauth_config"]["scopes"]["bot"])
