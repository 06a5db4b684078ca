"""The bot's own token, for requests to the Connector service."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from connectors.teams.errors import TryLater
from servicedesk.errors import SettingsError
from servicedesk.teams_settings import TeamsSettings

SCOPE = "https://api.botframework.com/.default"
EARLY_SECONDS = 300.0
TIMEOUT_SECONDS = 10.0
MAX_BYTES = 64 * 1024
_AADSTS = re.compile(r"AADSTS\d{4,9}")


class BotToken:
    """Fetched on first use, kept until five minutes before its end."""

    def __init__(
        self,
        http: Callable[[], aiohttp.ClientSession],
        settings: TeamsSettings,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._settings = settings
        self._now = now
        self._token = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def get(self, *, instead_of: str = "") -> str:
        """The token; another one than `instead_of`, which the service refused. Raises TryLater."""
        async with self._lock:  # one request, however many messages wait for it
            if self._token == instead_of or self._now() >= self._good_until:
                self._token, lifetime = await self._fetch()
                self._good_until = self._now() + lifetime - EARLY_SECONDS
            return self._token

    async def _fetch(self) -> tuple[str, float]:
        try:
            secret = await asyncio.to_thread(self._settings.secret)
        except SettingsError as err:
            raise TryLater(str(err)) from err
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": secret,
            "scope": SCOPE,
        }
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._http().post(
                self._settings.token_url, data=form, timeout=timeout, allow_redirects=False
            ) as response:
                status, body = response.status, await response.content.read(MAX_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            raise TryLater(f"the token service does not answer: {type(err).__name__}") from err
        return _token(status, body)


def _token(status: int, body: bytes) -> tuple[str, float]:
    try:
        answer: Any = json.loads(body)
    except ValueError:
        answer = {}
    answer = answer if isinstance(answer, dict) else {}
    token, lifetime = answer.get("access_token"), answer.get("expires_in")
    if status == 200 and isinstance(token, str) and token:
        try:
            return token, float(lifetime or 0)
        except (TypeError, ValueError):
            return token, 0.0
    found = _AADSTS.search(str(answer.get("error_description", "")))
    # AADSTS7000215 wrong secret, AADSTS7000222 expired, AADSTS7000229 no service principal: once that is mended,
    # what is to be said may still go.
    raise TryLater(f"no token: status {status} {found.group() if found else ''}".rstrip())
