"""A trusted token for the REST channel, so that the demo's account journeys can be tried there."""

from __future__ import annotations

import hashlib
import secrets

import yaml

from connectors.tokens import FILE_NAME
from servicedesk.settings import Settings

NAME = "demo"


def demo_token(settings: Settings) -> str:
    """The demo's token, made at the first start. Whoever holds it speaks for every employee: embedded mode only."""
    kept = settings.state_dir / "demo_rest_token"
    if kept.exists():
        return kept.read_text(encoding="ascii").strip()
    token = secrets.token_urlsafe(32)
    entry = {"name": NAME, "sha256": hashlib.sha256(token.encode()).hexdigest(), "trusted": True}
    listed = settings.state_dir / FILE_NAME
    entries = [entry, *_others(listed.read_text(encoding="utf-8") if listed.exists() else "")]
    listed.write_text(yaml.safe_dump(entries), encoding="utf-8")
    kept.touch(mode=0o600)
    kept.write_text(token, encoding="ascii")
    return token


def _others(text: str) -> list[dict[str, object]]:
    return [entry for entry in yaml.safe_load(text) or [] if entry.get("name") != NAME]
