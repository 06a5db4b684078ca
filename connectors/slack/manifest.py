"""The app manifest with an installation's own addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "manifest.yml"
SAMPLE_ADDRESS = "https://tier0.example.com"
SAMPLE_COMMAND = "command: /it\n"
WEBHOOK = "/webhooks/slack/webhook"


def manifest_for(address: str, command: str) -> str:
    """As text, its comments kept. `address` is where Slack reaches the rasa process."""
    text = FILE.read_text(encoding="utf-8")
    return text.replace(SAMPLE_ADDRESS, address.rstrip("/")).replace(SAMPLE_COMMAND, f"command: {command}\n")


def scopes() -> tuple[str, ...]:
    """The bot scopes that the app needs."""
    manifest: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(manifest["oauth_config"]["scopes"]["bot"])
