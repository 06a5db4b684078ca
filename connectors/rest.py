"""The REST channel: Rasa's own request and answer, behind the same path as every other channel.

    POST /webhooks/rest/webhook  {"sender": "…", "message": "…", "message_id": "…" (optional)}
      -> [{"recipient_id": sender, "text": "…", "buttons": [{"title", "payload"}], "custom": {…}}]

A button's payload is a token; sent back as `message` by the same sender, it presses the button. A sender is
proven only by a token that is marked trusted (U5); production takes no request without a token (S11)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from connectors.actions_client import ActionsUnavailable, KnownAccount
from connectors.envelope import MAX_CHANNEL_USER, Envelope
from connectors.http import BadRequest, answer, json_object, problem, text_field
from connectors.runtime import Runtime, current_runtime
from connectors.tokens import FILE_NAME, RestToken, RestTokens
from connectors.transcript import SentReply
from servicedesk.directory.port import AccountId
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

REPLY_SECONDS = 60.0
LOOK_UP_SECONDS = 8.0  # a restart of the action server takes about four
MAX_MESSAGE_ID = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who sends, as far as this channel proves it. Callers with other tokens are other tenants."""

    tenant: str
    account: AccountId | None = None
    language: str | None = None


class RestInput(InputChannel):
    def __init__(self, runtime: Runtime | None = None) -> None:
        self._runtime = runtime or current_runtime()
        self._settings = self._runtime.front.settings
        self._tokens = RestTokens(self._settings.state_dir / FILE_NAME)

    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("rest_channel")
        self._runtime.attach(routes, on_new_message)

        @routes.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return answer({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                return await self._receive(request)
            except BadRequest as bad:
                return problem(bad.sentence, bad.status)

        return routes

    async def _receive(self, request: Request) -> HTTPResponse:
        token = self._authorise(request)
        body = json_object(request, self._settings.limits)
        sender = text_field(body, "sender", limit=MAX_CHANNEL_USER)
        message = text_field(body, "message")
        message_id = text_field(body, "message_id", limit=MAX_MESSAGE_ID, required=False)
        known = await self._sender(token, sender)
        if known is None:
            return answer([_rendered(sender, self._try_again())])
        envelope = Envelope(
            channel=self.name(),
            tenant=known.tenant,
            channel_user=sender.encode("utf-8", "replace").decode("utf-8").replace("\0", "?"),
            account=known.account,
            key=message_id or secrets.token_hex(16),
            text=message,
            locale=known.language,
        )
        try:
            receipt = await self._runtime.core.accept(envelope)
            replies = await self._runtime.core.replies(receipt, timeout=REPLY_SECONDS)
        except StoreUnavailable:
            logger.warning("a REST message was not accepted: the store is not available")
            replies = ()
        return answer([_rendered(sender, reply) for reply in replies or (self._try_again(),)])

    def _authorise(self, request: Request) -> RestToken | None:
        """The caller's token, None for a caller who needs none. Raises BadRequest (401)."""
        header = request.headers.get("authorization", "")
        if not header:
            if self._settings.embedded:
                return None
            raise BadRequest("A token is needed: Authorization: Bearer …", 401)
        scheme, _, value = header.partition(" ")
        token = self._tokens.find(value.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise BadRequest("This token is not known.", 401)
        return token

    async def _sender(self, token: RestToken | None, sender: str) -> Sender | None:
        """None while it cannot be found out: the message is then not accepted. Taking a known employee for a stranger
        would end in questions that make no sense to them."""
        if token is None:
            return Sender(tenant="open")
        tenant = f"token:{token.name}"
        if not token.trusted:
            return Sender(tenant=tenant)
        try:
            found = await self._look_up(sender)
        except ActionsUnavailable as err:  # S1: a look-up that failed proves nothing
            logger.warning("a trusted sender could not be looked up: %s", err)
            return None
        if found is None:
            return Sender(tenant=tenant)
        return Sender(tenant=tenant, account=found.account, language=found.language)

    @retry(
        retry=retry_if_exception_type(ActionsUnavailable),
        stop=stop_after_delay(LOOK_UP_SECONDS),
        wait=wait_random_exponential(multiplier=0.2, max=1),
        reraise=True,
    )
    async def _look_up(self, sender: str) -> KnownAccount | None:
        """The action server may just be being restarted. Raises ActionsUnavailable."""
        return await self._runtime.actions.account(sender)

    def _try_again(self) -> SentReply:
        said = self._runtime.say("utter_try_again", None)
        return SentReply(text=said["text"], choices=(), custom={})


def _rendered(sender: str, reply: SentReply) -> dict[str, Any]:
    """As Rasa's own REST channel writes it, but with everything that belongs to one reply in one object."""
    rendered: dict[str, Any] = {"recipient_id": sender, "text": reply.text}
    if reply.choices:
        rendered["buttons"] = [{"title": title, "payload": token} for title, token in reply.choices]
    if reply.custom:
        rendered["custom"] = reply.custom
    return rendered
