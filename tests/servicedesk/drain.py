"""How long a queue of tickets takes to reach a system that allows so many calls a second (F5). By hand:

    python -m tests.servicedesk.drain --tickets 1000 --people 1000

The system was down while they were queued, and comes back; then it answers each call after `--latency` seconds, and what
is too much with 429. The worker is the whole one, as it runs in production, with its polling and its housekeeping.
`--slower 5`: the allowed calls, the answers and the polling are five times as slow, and the seconds that are told a fifth of
those that passed: on a busy machine, waiting for the processor counts for so much less.
`--restarted`: the worker began after they were queued, so that it has to look for each ticket first (F19)."""

from __future__ import annotations

import argparse
import collections
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from werkzeug.wrappers import Request, Response

from servicedesk.bootstrap import build_services
from servicedesk.clock import SystemClock
from servicedesk.settings import Settings
from servicedesk.store.tables import cases
from servicedesk.worker import build_worker
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow
from tests.fakes.wire import Fault, says
from tests.servicedesk.cases_in_a_queue import address, fill

STOPPED = 5.0  # seconds that no busy machine lets a thread wait


class Limited(FakeServiceNow):
    """Allows so many calls in any second, and takes its time for each."""

    def __init__(self, *, calls_per_second: int, latency: float, slower: float) -> None:
        super().__init__()
        self.down = True
        self.refused = 0
        self._allowed = calls_per_second
        self._second = slower
        self._latency = latency * slower
        self._times: collections.deque[float] = collections.deque()
        self._inside = threading.Lock()
        self._answer_at_once, self.wire._answer = self.wire._answer, self._slowly
        self.wire._one_at_a_time = None
        self.wire.dice = self._gate

    def _gate(self, _line: str) -> Fault | None:
        if self.down:
            return Fault("", "says", response=says(503))
        now = time.monotonic()
        while self._times and now - self._times[0] > self._second:
            self._times.popleft()
        if len(self._times) >= self._allowed:
            self.refused += 1
            return Fault("", "says", response=says(429, "", Retry_After=f"{self._second:g}"))
        self._times.append(now)
        return None

    def _slowly(self, request: Request) -> Response:
        time.sleep(self._latency)
        with self._inside:
            return self._answer_at_once(request)


@dataclass
class Drained:
    opened: float  # seconds until the last ticket was open
    empty: float  # until nothing was queued any more: comments and files are there, too
    stopped: float  # seconds that this process was stopped from outside, system and worker alike; not counted above
    calls: int
    by_kind: Mapping[str, int]
    refused: int
    doubled: list[str]
    dead: int


def drain(
    folder: Path,
    *,
    tickets: int,
    people: int,
    calls_per_second: int,
    latency: float,
    outage: float,
    slower: float,
    restarted: bool,
) -> Drained:
    system = Limited(calls_per_second=calls_per_second, latency=latency, slower=slower)
    system.users += [
        {"sys_id": uuid.uuid4().hex, "email": address(each), "active": "true"} for each in range(people)
    ]
    with system.wire.running():
        environment = {"TIER0_STATE_DIR": str(folder), "TIER0_TICKETING": "servicenow",
                       "TIER0_TICKETING_URL": system.wire.url, "TIER0_TICKETING_USER": USER,
                       "TIER0_TICKETING_SECRET": PASSWORD,
                       "TIER0_TICKETING_POLL_SECONDS": f"{30 * slower:.0f}",
                       "TIER0_TICKETING_CALLS_PER_SECOND": f"{calls_per_second / slower:.0f}"}  # fmt: skip
        services = build_services(Settings.from_env(environment))
        if restarted:
            references = fill(services.store, tickets, SystemClock(), people=people)
        worker = build_worker(services)
        thread = threading.Thread(target=worker.run, daemon=True)
        thread.start()
        time.sleep(1)
        if not restarted:
            references = fill(services.store, tickets, SystemClock(), people=people)
        time.sleep(outage)
        system.down = False
        began, before, opened, stopped = time.monotonic(), len(system.wire.requests), 0.0, 0.0
        while queued := services.outbox.counts()["queued"]:
            if not opened and not _waiting(services):
                opened = (time.monotonic() - began - stopped) / slower
                print(f"all open after {opened:.0f} s, {queued} items left", flush=True)
            asleep = time.monotonic()
            time.sleep(1)
            over = time.monotonic() - asleep - 1
            stopped += over if over > STOPPED else 0
        empty = (time.monotonic() - began - stopped) / slower
        worker.stop()
        thread.join(30)
        return Drained(
            opened=opened or empty,
            empty=empty,
            stopped=stopped,
            calls=len(system.wire.requests) - before,
            by_kind=collections.Counter(map(_kind, system.wire.requests[before:])),
            refused=system.refused,
            doubled=[each for each in references if system.tickets(each) != 1],
            dead=services.outbox.counts()["dead"],
        )


def _kind(line: str) -> str:
    """Of a request, without the id of its ticket."""
    return re.sub(r"[0-9a-f]{32}", "…", line.replace("/api/now/", ""))


def _waiting(services: object) -> int:
    query = select(func.count()).select_from(cases).where(cases.c.ticket_id.is_(None))
    with services.store.transaction() as connection:  # type: ignore[attr-defined]
        return int(connection.execute(query).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=1000)
    parser.add_argument("--people", type=int, default=1000, help="who asked for them; the system knows each")
    parser.add_argument("--calls-per-second", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.25)
    parser.add_argument("--outage", type=float, default=60)
    parser.add_argument("--slower", type=float, default=1.0)
    parser.add_argument("--restarted", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(drain(Path(folder), **vars(wanted)))


if __name__ == "__main__":
    main()
