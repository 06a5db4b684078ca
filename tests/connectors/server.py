"""A web server with the real channels on the fakes, as Rasa mounts them."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from rasa.core.channels.channel import InputChannel, register
from rasa.shared.core.events import UserUttered
from sanic import Sanic
from sanic.touchup.service import TouchUp

from connectors.rest import RestInput
from connectors.runtime import Runtime
from connectors.web import WebInput
from tests.connectors.support import FakeActions, FakeDialogue, Front

# Sanic rewrites methods of its own at start, and can do so only once a process.
_touch_up = TouchUp.run
TouchUp.run = lambda app: None if _touched else (_touched.append(1), _touch_up(app))
_touched: list[int] = []

_count = 0
REST = "/webhooks/rest/webhook"
API = "/webhooks/web/api/"


@dataclass
class Site:
    """The address, and a browser's worth of cookies."""

    address: str
    http: aiohttp.ClientSession
    dialogue: FakeDialogue
    actions: FakeActions
    front: Front

    async def rest(self, sender: str, message: str, token: str = "", **more: Any) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"sender": sender, "message": message, **more}
        async with self.http.post(self.address + REST, json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            replies: list[dict[str, Any]] = await response.json()
        return replies

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """As our own page calls the web channel's API."""
        own = {"Origin": self.address, "X-Tier0-Chat": "1"}
        async with self.http.request(
            method, self.address + API + path, json=body, headers=own if headers is None else headers
        ) as response:
            return response.status, await response.json()

    async def sign_in(self, person: str = "kari.nordmann") -> None:
        status, _ = await self.call("POST", "session", {"person": person})
        assert status == 201

    async def news(self, after: int = 0) -> list[dict[str, Any]]:
        """Everything after `after` once nothing is being worked on."""
        for _ in range(200):
            status, page = await self.call("GET", f"messages?after={after}")
            assert status == 200, page
            if not page["working"]:
                messages: list[dict[str, Any]] = page["messages"]
                return messages
            await asyncio.sleep(0.02)
        raise AssertionError("an answer never came")

    async def write(self, identifier: str, **what: str) -> None:
        status, answer = await self.call("POST", "messages", {"id": identifier, **what})
        assert status == 202, answer


def application(runtime: Runtime, dialogue: FakeDialogue, *more: InputChannel) -> Sanic:
    """The channels below /webhooks, and an agent that is our dialogue."""
    global _count
    _count += 1
    app = Sanic(f"channels_{_count}", configure_logging=False)
    app.ctx.agent = _Agent(dialogue)
    app.config.RESPONSE_TIMEOUT = 60
    register([RestInput(runtime), WebInput(runtime), *more], app, route="/webhooks/")
    return app


class _Agent:
    def __init__(self, dialogue: FakeDialogue) -> None:
        self._dialogue = dialogue
        self.tracker_store = self
        self.processor = self

    async def handle_message(self, message: Any) -> None:
        await self._dialogue.handle(message)

    async def parse_message(self, message: Any) -> dict[str, Any]:
        return {"intent": {"name": await self._dialogue.understand(message.text, message.metadata)}}

    async def retrieve(self, _: str) -> SimpleNamespace:
        """Like a tracker: an event for each turn that was finished."""
        events = []
        for key in self._dialogue.handled():
            event = UserUttered("")
            event.message_id = key
            events.append(event)
        return SimpleNamespace(events=events, active_loop_name=None)


async def serve(app: Sanic) -> tuple[Any, str]:
    """Start on a free port of 127.0.0.1; the running server and its address."""
    listener = socket.create_server(("127.0.0.1", 0))  # Sanic takes port 0 for its default
    server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    return server, f"http://127.0.0.1:{listener.getsockname()[1]}"


async def stop(server: Any) -> None:
    await server.before_stop()
    await server.close()
    for connection in list(server.connections):
        connection.close()
    await server.after_stop()
    await asyncio.sleep(0)
