"""A web server with the real channels on the fakes, as Rasa mounts them."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.channels.channel import register
from sanic import Sanic

from connectors.rest import RestInput
from connectors.runtime import Runtime
from connectors.web import WebInput
from tests.connectors.support import FakeDialogue

_count = 0


def application(runtime: Runtime, dialogue: FakeDialogue) -> Sanic:
    """The channels below /webhooks, and an agent that is our dialogue."""
    global _count
    _count += 1
    app = Sanic(f"channels_{_count}", configure_logging=False)
    app.ctx.agent = _Agent(dialogue)
    app.config.RESPONSE_TIMEOUT = 60
    register([RestInput(runtime), WebInput(runtime)], app, route="/webhooks/")
    return app


class _Agent:
    def __init__(self, dialogue: FakeDialogue) -> None:
        self._dialogue = dialogue
        self.tracker_store = self

    async def handle_message(self, message: Any) -> None:
        await self._dialogue.handle(message)

    async def retrieve(self, _: str) -> None:
        return None


async def serve(app: Sanic) -> tuple[Any, str]:
    """Start on a free port of 127.0.0.1; the running server and its address."""
    server = await app.create_server(host="127.0.0.1", port=0, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    host, port = server.server.sockets[0].getsockname()[:2]
    return server, f"http://{host}:{port}"


async def stop(server: Any) -> None:
    await server.before_stop()
    await server.close()
    for connection in list(server.connections):
        connection.close()
    await server.after_stop()
    await asyncio.sleep(0)
