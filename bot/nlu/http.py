"""What Rasa's HTTP API lets in: `/model/parse` from this machine, everything else by token (S11).

Rasa's API without a token is open altogether: trackers, model upload, training. With one it is closed
altogether, `/model/parse` too. And its own `/model/parse` obeys a typed `/intent`, and answers 500 to an
empty body, a number for text or a lone surrogate. One middleware in front of the routes cures all of that;
Rasa's own check of the token stays behind it.

The chat goes through the same `MessageProcessor.parse_message`, so both are understood alike.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import rasa.server
from rasa.core.channels.channel import UserMessage
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.nlu.text import as_typed

PARSE = "model/parse"
OPEN_ROUTES = frozenset({"", "version"})
WEBHOOKS = "webhooks/"
MAX_BODY_BYTES = 1 << 20
MIN_TOKEN_LENGTH = 32

_SURROGATES = re.compile("[\ud800-\udfff]")

Middleware = Callable[[Request], Awaitable[HTTPResponse | None]]


class WeakToken(ValueError):
    """The API token is missing from its file, or shorter than 32 characters (S14)."""


def close_api() -> None:
    """From now on every application that Rasa builds with its API has `guard` in front. Idempotent."""
    create_app = rasa.server.create_app
    if getattr(create_app, "closed", False):
        return

    def create_closed_app(*args: Any, auth_token: str | None = None, **kwargs: Any) -> Sanic:
        token = read_token(auth_token)
        app = create_app(*args, auth_token=token, **kwargs)
        app.config.REQUEST_MAX_SIZE = MAX_BODY_BYTES
        app.register_middleware(guard(token), "request")
        return app

    create_closed_app.closed = True  # type: ignore[attr-defined]
    rasa.server.create_app = create_closed_app


def read_token(given: str | None) -> str:
    """The token of `--auth-token`: `@FILE` is read from FILE; without one, a random token that nobody knows.

    Raises `WeakToken`.
    """
    if not given:
        return secrets.token_urlsafe(32)
    token = Path(given[1:]).read_text(encoding="utf-8").strip() if given.startswith("@") else given
    if len(token) < MIN_TOKEN_LENGTH:
        raise WeakToken(f"--auth-token: at least {MIN_TOKEN_LENGTH} characters are needed")
    return token


def guard(token: str) -> Middleware:
    """A request middleware that refuses, answers `/model/parse` itself, or lets the request through."""

    async def check(request: Request) -> HTTPResponse | None:
        route = request.route.path if request.route else ""
        if route in OPEN_ROUTES or route.startswith(WEBHOOKS):
            return None
        trusted = hmac.compare_digest(request.args.get("token", "").encode(), token.encode())
        if route == PARSE and (trusted or _is_loopback(request.ip)):
            return await parse(request)
        return None if trusted else _problem(401, "NotAuthenticated", "A token is needed.")

    return check


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def parse(request: Request) -> HTTPResponse:
    """Understands `{"text": …}` as words, whatever it starts with. No text: 400 with a reason."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        # Sanic has not read the body, and asks its middlewares for an answer all the same.
        return _problem(413, "PayloadTooLarge", f"At most {MAX_BODY_BYTES} bytes.")
    text = _text_of(request)
    if text is None:
        return _problem(400, "BadRequest", 'The body must be a JSON object with a string "text".')
    agent = request.app.ctx.agent
    if agent is None or agent.processor is None:
        return _problem(409, "Conflict", "No model is loaded.")
    understood = await agent.processor.parse_message(UserMessage(as_typed(text.strip())))
    return _json({**understood, "text": text})


def _text_of(request: Request) -> str | None:
    try:
        body = request.json
    except (SanicException, ValueError, RecursionError):
        return None
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str):
        return None
    # A lone surrogate is legal in JSON's \\u notation, but no text: it cannot be sent back.
    return _SURROGATES.sub("\ufffd", text)


def _problem(status: int, reason: str, message: str) -> HTTPResponse:
    return _json({"status": "failure", "message": message, "reason": reason, "code": status}, status)


def _json(payload: dict[str, Any], status: int = 200) -> HTTPResponse:
    body = json.dumps(payload, ensure_ascii=False)
    return HTTPResponse(body, status=status, content_type="application/json")
