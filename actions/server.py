"""Rasa's action server, closed to all but our own processes (S11), and what connectors ask that needs a directory.

The rasa process holds no directory credential. So it hands codes over to here for checking, and asks here which account
a trusted REST client speaks for, and in embedded mode who the demo's people are."""

from __future__ import annotations

import asyncio
import hmac
import logging
from dataclasses import asdict

from rasa_sdk.endpoint import create_app as create_sdk_app
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.overview import overview
from bot import sanic_guard
from servicedesk.bootstrap import Services
from servicedesk.channel_links import Evidence, EvidenceKind
from servicedesk.directory.embedded import EmbeddedDirectory
from servicedesk.directory.errors import DirectoryError
from servicedesk.keys import Purpose
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

OPEN_PATH = "/health"
KINDS_OF_EVIDENCE = frozenset(kind.value for kind in EvidenceKind)


def create_app(services: Services) -> Sanic:
    sanic_guard.install()
    app = create_sdk_app("actions", cors_origins=[])
    app.register_middleware(_only_our_processes(services.keys.text(Purpose.INTERNAL)), "request")

    @app.post("/internal/code")
    async def check_code(request: Request) -> HTTPResponse:
        """A typed code, straight from the connector: it never becomes a message (connectors.md)."""
        body = request.json or {}
        fields = [body.get(name) for name in ("conversation", "channel_user", "code")]
        if not all(isinstance(field, str) and field for field in fields):
            return json({"error": "conversation, channel_user and code are needed"}, status=400)
        conversation, channel_user, code = map(str, fields)
        try:
            result = await asyncio.to_thread(
                services.verification.check, conversation=conversation, channel_user=channel_user, code=code
            )
        except (StoreUnavailable, DirectoryError):
            logger.exception("a code could not be checked")
            return json({"error": "not available"}, status=503)
        return json({"outcome": result.outcome, "tries_left": result.tries_left})

    @app.get("/internal/account")
    async def account(request: Request) -> HTTPResponse:
        """The account that a trusted REST client names; null where there is not exactly one."""
        username = request.args.get("username", "")
        try:
            found = await asyncio.to_thread(services.directory.find_by_username, username)
        except DirectoryError:
            logger.exception("an account could not be looked up")
            return json({"error": "not available"}, status=503)
        return json({"account": found.id if found else None, "language": found.language if found else None})

    @app.post("/internal/link")
    async def link(request: Request) -> HTTPResponse:
        """The account of a chat platform's user, by what the platform says of them; null where that is not certain."""
        body = request.json or {}
        fields = [body.get(name) for name in ("channel", "tenant", "user", "evidence", "value")]
        if not all(isinstance(field, str) for field in fields) or fields[3] not in KINDS_OF_EVIDENCE:
            return json({"error": "channel, tenant, user, evidence and value are needed"}, status=400)
        channel, tenant, user, kind, value = map(str, fields)
        try:
            found = await asyncio.to_thread(
                services.channel_links.account_of,
                channel=channel,
                tenant=tenant,
                user=user,
                evidence=Evidence(EvidenceKind(kind), value),
            )
        except (StoreUnavailable, DirectoryError):
            logger.exception("a chat platform's user could not be looked up")
            return json({"error": "not available"}, status=503)
        return json({"account": found.id if found else None, "language": found.language if found else None})

    @app.get("/internal/overview")
    async def at_a_glance(request: Request) -> HTTPResponse:
        """What the person of a private conversation sees of their tickets, and what is down."""
        identifier, language = request.args.get("conversation", ""), request.args.get("language", "")
        try:
            conversation = await asyncio.to_thread(services.conversations.get, identifier)
            if conversation is None or not conversation.private:
                return json({"error": "there is no such private conversation"}, status=404)
            return json(await asyncio.to_thread(overview, services, conversation, language))
        except StoreUnavailable:
            logger.exception("nobody's tickets could be looked up")
            return json({"error": "not available"}, status=503)

    @app.get("/internal/people")
    async def people(request: Request) -> HTTPResponse:
        """The demo's employees to choose from; 404 outside embedded mode."""
        directory = services.directory
        if not services.settings.embedded or not isinstance(directory, EmbeddedDirectory):
            return json({"error": "there are no demo people here"}, status=404)
        found = await asyncio.to_thread(directory.people)
        return json([asdict(person) for person in found])

    return app


def _only_our_processes(token: str):  # type: ignore[no-untyped-def]  # Sanic's middleware type is private
    expected = f"Bearer {token}".encode()

    async def check(request: Request) -> HTTPResponse | None:
        if request.path == OPEN_PATH:
            return None
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        return None if hmac.compare_digest(given, expected) else json({"error": "not allowed"}, status=401)

    return check
