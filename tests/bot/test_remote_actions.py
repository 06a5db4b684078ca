"""Calls to an action server that is just being restarted."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web

from bot.rasa import prepare

prepare()

from rasa.utils.endpoints import EndpointConfig  # noqa: E402

from bot import remote_actions  # noqa: E402
from bot.steps import wait_with  # noqa: E402


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EndpointConfig, "request", EndpointConfig.request)
    monkeypatch.setattr(remote_actions, "PATIENCE_SECONDS", 3.0)
    remote_actions.install()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_call_waits_for_a_server_that_comes_back():
    """F7: the answer of the second try counts, with the headers of the first."""
    port, seen = free_port(), []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.headers["X-Mark"])
        return web.json_response({"events": []})

    app = web.Application()
    app.router.add_post("/webhook", answer)
    endpoint = EndpointConfig(f"http://127.0.0.1:{port}/webhook", headers={"X-Mark": "kept"})
    call = asyncio.create_task(endpoint.request(json={"next_action": "x"}))
    await asyncio.sleep(0.4)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        assert await call == {"events": []}
        assert seen == ["kept"]
    finally:
        await runner.cleanup()


async def test_call_gives_up_in_time():
    endpoint = EndpointConfig(f"http://127.0.0.1:{free_port()}/webhook")
    with pytest.raises(aiohttp.ClientConnectionError):
        await asyncio.wait_for(endpoint.request(json={}), 8)


async def test_the_dialogue_goes_on_when_it_is_its_turn():
    """S10: the answer is there, and the work on it waits for whom the platforms wait for."""
    asked, turn = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"events": []})

    async def wait() -> None:
        asked.set()
        await turn.wait()

    async def dialogue() -> object:
        wait_with(wait)
        return await endpoint.request(json={"next_action": "x"})

    app = web.Application()
    app.router.add_post("/webhook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = EndpointConfig(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook")
    try:
        going = asyncio.create_task(dialogue())
        await asyncio.wait_for(asked.wait(), 10)
        assert not going.done()
        turn.set()
        assert await going == {"events": []}
        assert await endpoint.request(json={}) == {"events": []}, "who was told of no turns waits for none"
    finally:
        await runner.cleanup()
