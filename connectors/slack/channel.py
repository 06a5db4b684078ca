"""The channel `slack`: one address for events, presses, modals and the slash command.

    POST /webhooks/slack/webhook

or, in Socket Mode, the same over a connection that we opened (connectors/slack/socket.py). Where several workspaces
install the app, there are two more for their administrators (connectors/slack/install.py).
Verified, stored, answered - within the three seconds that Slack waits - and worked on after that."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.codes import code_typed
from connectors.envelope import CONTROLS, STARTERS, Envelope
from connectors.http import BadRequest, answer, object_in, problem
from connectors.intake import Receipt
from connectors.platform import PlatformError
from connectors.preview import PreviewLine, lines_of
from connectors.runtime import Runtime, current_runtime
from connectors.slack import departures, events, interactivity, origin
from connectors.slack.api import Refused, SlackApi
from connectors.slack.events import Place
from connectors.slack.home import HomeTabs
from connectors.slack.modal import code_view, errors, preview_view
from connectors.slack.origin import Origin
from connectors.slack.parts import api_of, install_of, installed_of
from connectors.slack.payload import text_at
from connectors.slack.platform import SlackPlatform
from connectors.slack.socket import Socket
from connectors.slack.status import Status
from connectors.slack.verify import is_from_slack
from servicedesk.buttons import id_of
from servicedesk.conversations import LANGUAGES, Conversation, conversation_id
from servicedesk.errors import SettingsError
from servicedesk.slack_settings import SlackSettings
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

CHANNEL = "slack"
MAX_BODY = (
    256 * 1024
)  # a message of 40,000 characters comes twice in its event; the signature is checked first
MAX_FIELDS = 40


class SlackInput(InputChannel):
    def __init__(self, runtime: Runtime | None = None, api: SlackApi | None = None) -> None:
        self._runtime = runtime or current_runtime()
        front = self._runtime.front
        self._slack = _needed(front.settings.slack)
        self._limits = replace(front.settings.limits, body_bytes=MAX_BODY)
        self._front = front
        self._signing_secret = self._slack.signing_secret.read()
        self._installed = installed_of(front, self._slack) if self._slack.several else None
        self._api = api or api_of(self._slack, self._installed)
        self._platform = SlackPlatform(self._slack, self._api, front.conversations, self._runtime.label)
        self._runtime.add_platform(CHANNEL, self._platform)
        self._home = HomeTabs(self._runtime, self._api)
        self._platform.listeners.append(self._home.said)
        self._status = Status(
            self._api, front.conversations, self._runtime.core.works_on, self._runtime.label
        )
        self._tasks: set[asyncio.Task[None]] = set()
        token = self._slack.app_token
        self._socket = Socket(token, self._slack.api_url, self._take_envelope) if token else None

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("slack_channel")
        self._runtime.attach(routes, on_new_message)
        if self._socket is not None:
            _attach(self._socket, routes)
        if self._installed is not None:
            install_of(self._front, self._slack, self._installed).attach(routes)

        async def stop_showing(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self._status.stop()
            await self._home.stop()

        routes.listener(stop_showing, "before_server_stop")

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                with self._runtime.precedence.on_the_line():
                    return await self._receive(request)
            except BadRequest as bad:
                refused = problem(bad.sentence, bad.status)
                refused.headers["X-Slack-No-Retry"] = "1"
                return refused
            except StoreUnavailable:
                logger.warning("a request of Slack was not accepted: the store is not available")
                return problem("Something on our side is not answering. Try again.", 503)

        return routes

    async def _receive(self, request: Request) -> HTTPResponse:
        body = request.body or b""
        if len(body) > MAX_BODY:
            raise BadRequest(f"The body is larger than {MAX_BODY} bytes.", 413)
        secret, clock = self._signing_secret, self._front.clock
        if not is_from_slack(request.headers, body, secret=secret, clock=clock):
            raise BadRequest("This request is not signed by Slack.", 401)
        if request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json":
            return await self._take_event(object_in(body, self._limits))
        return await self._take_form(_form(body))

    async def _take_envelope(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """What came over the socket, and what is shown for it. Raises BadRequest, StoreUnavailable."""
        body = dict(payload)
        if kind == "events_api":
            shown = await self._take_event(body)
        elif kind == "interactive":
            shown = await self._take_payload(body)
        elif kind == "slash_commands":
            shown = await self._take_command({name: str(value) for name, value in body.items()})
        else:
            return None
        return json.loads(shown.body) if shown.body else None

    # --- events ---

    async def _take_event(self, body: dict[str, Any]) -> HTTPResponse:
        if text_at(body, "type") == "url_verification":
            return answer({"challenge": text_at(body, "challenge")})
        made_for = self._ours(text_at(body, "api_app_id"), origin.of_event(body, self._slack.served))
        message = events.message_in(body, origin=made_for)
        if message is not None:
            receipt = await self._accept(message.place, message.key, text=message.text)
            self._status.show(receipt.conversation.id, message.place, message.ts)
            return _empty()
        kind = text_at(body, "event", "type")
        user = text_at(body, "event", "user")
        if kind == "app_home_opened" and events.USER.fullmatch(user):
            tab, channel = text_at(body, "event", "tab"), text_at(body, "event", "channel")
            if tab == "home":
                self._later(self._home.show(made_for.installation, user))
            elif tab == "messages" and events.CHANNEL.fullmatch(channel):
                self._later(self._suggest(made_for.installation, user, channel))
        elif kind in departures.EVENTS:
            logger.error("Slack says %s: the app has lost its access to %s", kind, made_for.installation)
            if self._installed is not None:
                self._later(departures.forget_if_gone(made_for.installation, self._installed, self._api))
        return _empty()

    # --- presses, modals, the slash command ---

    async def _take_form(self, form: dict[str, str]) -> HTTPResponse:
        if form.get("ssl_check") == "1":
            return _empty()
        if "payload" in form:
            return await self._take_payload(
                object_in(form["payload"].encode("utf-8", "replace"), self._limits)
            )
        if "command" in form:
            return await self._take_command(form)
        raise BadRequest("There is nothing in it that Slack sends.")

    async def _take_payload(self, payload: dict[str, Any]) -> HTTPResponse:
        made_for = self._ours(text_at(payload, "api_app_id"), origin.of_payload(payload, self._slack.served))
        kind = text_at(payload, "type")
        if kind == "block_actions" and (press := interactivity.press_in(payload, origin=made_for)):
            await self._take_press(press)
        elif kind == "view_submission" and (given := interactivity.code_in(payload, origin=made_for)):
            return await self._take_code(given)
        elif kind == "view_submission" and (sent := interactivity.preview_in(payload, origin=made_for)):
            return await self._take_preview(sent)
        return _empty()

    async def _take_press(self, press: interactivity.Press) -> None:
        conversation = conversation_id(CHANNEL, press.place.home, press.place.channel_user)
        if press.kind == interactivity.CODE:
            self._later(self._open_modal(conversation, press))
        elif press.kind == interactivity.EDIT:
            self._later(self._open_preview(conversation, press))
        elif press.kind == interactivity.CONTROL:
            if press.value in CONTROLS:
                await self._accept(press.place, press.key, control=press.value)
        elif press.kind == interactivity.LANGUAGE:
            if press.value in LANGUAGES:
                await self._choose_language(press)
        elif self._front.buttons.belongs(conversation, press.value):
            self._home.pressed(conversation)
            await self._accept(press.place, press.key, button=press.value)
            self._status.show(conversation, press.place, press.message)
        else:
            self._later(self._say_not_yours(conversation, press))

    async def _choose_language(self, press: interactivity.Press) -> None:
        """On the Home tab; the chat speaks it from now on."""
        conversation = await self._home.private_chat(press.place.home, press.place.user)
        await asyncio.to_thread(
            self._front.conversations.set_language, conversation.id, press.value, chosen=True
        )
        self._later(self._home.show(press.place.installation, press.place.user))

    async def _take_code(self, given: interactivity.CodeGiven) -> HTTPResponse:
        """Straight to its check: what is typed there is never a message (S3)."""
        conversation = await self._known(conversation_id(CHANNEL, given.place.home, given.place.user))
        code = code_typed(given.typed[:64])
        if code is None:
            return answer(errors(self._runtime.label("code_length", _language(conversation))))
        try:
            await self._accept(given.place, given.key, code=code)
        except StoreUnavailable:
            said = self._runtime.say("utter_not_saved", _language(conversation))
            return answer(errors(str(said["text"])))
        return _empty()

    async def _take_preview(self, sent: interactivity.PreviewGiven) -> HTTPResponse:
        """As if its button had been pressed, with what was changed beforehand."""
        conversation = conversation_id(CHANNEL, sent.place.home, sent.place.user)
        if not self._front.buttons.belongs(conversation, sent.button):
            return _empty()
        try:
            await self._accept(sent.place, sent.key, button=sent.button, edits=sent.typed)
        except StoreUnavailable:
            known = await self._known(conversation)
            said = self._runtime.say("utter_not_saved", _language(known))
            return answer(errors(str(said["text"]), f"{interactivity.LINE}:0"))
        return _empty()

    async def _take_command(self, form: dict[str, str]) -> HTTPResponse:
        made_for = self._ours(form.get("api_app_id", ""), origin.of_command(form, self._slack.served))
        command = interactivity.command_in(form, origin=made_for)
        if command is None:
            return _empty()
        what = {"text": command.typed} if command.typed.strip() else {"control": "what_can_you_do"}
        receipt = await self._accept(command.place, command.key, **what)
        if receipt.conversation.address.get("channel") == command.asked_in:
            return _empty()
        said = self._runtime.say("utter_answered_private", receipt.conversation.language)
        return answer({"response_type": "ephemeral", "text": said["text"]})

    # --- shared ---

    async def _accept(self, place: Place, key: str, **what: Any) -> Receipt:
        envelope = Envelope(
            channel=CHANNEL,
            tenant=place.home,
            channel_user=place.channel_user,
            key=key,
            ask_platform=True,
            private=place.private,
            address=place.address,
            **what,
        )
        return await self._runtime.core.accept(envelope)

    def _ours(self, app: str, made_for: Origin) -> Origin:
        """Raises BadRequest (403) for an app that is not ours, or a workspace that the settings do not name."""
        if app != self._slack.app_id or not made_for.installation:
            raise BadRequest("This app or workspace is not served here.", 403)
        return made_for

    async def _known(self, conversation: str) -> Conversation | None:
        return await asyncio.to_thread(self._front.conversations.get, conversation)

    async def _open_modal(self, identifier: str, press: interactivity.Press) -> None:
        """At once: the trigger is good for three seconds."""
        conversation = await self._known(identifier)
        if conversation is None or not conversation.private:
            return
        view = code_view(press.value, self._platform.labels(conversation.language))
        await self._api.call(press.place.installation, "views.open", trigger_id=press.trigger, view=view)

    async def _open_preview(self, identifier: str, press: interactivity.Press) -> None:
        """The message's own lines; at once, as above."""
        conversation = await self._known(identifier)
        lines = await asyncio.to_thread(self._lines_to_send, identifier, press.value)
        if conversation is None or not conversation.private or not lines:
            return
        view = preview_view(lines, press.value, self._platform.labels(conversation.language))
        await self._api.call(press.place.installation, "views.open", trigger_id=press.trigger, view=view)

    def _lines_to_send(self, conversation: str, token: str) -> tuple[PreviewLine, ...]:
        """Of the message that this button stands in; () where it can be pressed no more."""
        if not self._front.buttons.belongs(conversation, token):
            return ()
        with self._front.store.reading() as connection:
            if id_of(token) not in self._front.buttons.live(connection, conversation):
                return ()
            return lines_of(self._runtime.transcript.card_of(connection, conversation, id_of(token)))

    async def _say_not_yours(self, identifier: str, press: interactivity.Press) -> None:
        """Who pressed is not who was asked (U12): only they see this, and nothing was done."""
        conversation = await self._known(identifier)
        said = self._runtime.say("utter_not_your_button", _language(conversation))
        place = press.place
        if place.channel:
            thread = {"thread_ts": place.thread} if place.thread else {}
            where = {"channel": place.channel, **thread}
            await self._api.call(
                place.installation, "chat.postEphemeral", user=place.user, text=said["text"], **where
            )

    async def _suggest(self, workspace: str, user: str, channel: str) -> None:
        """What one can begin with, above the field for the first message. Slack writes what was chosen as if typed."""
        employee = await self._home.employee(workspace, user)
        if employee is None:
            return
        starters = self._starters(employee.language)
        prompts = [{"title": title, "message": title} for _, title in starters]
        method = "assistant.threads.setSuggestedPrompts"
        await self._api.call(workspace, method, channel_id=channel, prompts=prompts)

    def _starters(self, language: str | None) -> list[tuple[str, str]]:
        return [(name, self._runtime.label(name, language)) for name in STARTERS]

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside a request that is answered already; kept hold of, and its failure told."""
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _attach(socket: Socket, routes: Blueprint) -> None:
    async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        socket.start()

    async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        await socket.stop()

    routes.listener(start, "after_server_start")
    routes.listener(stop, "before_server_stop")


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except (PlatformError, Refused, StoreUnavailable) as err:
        logger.warning("Slack was not shown something: %s", err)
    except Exception:  # the outermost edge of a background task
        logger.exception("work beside a request of Slack failed")


def _needed(settings: SlackSettings | None) -> SlackSettings:
    if settings is None:
        raise SettingsError("TIER0_SLACK_APP_ID: Slack is loaded but not set up (docs/slack.md)")
    return settings


def _language(conversation: Conversation | None) -> str | None:
    return conversation.language if conversation else None


def _empty() -> HTTPResponse:
    return HTTPResponse(b"", status=200)


def _form(body: bytes) -> dict[str, str]:
    """The fields of a form, each once. Raises BadRequest."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace"
        )
    except ValueError:  # UnicodeDecodeError is one
        raise BadRequest("The body is no form.") from None
    return dict(pairs)
