"""Slack's OAuth: codes and refresh tokens that are exchanged once, tokens that end after twelve hours, and workspaces
that throw the app out.

Slack documents that a refresh token is revoked once it was exchanged, and not what becomes of one whose answer was lost.
`forgiving` is the kind reading: it is good until its successor was used."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass, field
from typing import Any

CLIENT_ID, CLIENT_SECRET = "1234567890.0987654321", "9f1d2c3b4a5e6f708192a3b4c5d6e7f8"
LIFETIME_SECONDS = 43_200


@dataclass
class Pair:
    access: str
    refresh: str
    workspace: str
    before: str = ""  # the refresh token that it was given for


@dataclass
class OAuthServer:
    app: str
    access: dict[str, str]  # which workspace's a token is
    rotates: bool = True
    forgiving: bool = False
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    refreshes: dict[str, str] = field(default_factory=dict)  # refresh token -> workspace
    expired: set[str] = field(default_factory=set)
    uninstalled: list[str] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    exchanged: int = 0
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def agree(self, workspace: str, *, name: str = "Nordlys") -> str:
        """An administrator there agreed; the code that their browser brings back."""
        whole = workspace.startswith("E")
        place = {"id": workspace, "name": name}
        code = f"code-{next(self._numbers)}"
        self.codes[code] = {
            "workspace": workspace,
            "app_id": self.app,
            "is_enterprise_install": whole,
            "team": None if whole else place,
            "enterprise": place if whole else None,
            "bot_user_id": f"U0BOT{workspace}",
            "scope": "chat:write,im:history",
            "token_type": "bot",
        }
        return code

    def answer(self, fields: dict[str, str], authorization: str) -> dict[str, Any]:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return {"error": "bad_client_secret"}
        if fields.get("grant_type") == "refresh_token":
            return self._renew(fields.get("refresh_token", ""))
        granted = self.codes.pop(fields.get("code", ""), None)
        if granted is None:
            return {"error": "invalid_code"}
        workspace = granted.pop("workspace")
        return {**granted, **self._mint(workspace)}

    def refusal(self, token: str) -> str:
        """Why this token is not taken, "" where it is."""
        if token in self.expired:
            return "token_expired"
        return "" if token in self.access else "invalid_auth"

    def used(self, token: str) -> None:
        """Whoever uses a new pair has it: the refresh token before it is worth nothing any more."""
        for pair in self.pairs:
            if pair.access == token:
                self.refreshes.pop(pair.before, None)

    def throw_out(self, workspace: str) -> None:
        for table in (self.access, self.refreshes):
            for token in [token for token, place in table.items() if place == workspace]:
                del table[token]

    def expire(self) -> None:
        """Twelve hours are over for all that were given out."""
        self.expired |= {pair.access for pair in self.pairs}

    def _renew(self, refresh: str) -> dict[str, Any]:
        workspace = self.refreshes.get(refresh)
        if workspace is None:
            return {"error": "invalid_refresh_token"}
        self.exchanged += 1
        if not self.forgiving:
            del self.refreshes[refresh]
        return {"app_id": self.app, "token_type": "bot", **self._mint(workspace, before=refresh)}

    def _mint(self, workspace: str, before: str = "") -> dict[str, Any]:
        number = next(self._numbers)
        access = f"xoxe.xoxb-1-{workspace}-{number:020}"
        self.access[access] = workspace
        if not self.rotates:
            return {"access_token": access}
        refresh = f"xoxe-1-{workspace}-{number:020}"
        self.refreshes[refresh] = workspace
        self.pairs.append(Pair(access, refresh, workspace, before))
        return {"access_token": access, "refresh_token": refresh, "expires_in": LIFETIME_SECONDS}
