"""Killed between any two steps: every accepted message is answered, once, in order (F7)."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select, update

from servicedesk.store.tables import inbound, messages
from tests.connectors.demo_server import front_in
from tests.connectors.server import REST

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 4
MESSAGES = 12


def started(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.connectors.demo_server", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


async def post(address: str, number: int) -> bool:
    body = {"sender": "kari", "message": f"message {number}", "message_id": f"m{number}"}
    timeout = aiohttp.ClientTimeout(total=20)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(address + REST, json=body) as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


@pytest.mark.timeout(240)
async def test_every_accepted_message_is_answered_once_and_in_order(tmp_path: Path) -> None:
    front = front_in(tmp_path)
    chance = random.Random(7)
    for round_ in range(ROUNDS):
        process, address = started(tmp_path)
        sending = []
        for number in range(MESSAGES):
            sending.append(asyncio.create_task(post(address, round_ * MESSAGES + number)))
            await asyncio.sleep(0.02)  # one after the other, so that their order is known
        await asyncio.sleep(chance.uniform(0.05, 0.9))
        process.kill()
        await asyncio.gather(*sending)
        process.wait()
        with front.store.transaction() as connection:  # half a minute goes by
            connection.execute(update(inbound).values(lease_until=None))

    process, address = started(tmp_path)
    accepted = 0
    for _ in range(300):
        with front.store.transaction() as connection:
            accepted = len(connection.execute(select(inbound.c.id)).all())
            left = len(connection.execute(select(inbound.c.id).where(inbound.c.done_at.is_(None))).all())
        if not left:
            break
        await asyncio.sleep(0.1)
    process.kill()
    process.wait()
    assert left == 0
    assert accepted > MESSAGES, "too few were accepted for this to show anything"

    with front.store.transaction() as connection:
        rows = connection.execute(select(messages.c.author, messages.c.text).order_by(messages.c.id)).all()
    asked = [row.text for row in rows if row.author == "employee"]
    answered = [row.text for row in rows if row.author == "bot"]
    assert len(asked) == accepted
    assert answered == [f"re: {text}" for text in asked]
    turns = (tmp_path / "turns.txt").read_text(encoding="utf-8").splitlines()
    assert len(turns) == len(set(turns)) == accepted, "a finished turn was run again"
