"""F11 over two processes on one store: each delivery four times, the repeats late, out of order and at once. One effect,
one answer, in order."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from servicedesk.clock import SystemClock
from tests.connectors import slack_api
from tests.connectors.slack_api import Workspace
from tests.connectors.support import until
from tests.connectors.teams import client as teams
from tests.connectors.teams.microsoft import EMILY, KARI, Microsoft, start

pytestmark = pytest.mark.timeout(600)
SECONDS = 240.0  # two starts on a busy machine
SAID = [f"message {number}" for number in range(6)]

Deliver = Callable[[str, str, str], Awaitable[None]]  # to which process, of whom, what


@dataclass
class Two:
    processes: tuple[str, str]
    workspace: Workspace
    microsoft: Microsoft
    http: aiohttp.ClientSession
    turns: Path


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        workspace, microsoft = Workspace(), Microsoft()
        for user in ("U0KARI", "U0EMILY"):
            workspace.add_user(user)
        await workspace.start()
        stack.push_async_callback(workspace.stop)
        runner = await start(microsoft)
        stack.push_async_callback(runner.cleanup)
        at = {
            "slack": workspace.address,
            "openid": microsoft.openid_url,
            "token": microsoft.token_url,
        }
        first = await stack.enter_async_context(_process(tmp_path, json.dumps(at)))
        second = await stack.enter_async_context(_process(tmp_path, json.dumps(at)))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Two((first, second), workspace, microsoft, http, tmp_path / "turns.txt")


@asynccontextmanager
async def _process(folder: Path, platforms: str) -> AsyncIterator[str]:
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.connectors.demo_server", str(folder), platforms),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert started.stdout
        line = await asyncio.wait_for(started.stdout.readline(), SECONDS)
        yield line.decode().strip()
    finally:
        started.terminate()
        await started.wait()


async def test_four_times_late_out_of_order_to_two_processes(two: Two) -> None:
    dice = random.Random(11)
    await asyncio.gather(
        _deliver_all(two, _to_slack(two), ("U0KARI", "U0EMILY"), dice),
        _deliver_all(two, _to_teams(two), ("kari", "emily"), dice),
    )
    wanted = [f"re: {text}" for text in SAID]

    def in_teams(user: str) -> list[str]:
        said = [said.text for said in two.microsoft.said if said.conversation == f"a:29:{user}"]
        return [text for text in said if text.startswith("re: ")]

    def in_slack(user: str) -> list[str]:
        return [posted.text for posted in two.workspace.in_channel("D" + user[1:])]

    await until(lambda: all(len(in_teams(user)) >= len(wanted) for user in ("kari", "emily")), SECONDS)
    await until(lambda: all(len(in_slack(user)) >= len(wanted) for user in ("U0KARI", "U0EMILY")), SECONDS)
    await asyncio.sleep(2)  # what comes twice is there by now
    assert [in_slack("U0KARI"), in_slack("U0EMILY")] == [wanted, wanted]
    assert [in_teams("kari"), in_teams("emily")] == [wanted, wanted]
    keys = [line.split(" ")[0] for line in two.turns.read_text().splitlines()]
    assert len(keys) == len(set(keys)) == 4 * len(SAID)


async def _deliver_all(two: Two, deliver: Deliver, people: tuple[str, str], dice: random.Random) -> None:
    """Each message once in its order, to either process; three more times whenever it comes, to both."""
    repeats: list[asyncio.Task[None]] = []
    for text in SAID:
        for who in people:
            await deliver(dice.choice(two.processes), who, text)
            for _ in range(3):
                repeats.append(asyncio.create_task(_late(deliver, dice, two, who, text)))
    await asyncio.gather(*repeats)


async def _late(deliver: Deliver, dice: random.Random, two: Two, who: str, text: str) -> None:
    await asyncio.sleep(dice.choice((0, 0, 0.1, 1.5)) * dice.random())
    await deliver(dice.choice(two.processes), who, text)


def _to_slack(two: Two) -> Deliver:
    async def deliver(process: str, who: str, text: str) -> None:
        sender = slack_api.Sender(two.http, process, SystemClock())
        body = slack_api.payload("message_im")
        number = SAID.index(text)
        ids = {"ts": f"1793620000.{number:06}", "client_msg_id": f"6c2b7d8e-5f0a-4f3e-9b1d-{number:012}"}
        body["event"].update(user=who, channel="D" + who[1:], text=text, **ids)
        assert await sender.event(body) == (200, "")

    return deliver


def _to_teams(two: Two) -> Deliver:
    person = {"kari": KARI, "emily": EMILY}
    headers = {**two.microsoft.authorization(), "Content-Type": "application/json"}

    async def deliver(process: str, who: str, text: str) -> None:
        identifier = f"{who}-{SAID.index(text)}"
        body = teams.payload("message_personal", two.microsoft, person[who], id=identifier, text=text)
        async with two.http.post(process + teams.WEBHOOK, data=json.dumps(body), headers=headers) as response:
            assert response.status == 200, await response.text()

    return deliver
