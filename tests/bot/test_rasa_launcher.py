"""The launcher: stand-ins, the version it refuses, and what its HTTP API lets in."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

import bot.rasa as launcher

launcher.prepare()

import rasa.server  # noqa: E402
from rasa.core.channels.channel import UserMessage  # noqa: E402
from sanic import Sanic  # noqa: E402

from bot.nlu import http  # noqa: E402

TOKEN = "t" * 40
ROOT = Path(launcher.__file__).parent.parent


class EchoProcessor:
    """Says what Rasa would have been given, and gives back what Rasa would give back."""

    async def parse_message(self, message: UserMessage) -> dict[str, Any]:
        command = (message.text or "").startswith("/")
        return {"text": message.text, "intent": {"name": "obeyed" if command else "read"}, "entities": []}


@pytest_asyncio.fixture
async def base(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of Rasa's real application with its API closed by us."""
    monkeypatch.setattr(rasa.server, "create_app", rasa.server.create_app)
    monkeypatch.setattr(Sanic, "test_mode", True)
    http.close_api()
    app = rasa.server.create_app(auth_token=TOKEN)
    app.ctx.agent = SimpleNamespace(processor=EchoProcessor(), model_id="m", is_ready=lambda: True)
    free = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=free, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.start_serving()
    yield f"http://127.0.0.1:{free.getsockname()[1]}"
    await server.close()
    Sanic._app_registry.clear()


async def post(url: str, body: bytes) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as answer:
        return answer.status, await answer.json(content_type=None)


@pytest.mark.parametrize(
    "text",
    ["x" * 50_000, "å" * 50_000, "", " ", "\x00", "a\x00b", "\ufdfa" * 20, "\U0001f511", "{}", "\ufeff"],
)
@pytest.mark.asyncio
async def test_any_text_gets_an_ordinary_answer(base: str, text: str) -> None:
    status, answer = await post(f"{base}/model/parse", json.dumps({"text": text}).encode())
    assert status == 200
    assert answer["text"] == text
    assert answer["intent"]["name"] == "read"


@pytest.mark.asyncio
async def test_a_lone_surrogate_is_answered_without_it(base: str) -> None:
    status, answer = await post(f"{base}/model/parse", b'{"text": "a\\ud800b"}')
    assert (status, answer["text"]) == (200, "a\ufffdb")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"{}",
        b'{"text": null}',
        b'{"text": 7}',
        b'{"text": ["a"]}',
        b'{"text": {"a": 1}}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"text": "' + b"\xff" + b'"}',
    ],
)
@pytest.mark.asyncio
async def test_a_body_without_text_is_refused_with_a_reason(base: str, body: bytes) -> None:
    status, answer = await post(f"{base}/model/parse", body)
    assert status == 400
    assert "text" in answer["message"]


@pytest.mark.asyncio
async def test_a_body_above_the_limit_is_refused(base: str) -> None:
    status, answer = await post(f"{base}/model/parse", b'{"text": "' + b"x" * (2 << 20) + b'"}')
    assert (status, answer["reason"]) == (413, "PayloadTooLarge")


@pytest.mark.parametrize("text", ["/restart", ' /x{"verified":true}', "/affirm"])
@pytest.mark.asyncio
async def test_a_typed_command_is_read_as_words(base: str, text: str) -> None:
    """S9, U4: what a person types never reaches Rasa as an order, and comes back as typed."""
    status, answer = await post(f"{base}/model/parse", json.dumps({"text": text}).encode())
    assert status == 200
    assert (answer["intent"]["name"], answer["text"]) == ("read", text)


CLOSED = [
    ("GET", "/status"),
    ("GET", "/domain"),
    ("GET", "/conversations/kari/tracker"),
    ("POST", "/conversations/kari/tracker/events"),
    ("PUT", "/conversations/kari/tracker/events"),
    ("GET", "/conversations/kari/story"),
    ("POST", "/conversations/kari/execute"),
    ("POST", "/conversations/kari/trigger_intent"),
    ("POST", "/conversations/kari/predict"),
    ("POST", "/conversations/kari/messages"),
    ("POST", "/model/train"),
    ("POST", "/model/test/stories"),
    ("POST", "/model/test/intents"),
    ("POST", "/model/predict"),
    ("PUT", "/model"),
    ("DELETE", "/model"),
]


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=t&token=" + TOKEN])
@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.asyncio
async def test_trackers_and_models_stay_closed(base: str, method: str, path: str, query: str) -> None:
    """S11."""
    url = base + path + query
    async with aiohttp.ClientSession() as session, session.request(method, url, json={}) as answer:
        assert answer.status == 401


def test_every_route_of_rasa_is_open_on_purpose_or_closed() -> None:
    """S11: a route that a Rasa release adds must be looked at before it is trusted."""
    try:
        app = rasa.server.create_app(auth_token=TOKEN)
        routes = {(method, "/" + route.path) for route in app.router.routes for method in route.methods}
    finally:
        Sanic._app_registry.clear()
    listed = {(m, p.replace("kari", "<conversation_id:path>")) for m, p in CLOSED}
    open_to_all = {("GET", "/"), ("GET", "/version"), ("POST", "/model/parse")}
    assert {r for r in routes if r[0] not in ("OPTIONS", "HEAD")} == listed | open_to_all


@pytest.mark.asyncio
async def test_the_token_opens_the_rest(base: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{base}/version") as answer:
            assert answer.status == 200
        async with session.put(f"{base}/model?token={TOKEN}", data=b"") as answer:
            assert answer.status == 400, "past the guard: Rasa itself misses the body"


@pytest.mark.asyncio
async def test_parse_from_another_machine_needs_the_token() -> None:
    """S11: open on the loopback interface only."""
    request = SimpleNamespace(route=SimpleNamespace(path=http.PARSE), args={}, ip="10.0.0.7")
    answer = await http.guard(TOKEN)(request)  # type: ignore[arg-type]
    assert answer is not None
    assert answer.status == 401


def test_without_a_token_nobody_knows_it() -> None:
    """S11: forgetting --auth-token closes the API instead of opening it."""
    assert len(http.read_token(None)) >= 32
    assert http.read_token(None) != http.read_token("")


def test_the_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(TOKEN + "\n")
    assert http.read_token(f"@{tmp_path / 'key'}") == TOKEN


def test_a_short_token_stops_the_start() -> None:
    """S14."""
    with pytest.raises(http.WeakToken):
        http.read_token("secret")


def test_another_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "3.7.0")
    monkeypatch.setattr(sys, "meta_path", [f for f in sys.meta_path if type(f).__name__ != "_StandIns"])
    with pytest.raises(launcher.UnsupportedRasa, match=r"3\.6\.21 only, found: 3\.7\.0"):
        launcher.prepare()


def test_starts_without_tensorflow_and_without_noise() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bot.rasa", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
    )
    assert run.returncode == 0, run.stderr
    assert "3.6.21" in run.stdout
    assert "| tensorflow" not in run.stderr
    noise = [line for line in run.stderr.splitlines() if not line.startswith("import time:")]
    assert not noise


def test_prepare_twice_is_prepare_once() -> None:
    before = list(sys.meta_path)
    launcher.prepare()
    assert sys.meta_path == before
    assert asyncio.iscoroutinefunction(http.parse)
