"""Slack's Web API through slack_sdk, and what its refusals mean to us.

A refusal comes as 200 with `"ok": false`, too much as 429 with Retry-After:
https://docs.slack.dev/apis/web-api/rate-limits"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from connectors.platform import TryLater
from servicedesk.errors import Tier0Error

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
AUTH_WAIT = timedelta(minutes=1)
BUSY = frozenset(
    {
        *("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"),
        *("request_timeout", "team_added_to_org", "accesslimited"),
    }
)
DEAD_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
NOT_ALLOWED = frozenset({"missing_scope", "no_permission", "ekm_access_denied", "org_login_required"})


class Refused(Tier0Error):
    """Slack's own word for what is wrong; another try gets the same."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code


class NotInstalled(Refused):
    """The app is not, or no longer, installed in this workspace."""

    def __init__(self, workspace: str) -> None:
        super().__init__(workspace, "not_installed")


class TokenRefused(TryLater):
    """The call was not carried out: Slack does not take its token."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}", AUTH_WAIT)
        self.code = code


class Tokens(Protocol):
    """What a call into a workspace is signed with."""

    async def of(self, workspace: str) -> str:
        """Raises NotInstalled, TryLater."""

    async def instead_of(self, workspace: str, token: str) -> str | None:
        """Another one where Slack takes this one no more; None where there is none. Raises as `of` does."""


class OneToken:
    """The one workspace's, from the settings."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def of(self, workspace: str) -> str:
        return self._token

    async def instead_of(self, workspace: str, token: str) -> str | None:
        return None


class SlackApi:
    def __init__(self, api_url: str, tokens: Tokens) -> None:
        self._api_url = api_url
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def call(self, workspace: str, method: str, **arguments: Any) -> Mapping[str, Any]:
        """One call, never carried out twice here. Raises TryLater, Refused."""
        return _data(await self._ask(workspace, method, json=arguments))

    async def read(self, workspace: str, method: str, **arguments: str) -> Mapping[str, Any]:
        """The methods that take no JSON: `users.info` and others that only read. Raises as `call` does."""
        return _data(await self._ask(workspace, method, http_verb="GET", params=arguments))

    async def whoami(self, workspace: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """`auth.test`, and the answer's headers by lower-case name: the scopes and Slack's clock are in there."""
        response = await self._ask(workspace, "auth.test", json={})
        return _data(response), {name.lower(): str(value) for name, value in response.headers.items()}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = self._client = None

    async def _ask(self, workspace: str, method: str, **request: Any) -> AsyncSlackResponse:
        token = await self._tokens.of(workspace)
        try:
            return await self._signed(token, method, **request)
        except TokenRefused:
            newer = await self._tokens.instead_of(workspace, token)
            if newer is None:
                raise
            return await self._signed(newer, method, **request)

    async def _signed(self, token: str, method: str, **request: Any) -> AsyncSlackResponse:
        body = "json" if "json" in request else "params"  # slack_sdk takes the token out and into the header
        return await asked(
            method, self._open().api_call(method, **{**request, body: {**request[body], "token": token}})
        )

    def _open(self) -> AsyncWebClient:
        if self._client is None or self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
            self._client = AsyncWebClient(
                base_url=f"{self._api_url}/",
                timeout=TIMEOUT_SECONDS,
                session=self._session,
                logger=sdk_logger(),
                retry_handlers=[],  # repeats are the queue's, in order (connectors/sending.py)
            )
        return self._client


def sdk_logger() -> logging.Logger:
    """For slack_sdk's clients: at DEBUG they write down what is said, and refresh tokens (D1)."""
    quiet = logging.getLogger(f"{__name__}.sdk")
    quiet.setLevel(logging.WARNING)
    return quiet


async def asked(method: str, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """The call's answer. Raises TryLater, Refused in place of slack_sdk's errors."""
    try:
        return await call
    except SlackApiError as err:
        raise _meaning(method, err) from err
    except (SlackClientError, aiohttp.ClientError, OSError, ValueError) as err:
        raise TryLater(f"{method}: {type(err).__name__}") from err


def _data(response: AsyncSlackResponse) -> Mapping[str, Any]:
    return response.data if isinstance(response.data, dict) else {}


def _meaning(method: str, err: SlackApiError) -> TryLater | Refused:
    response = err.response
    status = getattr(response, "status_code", 0)
    data = getattr(response, "data", response)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return TryLater(f"{method}: 429", _retry_after(getattr(response, "headers", {})))
    if code in DEAD_TOKEN or code in NOT_ALLOWED:
        logger.error("Slack does not accept the app's token or scopes: %s says %s", method, code)
        return TokenRefused(method, code) if code in DEAD_TOKEN else TryLater(f"{method}: {code}", AUTH_WAIT)
    if not code or code in BUSY or status >= 500:
        return TryLater(f"{method}: {code or status}")
    return Refused(method, code)


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() else timedelta(seconds=30)
