"""The channel `web`: the chat page's routes, below /webhooks/web/.

What the page sends is accepted (202) and answered through GET api/messages, which waits for news up to 20
seconds."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from connectors.actions_client import ActionsUnavailable
from connectors.codes import code_typed
from connectors.envelope import CONTROLS, STARTERS, Envelope
from connectors.http import BadRequest, answer, json_object, problem, text_field
from connectors.locale import language_of
from connectors.runtime import Runtime, current_runtime
from connectors.web.feed import Feed
from connectors.web.guard import add_headers, refuse_foreign
from connectors.web.session import COOKIE, ChatSession, Sessions
from connectors.web.view import Views
from servicedesk.conversations import LANGUAGES, Conversation
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
WAIT_SECONDS = 20.0
WORKING_WAIT_SECONDS = (
    2.0  # while the page shows "is writing", another process may end that without a message
)
STATIC_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
MESSAGE_ID = re.compile(r"[0-9A-Za-z-]{8,64}")

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class WebInput(InputChannel):
    def __init__(self, runtime: Runtime | None = None) -> None:
        self._runtime = runtime or current_runtime()
        front = self._runtime.front
        self._settings = front.settings
        self._conversations = front.conversations
        self._sessions = Sessions(front.clock, front.keys)
        self._views = Views(front.store, front.conversations, front.buttons, self._runtime.inbox, front.keys)
        self._feed = Feed(front.store)
        self._runtime.transcript.listeners.append(self._feed.tell)
        self._https = self._settings.chat_url.startswith("https://")
        self._page = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True)
        self._files = _static_files()

    @classmethod
    def name(cls) -> str:
        return "web"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("web_channel")
        self._runtime.attach(routes, on_new_message)

        async def stop_feed(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            self._feed.stop()

        routes.listener(stop_feed, "before_server_stop")
        routes.add_route(self._guarded(self._show_page), "/", methods=["GET"], name="page")
        routes.add_route(self._guarded(self._file), "/static/<name:str>", methods=["GET"], name="file")
        for path, method, handler in (
            ("session", "GET", self._get_session),
            ("session", "POST", self._post_session),
            ("session", "DELETE", self._delete_session),
            ("people", "GET", self._get_people),
            ("messages", "GET", self._get_messages),
            ("messages", "POST", self._post_message),
            ("code", "POST", self._post_code),
            ("language", "POST", self._post_language),
        ):
            name = f"{method.lower()}_{path}"
            routes.add_route(self._guarded(handler), f"/api/{path}", methods=[method], name=name)
        return routes

    # --- the page ---

    async def _show_page(self, request: Request) -> HTTPResponse:
        nonce = secrets.token_urlsafe(16)
        html = self._page.get_template("chat.html").render(
            nonce=nonce,
            company=self._settings.company,
            desk_url=self._settings.desk_url,
            embedded=self._settings.embedded,
            limit=self._settings.limits.message_characters,
        )
        response = HTTPResponse(html, content_type="text/html; charset=utf-8")
        return add_headers(response, nonce=nonce, https=self._https)

    async def _file(self, request: Request, name: str = "") -> HTTPResponse:
        found = self._files.get(name)
        if found is None:
            return problem("There is no such file.", 404)
        content, content_type = found
        return HTTPResponse(content, content_type=f"{content_type}; charset=utf-8")

    # --- who it is ---

    async def _get_session(self, request: Request) -> HTTPResponse:
        session = self._session(request)
        if session is None:
            return answer({"signed_in": False})
        conversation = await self._conversation(session)
        language = conversation.language or language_of(request.args.get("locale", ""))
        return answer(
            {
                "signed_in": True,
                "name": session.name,
                "proven": conversation.proven,
                "language": conversation.language,
                "conversation": conversation.id[:8],
                **self._greeting(language),
            }
        )

    async def _post_session(self, request: Request) -> HTTPResponse:
        """Embedded: as one of the demo's people, proven; or as nobody. Production: as nobody yet."""
        body = json_object(request, self._settings.limits)
        wanted = text_field(body, "person", limit=64, required=False)
        locale = language_of(text_field(body, "locale", limit=35, required=False))
        person = await self._person(wanted) if wanted else {}
        session, cookie = self._sessions.issue(
            account=person.get("id"),
            name=str(person.get("display_name", "")),
            language=language_of(str(person.get("language", ""))) or locale,
        )
        await self._conversation(session)
        response = answer({"signed_in": True, "name": session.name, "language": session.language}, 201)
        response.cookies[COOKIE] = cookie
        self._protect_cookie(response)
        return response

    async def _delete_session(self, request: Request) -> HTTPResponse:
        response = answer({"signed_in": False})
        response.cookies[COOKIE] = ""
        response.cookies[COOKIE]["max-age"] = 0
        self._protect_cookie(response)
        return response

    async def _get_people(self, request: Request) -> HTTPResponse:
        if not self._settings.embedded:
            raise BadRequest("There is no such page.", 404)
        fields = ("id", "display_name", "username", "country", "site", "department", "language", "note")
        people = await self._runtime.actions.people()
        return answer([{name: str(person.get(name) or "") for name in fields} for person in people])

    # --- the conversation ---

    async def _get_messages(self, request: Request) -> HTTPResponse:
        conversation = await self._conversation(self._needed(request))
        after, known = _number(request, "after"), bool(_number(request, "working"))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (WAIT_SECONDS if _number(request, "wait") else 0)
        with self._feed.news(conversation.id) as news:
            while True:
                news.clear()
                page = await asyncio.to_thread(self._views.page, conversation.id, after=after)
                left = deadline - loop.time()
                if page.messages or page.working != known or left <= 0:
                    return answer(
                        {"messages": page.messages, "working": page.working, "language": page.language}
                    )
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), min(left, WORKING_WAIT_SECONDS) if known else left)

    async def _post_message(self, request: Request) -> HTTPResponse:
        """{"id", and one of "text", "button" (a token), "control" ("person")}"""
        session = self._needed(request)
        body = json_object(request, self._settings.limits)
        kinds = [kind for kind in ("text", "button", "control") if body.get(kind) is not None]
        if len(kinds) != 1:
            raise BadRequest('Exactly one of "text", "button" and "control" is needed.')
        value = text_field(body, kinds[0])
        if kinds[0] == "control" and value not in CONTROLS:
            raise BadRequest(f'"control" must be one of {", ".join(CONTROLS)}.')
        return await self._accept(session, _message_id(body), **{kinds[0]: value})

    async def _post_code(self, request: Request) -> HTTPResponse:
        """The code field has a way of its own: what is typed there is never a message (S3)."""
        session = self._needed(request)
        body = json_object(request, self._settings.limits)
        code = code_typed(text_field(body, "code", limit=64))
        if code is None:
            raise BadRequest("A code has 6 to 8 digits.", 422)
        return await self._accept(session, _message_id(body), code=code)

    async def _post_language(self, request: Request) -> HTTPResponse:
        conversation = await self._conversation(self._needed(request))
        language = text_field(json_object(request, self._settings.limits), "language", limit=8)
        if language not in LANGUAGES:
            raise BadRequest(f'"language" must be one of {", ".join(LANGUAGES)}.')
        await asyncio.to_thread(self._conversations.set_language, conversation.id, language, chosen=True)
        return answer({"language": language, **self._greeting(language)})

    def _greeting(self, language: str | None) -> dict[str, Any]:
        """What stands above every conversation (D5), and what one can begin with."""
        controls = [{"name": name, "title": self._runtime.label(name, language)} for name in STARTERS]
        return {"intro": self._runtime.say("utter_intro", language)["text"], "controls": controls}

    async def _accept(self, session: ChatSession, message_id: str, **what: Any) -> HTTPResponse:
        envelope = Envelope(
            channel=self.name(),
            tenant="",
            channel_user=session.sender,
            account=session.account,
            private=True,
            key=message_id,
            locale=session.language,
            **what,
        )
        receipt = await self._runtime.core.accept(envelope)
        return answer({"accepted": True, "new": receipt.new}, 202)

    # --- shared ---

    def _guarded(self, handler: Callable[..., Awaitable[HTTPResponse]]) -> Callable[..., Any]:
        """Every route: S13's headers; unsafe methods only from our page; what goes wrong as a plain
        sentence."""

        @wraps(handler)
        async def guarded(request: Request, **arguments: str) -> HTTPResponse:
            try:
                if request.method not in ("GET", "HEAD"):
                    refuse_foreign(request, self._settings)
                response = await handler(request, **arguments)
            except BadRequest as bad:
                response = problem(bad.sentence, bad.status)
            except (StoreUnavailable, ActionsUnavailable) as err:
                logger.warning("the chat page was told to try again: %s", type(err).__name__)
                response = problem("Something on our side is not answering. Try again.", 503)
                response.headers["Retry-After"] = "3"
            if "content-security-policy" in response.headers:
                return response
            return add_headers(response, nonce=None, https=self._https)

        return guarded

    def _session(self, request: Request) -> ChatSession | None:
        return self._sessions.read(request.cookies.get(COOKIE))

    def _needed(self, request: Request) -> ChatSession:
        session = self._session(request)
        if session is None:
            raise BadRequest("There is no chat session, or it has ended.", 401)
        return session

    async def _person(self, wanted: str) -> dict[str, Any]:
        if not self._settings.embedded:
            raise BadRequest("A person cannot be chosen here.", 403)
        for person in await self._runtime.actions.people():
            if wanted in (person.get("id"), person.get("username")):
                return person
        raise BadRequest("There is no such person.", 404)

    async def _conversation(self, session: ChatSession) -> Conversation:
        return await asyncio.to_thread(
            self._conversations.open,
            channel=self.name(),
            tenant="",
            channel_user=session.sender,
            account=session.account,
            private=True,
            language=session.language,
        )

    def _protect_cookie(self, response: HTTPResponse) -> None:
        cookie = response.cookies[COOKIE]
        cookie["path"] = "/webhooks/web"
        cookie["httponly"] = True
        cookie["samesite"] = "Strict"
        if self._https:
            cookie["secure"] = True


def _static_files() -> dict[str, tuple[bytes, str]]:
    """All that may be asked for, read once: no path from a request reaches the disk."""
    files = {}
    for folder in (FOLDER / "static", FOLDER / "texts"):
        for path in sorted(folder.iterdir()):
            if path.suffix in STATIC_TYPES:
                files[path.name] = (path.read_bytes(), STATIC_TYPES[path.suffix])
    return files


def _number(request: Request, name: str) -> int:
    value = request.args.get(name, "0")
    if not value.isascii() or not value.isdecimal() or len(value) > 15:
        raise BadRequest(f'"{name}" must be a number.')
    return int(value)


def _message_id(body: dict[str, Any]) -> str:
    identifier = text_field(body, "id", limit=64)
    if not MESSAGE_ID.fullmatch(identifier):
        raise BadRequest('"id" must be 8 to 64 letters, digits or dashes.')
    return identifier


def interface_texts(language: str) -> dict[str, str]:
    """The chat page's own words in one language."""
    texts: dict[str, str] = json.loads((FOLDER / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return texts
