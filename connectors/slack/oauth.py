"""Slack's side of an installation: where it is agreed to, and what a code or a refresh token is exchanged for.

https://docs.slack.dev/authentication/installing-with-oauth, https://docs.slack.dev/authentication/using-token-rotation"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

from connectors.platform import TryLater
from connectors.slack.api import TIMEOUT_SECONDS, Refused, asked, sdk_logger
from connectors.slack.installations import Granted, TokenPair
from connectors.slack.manifest import REDIRECT, scopes
from connectors.slack.payload import at, text_at
from servicedesk.clock import Clock
from servicedesk.errors import SettingsError
from servicedesk.slack_settings import SlackSettings

METHOD = "oauth.v2.access"


class OAuth:
    def __init__(self, settings: SlackSettings, chat_url: str, clock: Clock) -> None:
        """Raises SettingsError where the client secret cannot be read."""
        if settings.client_secret is None:
            raise SettingsError("TIER0_SLACK_CLIENT_SECRET_FILE: is needed to install the app by OAuth")
        self._app_id = settings.app_id
        self._clock = clock
        self._redirect_uri = f"{chat_url}{REDIRECT}"
        self._ours = {"client_id": settings.client_id, "client_secret": settings.client_secret.read()}
        self._client = AsyncWebClient(
            base_url=f"{settings.api_url}/", timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=sdk_logger()
        )
        self._authorize = AuthorizeUrlGenerator(
            client_id=settings.client_id,
            redirect_uri=quote(self._redirect_uri, safe=""),
            scopes=scopes(),
            authorization_url=f"{settings.api_url.removesuffix('/api')}/oauth/v2/authorize",
        )

    def address(self, state: str) -> str:
        """Where whoever installs the app is asked whether to."""
        return self._authorize.generate(quote(state, safe=""))

    async def exchange(self, code: str) -> Granted:
        """What the code of an agreed installation stands for. Raises Refused, TryLater."""
        call = self._client.oauth_v2_access(**self._ours, code=code, redirect_uri=self._redirect_uri)
        return self._granted((await asked(METHOD, call)).data)

    async def renew(self, refresh: str) -> TokenPair:
        """A new pair for an old one's refresh token. Raises Refused, TryLater."""
        call = self._client.oauth_v2_access(**self._ours, grant_type="refresh_token", refresh_token=refresh)
        return self._tokens((await asked(METHOD, call)).data)

    async def uninstall(self, access: str) -> None:
        """Give an installation back. Raises Refused, TryLater."""
        await asked("apps.uninstall", self._client.apps_uninstall(**self._ours, token=access))

    def _granted(self, answer: Any) -> Granted:
        whole = at(answer, "is_enterprise_install") is True
        if text_at(answer, "app_id") != self._app_id or text_at(answer, "token_type") != "bot":
            raise Refused(METHOD, "not_this_apps_bot")
        place = "enterprise" if whole else "team"
        return Granted(
            workspace=text_at(answer, place, "id"),
            name=text_at(answer, place, "name"),
            bot_user=text_at(answer, "bot_user_id"),
            scopes=tuple(scope.strip() for scope in text_at(answer, "scope").split(",")),
            tokens=self._tokens(answer),
        )

    def _tokens(self, answer: Any) -> TokenPair:
        access, lasts = text_at(answer, "access_token"), at(answer, "expires_in")
        if not access or not isinstance(answer, Mapping):
            raise TryLater(f"{METHOD}: no token in the answer")
        expires = self._clock.now() + timedelta(seconds=lasts) if isinstance(lasts, int) else None
        return TokenPair(access=access, refresh=text_at(answer, "refresh_token"), expires_at=expires)
