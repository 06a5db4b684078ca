"""Slack's Web API through slack_sdk, and what its refusals mean to us.

A refusal comes as 200 with `"ok": false`, too much as 429 with Retry-After:
https://docs.slack.dev/apis/web-api/rate-limits"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from connectors.platform import TryLater
from servicedesk.errors import Tier0Error
from servicedesk.slack_settings import SlackSettings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
AUTH_WAIT = timedelta(minutes=1)
BUSY = frozenset(
    {
        *("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"),
        *("request_timeout", "team_added_to_org", "accesslimited"),
    }
)
NOT_ALLOWED = frozenset(
    {
        *("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        *("missing_scope", "no_permission", "ekm_access_denied", "org_login_required"),
    }
)


class Refused(Tier0Error):
    """Slack's own word for what is wrong; another try gets the same."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code


class SlackApi:
    def __init__(self, settings: SlackSettings) -> None:
        """Raises SettingsError where the bot token cannot be read."""
        self._settings = settings
        self._token = settings.bot_token.read()
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """One call, never repeated here. Raises TryLater, Refused."""
        return _data(await self._ask(method, json=arguments))

    async def read(self, method: str, **arguments: str) -> Mapping[str, Any]:
        """The methods that take no JSON: `users.info` and others that only read. Raises TryLater, Refused."""
        return _data(await self._ask(method, http_verb="GET", params=arguments))

    async def whoami(self) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """`auth.test`, and the answer's headers by lower-case name: the scopes and Slack's clock are in there."""
        response = await self._ask("auth.test", json={})
        return _data(response), {name.lower(): str(value) for name, value in response.headers.items()}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = self._client = None

    async def _ask(self, method: str, **request: Any) -> AsyncSlackResponse:
        try:
            return await self._open().api_call(method, **request)
        except SlackApiError as err:
            raise _meaning(method, err) from err
        except (SlackClientError, aiohttp.ClientError, OSError, ValueError) as err:
            raise TryLater(f"{method}: {type(err).__name__}") from err

    def _open(self) -> AsyncWebClient:
        if self._client is None or self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
            self._client = AsyncWebClient(
                token=self._token,
                base_url=f"{self._settings.api_url}/",
                timeout=TIMEOUT_SECONDS,
                session=self._session,
                retry_handlers=[],  # repeats are the queue's, in order (connectors/sending.py)
            )
        return self._client


def _data(response: AsyncSlackResponse) -> Mapping[str, Any]:
    return response.data if isinstance(response.data, dict) else {}


def _meaning(method: str, err: SlackApiError) -> TryLater | Refused:
    response = err.response
    status = getattr(response, "status_code", 0)
    data = getattr(response, "data", response)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return TryLater(f"{method}: 429", _retry_after(getattr(response, "headers", {})))
    if code in NOT_ALLOWED:
        logger.error("Slack does not accept the app's token or scopes: %s says %s", method, code)
        return TryLater(f"{method}: {code}", AUTH_WAIT)
    if not code or code in BUSY or status >= 500:
        return TryLater(f"{method}: {code or status}")
    return Refused(method, code)


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() else timedelta(seconds=30)
