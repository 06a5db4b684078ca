"""python -m benchmarks.acknowledge: messages to both connectors of a running house whose actions server takes five
seconds for everything. Says how long Slack and Teams wait for their 200, and what a message costs.

The figures are as good as the machine is quiet: the load is printed with them."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import requests
from sqlalchemy import func, select

from benchmarks.acknowledge.arrivals import Answered, Send, quantile, send_all
from benchmarks.acknowledge.outside import teams_person
from deploy.embedded.processes import ROOT, prepare, processes
from servicedesk.bootstrap import build_services
from servicedesk.clock import SystemClock
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import inbound
from tests.connectors.slack_api import APP, SECRET, TEAM, TOKEN, Sender, payload
from tests.connectors.teams import client as teams
from tests.connectors.teams.microsoft import APP_ID, TENANT, Microsoft
from tests.connectors.teams.microsoft import SECRET as TEAMS_SECRET
from tests.house import free_port
from tests.words import WORDS

PATIENCE = 600.0  # seconds, on a machine with much else to do
TICK = os.sysconf("SC_CLK_TCK")
SAID = [
    getattr(WORDS[language], what)
    for language in WORDS
    for what in ("question", "outage", "forgotten", "lunch")
]
HEADER = (
    "| channel | messages | a second | p50 | p90 | p99 | longest | not 200 | client late p99 | CPU a message | load |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.acknowledge", description=__doc__)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long, each channel (default: %(default)s)"
    )
    parser.add_argument(
        "--slow", type=float, default=5.0, help="what the actions server takes (default: %(default)s)"
    )
    parser.add_argument("--people", type=int, default=400, help="who write, in turn (default: %(default)s)")
    parser.add_argument("--channels", nargs="*", choices=("slack", "teams"), default=("slack", "teams"))
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), options.slow, options.people) as house,
    ):
        print(HEADER, flush=True)
        for channel in options.channels:
            asyncio.run(measured(house, channel, options))


async def measured(house: House, channel: str, options: argparse.Namespace) -> None:
    count = round(options.rate * options.seconds)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        send = (slack if channel == "slack" else to_teams)(house, http, options.people)
        for number in range(-5, 0):  # connections, signing keys, whatever is made on first use
            await send(number)
        used, stored = house.cpu(), house.stored()
        answered = await send_all(send, rate=options.rate, count=count, seed=7)
        used = house.cpu() - used
    accepted = sum(one.status == 200 for one in answered)
    assert house.stored() - stored == accepted, "acknowledged and not stored"
    print(row(channel, answered, options.rate, used), flush=True)
    await house.drained()


def slack(house: House, http: aiohttp.ClientSession, people: int) -> Send:
    sender = Sender(http, house.chat, SystemClock())
    sample = payload("message_im")
    run = time.time_ns() // 1000 % 10**9

    async def send(number: int) -> int:
        user = f"U{number % people:08d}"
        event = {**sample["event"], "user": user, "channel": "D" + user[1:], "text": SAID[number % len(SAID)]}
        event |= {
            "ts": f"{1793620000 + number}.{run % 10**6:06}",
            "client_msg_id": f"{run:012}-{number + 10:012}",
        }
        status, _ = await sender.event({**sample, "event_id": f"Ev{run}{number}", "event": event})
        return status

    return send


def to_teams(house: House, http: aiohttp.ClientSession, people: int) -> Send:
    service = Microsoft(address=house.outside["service"].split("/emea/")[0])
    headers = {"Authorization": house.outside["authorization"], "Content-Type": "application/json"}

    async def send(number: int) -> int:
        person = teams_person(number % people)
        body = teams.payload(
            "message_personal", service, person, id=f"m{number}", text=SAID[number % len(SAID)]
        )
        async with http.post(house.chat + teams.WEBHOOK, data=json.dumps(body), headers=headers) as response:
            await response.read()
            return response.status

    return send


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """The rasa process under load, our own look at its database, and the world outside."""

    chat: str
    pid: int
    store: Store
    outside: dict[str, str]

    def cpu(self) -> float:
        """Seconds of CPU that the rasa process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def stored(self, *conditions: Any) -> int:
        with self.store.transaction() as connection:
            query = select(func.count()).select_from(inbound).where(*conditions)
            return int(connection.execute(query).scalar_one())

    async def drained(self) -> None:
        """Until what was accepted is answered: the next channel begins with nothing behind it."""
        started = time.monotonic()
        while self.stored(inbound.c.done_at.is_(None)) and time.monotonic() < started + PATIENCE:
            await asyncio.sleep(1)
        print(f"  all answered {time.monotonic() - started:.0f} s later", file=sys.stderr, flush=True)


@contextmanager
def running(folder: Path, slow: float, people: int) -> Iterator[House]:
    """The rasa and the actions process, as `make run` starts them, and the outside world beside them."""
    actions, rasa = free_port(), free_port()
    with ExitStack() as stack:
        outside = stack.enter_context(
            process(
                *(
                    "-m",
                    "benchmarks.acknowledge.outside",
                    f"http://127.0.0.1:{actions}",
                    str(slow),
                    str(people),
                ),
                stdout=subprocess.PIPE,
            )
        )
        assert outside.stdout
        at: dict[str, str] = json.loads(outside.stdout.readline())
        own = {name: value for name, value in os.environ.items() if not name.startswith("TIER0_")}
        environment = {**own, **settings_for(folder, at), "TIER0_ACTIONS_PORT": str(actions)}
        environment |= {"TIER0_RASA_PORT": str(rasa), "TIER0_STATE_DIR": str(folder / "state")}
        settings = Settings.from_env(environment)
        environment |= prepare(settings)
        services = build_services(settings)  # seeds the demo's people
        stack.callback(services.store.close)
        pids = {}
        log = stack.enter_context((folder / "log").open("wb"))
        for each in processes(settings):
            if each.name in ("actions", "rasa") and each.health:
                started = stack.enter_context(
                    process(*each.command[1:], env=environment, stdout=log, stderr=log, cwd=ROOT)
                )
                pids[each.name] = started.pid
        for port, path in ((actions, "/health"), (rasa, "/webhooks/rest/")):
            answering(f"http://127.0.0.1:{port}{path}", folder / "log")
        yield House(chat=f"http://127.0.0.1:{rasa}", pid=pids["rasa"], store=services.store, outside=at)


def settings_for(folder: Path, at: dict[str, str]) -> dict[str, str]:
    for name, secret in (("slack.secret", SECRET), ("slack.token", TOKEN), ("teams.secret", TEAMS_SECRET)):
        (folder / name).write_text(secret, encoding="ascii")
    return {
        "TIER0_ACTIONS_URL": at["actions"],
        "TIER0_SLACK_APP_ID": APP,
        "TIER0_SLACK_TEAM_ID": TEAM,
        "TIER0_SLACK_SIGNING_SECRET_FILE": str(folder / "slack.secret"),
        "TIER0_SLACK_BOT_TOKEN_FILE": str(folder / "slack.token"),
        "TIER0_SLACK_API_URL": at["slack"],
        "TIER0_SLACK_EMAIL_DOMAINS": "nordlys.example",
        "TIER0_TEAMS_APP_ID": APP_ID,
        "TIER0_TEAMS_TENANT_ID": TENANT,
        "TIER0_TEAMS_SECRET_FILE": str(folder / "teams.secret"),
        "TIER0_TEAMS_OPENID_URL": at["openid"],
        "TIER0_TEAMS_TOKEN_URL": at["token"],
        "TIER0_TEAMS_SERVICE_HOSTS": "127.0.0.1",
    }


@contextmanager
def process(*arguments: str, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, *arguments], **how)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(40)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def answering(address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.5)
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-4000:]


def row(channel: str, answered: list[Answered], rate: float, used: float) -> str:
    seconds = [one.seconds for one in answered]
    cells: list[Any] = [channel, len(answered), f"{rate:g}"]
    cells += [f"{quantile(seconds, share) * 1000:.0f} ms" for share in (0.5, 0.9, 0.99)]
    cells += [f"{max(seconds) * 1000:.0f} ms", sum(one.status != 200 for one in answered)]
    cells += [
        f"{quantile([one.late for one in answered], 0.99) * 1000:.0f} ms",
        f"{used / len(answered) * 1000:.0f} ms",
    ]
    return "| " + " | ".join(map(str, [*cells, f"{os.getloadavg()[0]:.1f}"])) + " |"


if __name__ == "__main__":
    main()
