"""Microsoft's Agents Playground, a Teams client on this machine, in front of our bot.

It sends no token, so a proxy stands between that signs each request with the stand-in's key. The Playground is for
evaluation only and is not part of Tier0; `make playground` installs it for these tests, and CI always does."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from playwright.async_api import Page, Route, async_playwright

from tests.connectors.teams.microsoft import APP_ID, TENANT, Microsoft

ROOT = Path(__file__).resolve().parent.parent.parent.parent
COMMAND = ROOT / "build" / "playground" / "node_modules" / ".bin" / "agentsplayground"
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
SEEN = ROOT / "build" / "playground-seen"  # what a person should look at after a change
PATIENCE_MS = 90_000
# It listens on all interfaces; this keeps it to 127.0.0.1.
LOOPBACK_ONLY = (
    'const s=require("net").Server.prototype,l=s.listen;'
    's.listen=function(p,...a){return l.call(this,p,...(a[0]?.at?[]:["127.0.0.1"]),...a)}'
)
NAMES = ("Kari Nordmann", "Ola Hansen", "Elsa Lind", "Lena Schmidt", "Emily Clarke", "Nils Berg")
PERSONAL = "a1personal"


def users() -> list[dict[str, str]]:
    found = []
    for number, name in enumerate(NAMES):
        first, last = name.split()
        address = f"{first}.{last}@nordlys.example".lower()
        found.append(
            {
                "id": f"29:{first.lower()}",
                "name": name,
                "userPrincipleName": address,
                "aadObjectId": f"0a6d3c9e-{number}{number}{number}{number}-4d1a-9c11-0123456789ab",
                "givenName": first,
                "surname": last,
                "email": address,
            }
        )
    return found


@asynccontextmanager
async def opened(
    folder: Path, webhook: str, microsoft: Microsoft, http: aiohttp.ClientSession
) -> AsyncIterator[Page]:
    """The Playground's page in front of the bot at `webhook`; nothing of it comes from anywhere else."""
    for needed, how in ((COMMAND, "make playground"), (CHROMIUM, "apt install chromium")):
        if not needed.exists():
            word = f"no {needed}: {how}"
            pytest.fail(word) if os.environ.get("CI") else pytest.skip(word)
    proxy, bot, _ = await signing_proxy(webhook, microsoft, http)
    started = await start(folder, bot, http)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            page = await browser.new_page(viewport={"width": 1280, "height": 1200})
            page.set_default_timeout(PATIENCE_MS)
            await page.route("**/*", _only_local)
            await page.goto(started.address)
            yield page
            await browser.close()
    finally:
        await started.stop()
        await proxy.cleanup()


async def _only_local(route: Route) -> None:
    local = route.request.url.startswith(("http://127.0.0.1", "http://localhost"))
    await (route.continue_() if local else route.abort())


async def write(page: Page, text: str) -> None:
    box = page.locator('[contenteditable="true"]').first
    await box.click()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


async def look(page: Page, name: str) -> None:
    """Keep what is to be seen now as build output. The Playground has no dark theme."""
    SEEN.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SEEN / f"{name}.png")


@dataclass
class Playground:
    port: int
    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def call(self, path: str, body: Any) -> Any:
        async with self.http.post(f"{self.address}{path}", json=body) as response:
            text = await response.text()
            assert response.status < 300, (path, response.status, text)
            return text

    async def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        await self.process.wait()


async def start(folder: Path, bot: str, http: aiohttp.ClientSession) -> Playground:
    """The Playground, talking to the webhook at `bot`. Raises AssertionError with its log when it does not come up."""
    port = free_port()
    me, *others = users()
    config = {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": f"28:{APP_ID}", "name": "Tier0"},
        "currentUser": me,
        "users": others,
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": "19:group@thread.v2", "name": "Group"},
        "team": {
            "id": "19:team",
            "name": "Team",
            "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": "19:general", "name": "General"}],
        },
    }
    (folder / "playground.yml").write_text(yaml.safe_dump(config))
    (folder / "loopback.cjs").write_text(LOOPBACK_ONLY)
    environment = {
        **os.environ,
        "TEAMSAPPTESTER_BROWSER": "none",
        "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(folder / "playground.yml"),
        "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / "playground.log"),
        "NODE_OPTIONS": f"--require {folder / 'loopback.cjs'}",
    }
    process = await asyncio.create_subprocess_exec(
        *(str(COMMAND), "start", "--disable-telemetry", "-p", str(port), "-c", "msteams", "-e", bot),
        env=environment,
        stdout=(folder / "playground.out").open("wb"),
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    playground = Playground(port, process, http)
    for _ in range(300):
        try:
            async with http.get(playground.address) as response:
                if response.status < 500:
                    return playground
        except aiohttp.ClientError:
            await asyncio.sleep(0.2)
        assert process.returncode is None, (folder / "playground.out").read_text()
    raise AssertionError((folder / "playground.out").read_text())


async def signing_proxy(
    bot: str, microsoft: Microsoft, http: aiohttp.ClientSession
) -> tuple[web.AppRunner, str, list[Any]]:
    """Adds to each request the token that the Bot Connector would have sent. Also returns what went through."""
    seen: list[Any] = []

    async def forward(request: web.Request) -> web.Response:
        data = await request.json()
        headers = microsoft.authorization(serviceurl=data.get("serviceUrl"))
        async with http.post(bot, json=data, headers=headers) as response:
            body = await response.read()
            seen.append((data, response.status, body))
            return web.Response(status=response.status, body=body, content_type=response.content_type)

    app = web.Application()
    app.router.add_post("/api/messages", forward)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages", seen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
