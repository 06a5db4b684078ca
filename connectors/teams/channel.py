"""The channel `teams`: one route, POST /webhooks/teams/webhook, for the Bot Connector.

Verify, read, hand over, answer. Nothing of a request is read before its token has been checked (S10)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.http import BadRequest, answer, json_object, problem
from connectors.runtime import Runtime, current_runtime
from connectors.teams.activity import Activity, read
from connectors.teams.arrivals import CHANNEL, Arrivals
from connectors.teams.client import BotConnector
from connectors.teams.credentials import BotToken
from connectors.teams.http import Http
from connectors.teams.invokes import Invokes
from connectors.teams.keys import SigningKeys
from connectors.teams.platform import TeamsPlatform
from connectors.teams.service import ServiceHosts
from connectors.teams.token import NotAuthentic, TokenCheck
from connectors.teams.typing import Typing
from connectors.teams.welcome import Welcome
from servicedesk.channel_links import EvidenceKind
from servicedesk.errors import SettingsError
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)


class TeamsInput(InputChannel):
    """Raises SettingsError where Teams is not set up."""

    def __init__(self, runtime: Runtime | None = None) -> None:
        self._runtime = runtime or current_runtime()
        settings = self._runtime.front.settings
        if settings.teams is None:
            raise SettingsError("TIER0_TEAMS_APP_ID: is needed for the channel in credentials.yml")
        self._limits = settings.limits
        self._http = Http()
        services = ServiceHosts(settings.teams.service_hosts, embedded=settings.embedded)
        self._keys = SigningKeys(self._http, settings.teams.openid_url)
        self._check = TokenCheck(settings.teams, self._keys, services)
        connector = BotConnector(self._http, BotToken(self._http, settings.teams), services)
        welcome = Welcome(self._runtime.transcript, self._runtime.say, self._runtime.label)
        platform = TeamsPlatform(
            settings.teams,
            connector,
            self._runtime.front.conversations,
            self._http,
            welcome,
            evidence=EvidenceKind.OBJECT_ID if settings.directory == "entra" else EvidenceKind.EMAIL,
        )
        self._runtime.add_platform(CHANNEL, platform)
        self._typing = Typing(connector, self._runtime.core.works_on)
        self._arrivals = Arrivals(self._runtime, self._typing, welcome)
        self._invokes = Invokes(self._runtime, self._arrivals, private_chat=platform.private_chat)

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("teams_channel")
        self._runtime.attach(routes, on_new_message)

        async def stop_typing(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self._typing.stop()

        routes.listener(stop_typing, "before_server_stop")

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                with self._runtime.precedence.on_the_line():
                    return await self._receive(request)
            except NotAuthentic as err:
                logger.warning("a request was refused: %s", err, extra={"rule": "S10", "channel": CHANNEL})
                return problem("This request is not from the Bot Connector.", 401)
            except BadRequest as bad:
                return problem(bad.sentence, bad.status)
            except StoreUnavailable:
                logger.warning("an activity was not accepted: the store is not available")
                return problem("Not saved. Send it again.", 503)  # and the Bot Connector does

        return routes

    async def _receive(self, request: Request) -> HTTPResponse:
        proof = await self._check.check(request.headers.get("authorization", ""))
        activity = read(json_object(request, self._limits))
        if not self._check.is_ours(
            proof, channel=activity.channel, service_url=activity.service_url, tenant=activity.tenant
        ):
            raise BadRequest("This activity is not for this bot.", 403)
        if activity.type == "invoke":
            _refuse_nobody(activity)
            body = await self._invokes.answer(activity)
            return HTTPResponse(status=200) if body is None else answer(body)
        await self._take(activity)
        return HTTPResponse(status=200)

    async def _take(self, activity: Activity) -> None:
        if activity.from_bot:
            return
        if activity.type == "message":
            _refuse_nobody(activity)
            if activity.private or activity.mentioned or activity.value:
                await self._arrivals.message(activity)
            return
        if activity.type == "installationUpdate" and activity.object_id:
            await self._arrivals.installation(activity)
        if activity.private and activity.object_id and _is_arrival(activity):
            await self._arrivals.welcome(activity)


def _refuse_nobody(activity: Activity) -> None:
    """Somebody whom Entra does not know proves nothing, and could not be told from another."""
    if not (activity.id and activity.conversation and activity.object_id and activity.user):
        raise BadRequest("This activity names nobody.", 403)


def _is_arrival(activity: Activity) -> bool:
    """The app was installed for somebody, or the bot came into the private chat."""
    if activity.type == "installationUpdate":
        return activity.action in ("add", "add-upgrade")
    return activity.type == "conversationUpdate" and bool(activity.bot) and activity.bot in activity.added
