"""Installing the app in a workspace or an organisation by OAuth:

    GET /webhooks/slack/install          to Slack, which asks whether to
    GET /webhooks/slack/oauth_redirect   back from there, with a code

Anybody may begin. Only what the settings name is kept: another's installation is given back at once (S1)."""

from __future__ import annotations

import asyncio
import logging

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.platform import TryLater
from connectors.slack.api import Refused
from connectors.slack.installations import Granted, Installations
from connectors.slack.oauth import OAuth
from connectors.slack.rotation import InstalledTokens
from connectors.slack.states import States
from connectors.web.guard import add_headers
from servicedesk.slack_settings import SlackSettings
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

MAX_CODE = 500


class Install:
    def __init__(
        self,
        *,
        settings: SlackSettings,
        oauth: OAuth,
        states: States,
        installations: Installations,
        tokens: InstalledTokens,
    ) -> None:
        self._settings = settings
        self._oauth = oauth
        self._states = states
        self._installations = installations
        self._tokens = tokens

    def attach(self, routes: Blueprint) -> None:
        @routes.route("/install", methods=["GET"])
        async def install(request: Request) -> HTTPResponse:
            return await self._begin(request)

        @routes.route("/oauth_redirect", methods=["GET"])
        async def oauth_redirect(request: Request) -> HTTPResponse:
            return await self._end(request)

    async def _begin(self, request: Request) -> HTTPResponse:
        state = self._states.issue()
        response = _page("Slack asks you next.", 302)
        response.headers["Location"] = self._oauth.address(state)
        response.headers["Set-Cookie"] = self._states.cookie(state)
        return response

    async def _end(self, request: Request) -> HTTPResponse:
        try:
            response = await self._answer(request)
        except StoreUnavailable:
            response = _page(
                "Not saved: the database is not answering. Begin again at /webhooks/slack/install.", 503
            )
        response.headers["Set-Cookie"] = self._states.no_cookie()
        return response

    async def _answer(self, request: Request) -> HTTPResponse:
        state, cookies = request.args.get("state", ""), request.headers.get("cookie", "")
        if not await asyncio.to_thread(self._states.spend, state, cookies):
            return _page(
                "This link is not yours, was used or is too old. Begin again at /webhooks/slack/install.", 400
            )
        code = request.args.get("code", "")
        if request.args.get("error") or not 0 < len(code) <= MAX_CODE:
            return _page("Nothing was installed.", 400)
        try:
            granted = await self._oauth.exchange(code)
        except (Refused, TryLater) as err:
            logger.warning("an installation in Slack came to nothing: %s", err)
            return _page(
                "Slack did not confirm the installation. Begin again at /webhooks/slack/install.", 502
            )
        if granted.workspace not in self._settings.served:
            return await self._give_back(granted)
        await asyncio.to_thread(self._installations.save, granted)
        self._tokens.forget(granted.workspace)
        logger.warning("the Slack app was installed in %s", granted.workspace)
        return _page(f"Tier0 is installed in {granted.name} ({granted.workspace}).", 200)

    async def _give_back(self, granted: Granted) -> HTTPResponse:
        logger.error(
            "the Slack app was installed in %s, which TIER0_SLACK_WORKSPACES does not name: given back",
            granted.workspace,
        )
        await asyncio.to_thread(self._installations.refuse_stranger, granted.workspace)
        try:
            await self._oauth.uninstall(granted.tokens.access)
        except (Refused, TryLater) as err:
            logger.warning("an installation could not be given back: %s", err)
        return _page(
            f"{granted.workspace} is not served by this Tier0, and nothing was kept. Its administrator adds it to "
            "TIER0_SLACK_WORKSPACES first.",
            403,
        )


def _page(sentence: str, status: int) -> HTTPResponse:
    """Plain text: nothing in it, a workspace's name for one, is markup (S9)."""
    response = HTTPResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
    return add_headers(response, nonce=None, https=True)
