"""Handovers by the thousand while everything fails: the ticket system a third of its calls, the processes when they are
killed, PostgreSQL when it is restarted (F5-F9). As many tickets as references, and none twice. By hand:

    python -m tests.servicedesk.thousand_handovers --store sqlite
    python -m tests.servicedesk.thousand_handovers --store postgresql --restarts 5

One process is the ticket system, on the wire; two open cases as the action server does, and are asked again with the same
key when they die, as the connector does; two are whole workers. Killed ones are started again, as the supervisor does."""

from __future__ import annotations

import argparse
import collections
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from servicedesk.bootstrap import Services, build_services
from servicedesk.clock import Clock
from servicedesk.directory.demo import demo_id
from servicedesk.handover.gathering import CaseRequest
from servicedesk.settings import Settings
from servicedesk.store import StoreUnavailable
from servicedesk.store.tables import cases
from servicedesk.ticketing.http import WRITE_SECONDS
from servicedesk.worker import build_worker
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow
from tests.fakes.wire import Fault, says
from tests.servers.postgresql import PostgreSql, postgresql_server
from tests.servicedesk.processes import FORK

MOST_WAITING = 300  # further handovers wait meanwhile, so that the kills fall into all of the run
EMPLOYEES = ("kari.nordmann", "ola.hansen", "maja.ekholm", "lena.schmidt", "emily.clarke")


class FastClock:
    """The same in all processes, and `speed` times as fast as the day."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began, self._at = time.monotonic(), datetime.now(timezone.utc)

    def now(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._began) * self._speed)


@dataclass
class Outcome:
    handovers: int
    references: set[str] = field(default_factory=set)
    cases: int = 0
    without_ticket: int = 0
    kills: dict[str, int] = field(default_factory=lambda: {"worker": 0, "actions": 0})
    restarts: int = 0
    not_saved: int = 0  # told to the employee, who asked again
    asked_again: int = 0  # after the process died
    two_references: int = 0  # for one handover
    tickets: Mapping[str, int] = field(default_factory=dict)  # by reference, without those withdrawn
    withdrawn: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    failed_calls: Mapping[str, int] = field(default_factory=dict)
    queue: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        """What must not be; empty when each handover has one reference and one ticket."""
        found = {
            "not one reference each": len(self.references) != self.handovers or self.two_references,
            "not one case each": self.cases != self.handovers,
            "a case without a ticket": self.without_ticket,
            "not one ticket each": set(self.tickets) != self.references or set(self.tickets.values()) != {1},
            "not one file each": set(self.files) != self.references or set(self.files.values()) != {1},
            "dead letters": self.queue.get("dead"),
            "still queued": self.queue.get("queued"),
        }
        return [what for what, is_so in found.items() if is_so]

    def __str__(self) -> str:
        tickets = collections.Counter(self.tickets.values())
        files = collections.Counter(self.files.get(each, 0) for each in self.references)
        shown = {
            "handovers": self.handovers,
            "references": len(self.references),
            "cases": self.cases,
            "tickets a reference": dict(tickets),
            "files a reference": dict(files),
            "withdrawn as opened twice": self.withdrawn,
            "kills": self.kills,
            "database restarts": self.restarts,
            "asked again": self.asked_again,
            "told 'not saved'": self.not_saved,
            "calls": self.calls,
            "failed calls": dict(self.failed_calls),
            "queue": dict(self.queue),
            "seconds": round(self.seconds),
            "wrong": self.wrong or "nothing",
        }
        return "\n".join(f"{name:26}{value}" for name, value in shown.items())


# --- the processes ---


def ticket_system(line: Connection, seed: int, late: float) -> None:
    """Fails three calls in ten in every way; when asked, says what it holds."""
    fake, dice = FakeServiceNow(), random.Random(seed)
    failed: collections.Counter[str] = collections.Counter()
    kinds = ("lost", "never", "cut", "huge", "login", "500", "503", "429")

    def bad_luck(_line: str) -> Fault | None:
        if dice.random() < late:
            failed["late"] += 1
            return Fault("", "late", seconds=WRITE_SECONDS + 1)
        if dice.random() >= 0.3:
            return None
        kind = dice.choice(kinds)
        failed[kind] += 1
        if kind.isdigit():
            return Fault("", "says", response=says(int(kind), "{}", Retry_After="1"))
        return Fault("", kind)  # type: ignore[arg-type]

    fake.wire.dice = bad_luck
    with fake.wire.running():
        line.send(fake.wire.url)
        line.recv()
        fake.wire.dice = lambda _line: None
        ours = [row for row in fake.incidents.values() if row["correlation_id"]]
        standing = [row["correlation_id"] for row in ours if row["state"] != "8"]
        files = [row["file_name"].removesuffix(".json") for row, _ in fake.attached]
        line.send(
            {
                "tickets": dict(collections.Counter(standing)),
                "withdrawn": len(ours) - len(standing),
                "files": dict(collections.Counter(files)),
                "calls": len(fake.wire.requests),
                "failed_calls": dict(failed),
            }
        )


def actions(environment: Mapping[str, str], clock: Clock, line: Connection) -> None:
    """Opens a case for each handover that it is given; says the reference, or that it was not saved."""
    services = build_services(Settings.from_env(environment), clock)
    line.send("ready")
    while True:
        number = line.recv()
        try:
            line.send(_hand_over(services, number))
        except StoreUnavailable:
            line.send("")


def _hand_over(services: Services, number: int) -> str:
    username = EMPLOYEES[number % len(EMPLOYEES)]
    talk = services.conversations.open(
        channel="web",
        tenant="embedded",
        channel_user=f"{username}-{number}",
        account=demo_id(username),
        private=True,
        language="en",
    )
    words = f"The VPN has dropped every few minutes since Monday ({number})"
    request = CaseRequest(
        conversation=talk.id, key=f"{talk.id}:1", language="en", words=words, because={"asked_for_person": {}}
    )
    return services.cases.open(request).reference


def worker(environment: Mapping[str, str], clock: Clock) -> None:
    build_worker(build_services(Settings.from_env(environment), clock)).run()


# --- who starts, kills and restarts them ---


class Supervisor:
    def __init__(self, folder: Path, database_url: str, server: PostgreSql | None, speed: float) -> None:
        self._folder, self._server = folder, server
        self._clock = FastClock(speed)
        self._lines: dict[Connection, int] = {}  # to each process that opens cases: its number
        self._in_hand: dict[int, int] = {}  # the handover that it has
        self._processes: dict[str, Any] = {}
        self._environment = {"TIER0_STATE_DIR": str(folder / "state"), "TIER0_DATABASE_URL": database_url,
                             "TIER0_TICKETING": "servicenow", "TIER0_TICKETING_USER": USER,
                             "TIER0_TICKETING_SECRET": PASSWORD,
                             "TIER0_TICKETING_CALLS_PER_SECOND": "100"}  # fmt: skip

    def run(
        self, handovers: int, *, kills: int, restarts: int, seed: int, late: float, patience: float
    ) -> Outcome:
        began, dice, outcome = time.monotonic(), random.Random(seed), Outcome(handovers)
        system, there = FORK.Pipe()
        self._start("system", ticket_system, there, seed, late)
        self._environment["TIER0_TICKETING_URL"] = system.recv()
        self._services = build_services(Settings.from_env(self._environment), self._clock)
        for number in range(2):
            self._start_actions(number)
            self._start_worker(number)
        try:
            self._hand_over(outcome, dice, began + patience, kills=kills, restarts=restarts)
            self._until(lambda: not self._queued(), began + patience)
            system.send("how many?")
            for name, value in system.recv().items():
                setattr(outcome, name, value)
            self._look(outcome)
        finally:
            for process in self._processes.values():
                process.kill()
                process.join()
        outcome.seconds = time.monotonic() - began
        return outcome

    def _hand_over(
        self, outcome: Outcome, dice: random.Random, deadline: float, *, kills: int, restarts: int
    ) -> None:
        """All of them, each again until it has its reference; what is killed meanwhile is spread over the run."""
        left = collections.deque(range(outcome.handovers))
        given: dict[int, str] = {}
        kills_at = sorted(dice.randrange(outcome.handovers) for _ in range(kills))
        restarts_at = [outcome.handovers * (each + 1) // (restarts + 1) for each in range(restarts)]
        free = set(self._in_hand) ^ {0, 1}
        while len(given) < outcome.handovers:
            assert time.monotonic() < deadline, (len(given), outcome)
            if left and free and self._queued() < MOST_WAITING:
                number = free.pop()
                self._in_hand[number] = left.popleft()
                self._line(number).send(self._in_hand[number])
            for line in wait(list(self._lines), timeout=0.02):
                number = self._lines[line]  # type: ignore[index]
                said = self._heard(line)  # type: ignore[arg-type]
                handover = self._in_hand.pop(number)
                if said is None or not self._processes[f"actions{number}"].is_alive():
                    self._start_actions(number)  # it may have been killed just after it had answered
                if said is None:  # killed before: the connector sends the same once more
                    outcome.asked_again += 1
                    left.appendleft(handover)
                elif not said:
                    outcome.not_saved += 1
                    left.append(handover)
                else:
                    outcome.two_references += given.get(handover, said) != said
                    given[handover] = said
                free.add(number)
            while kills_at and len(given) >= kills_at[0]:
                kills_at.pop(0)
                self._kill(dice, outcome)
            if restarts_at and len(given) >= restarts_at[0]:
                restarts_at.pop(0)
                self._restart_database(dice)
                outcome.restarts += 1
        outcome.references = set(given.values())
        while kills_at:
            kills_at.pop()
            self._kill(dice, outcome)

    def _kill(self, dice: random.Random, outcome: Outcome) -> None:
        """In turn; a process that opens cases in the middle of one, where there is one."""
        kind = min(outcome.kills, key=lambda each: outcome.kills[each])
        busy = list(self._in_hand) or [0, 1]
        number = dice.choice(busy if kind == "actions" else [0, 1])
        process = self._processes[f"{kind}{number}"]
        time.sleep(dice.uniform(0, 0.03))
        if not process.is_alive():  # killed a moment ago; what it had in hand has not been looked at yet
            kind, number = "worker", dice.choice([0, 1])
            process = self._processes[f"{kind}{number}"]
        process.kill()
        process.join()
        outcome.kills[kind] += 1
        if kind == "worker":
            self._start_worker(number)
        elif number not in self._in_hand:
            self._start_actions(number)

    def _restart_database(self, dice: random.Random) -> None:
        assert self._server is not None
        self._server.crash()
        time.sleep(dice.uniform(0.5, 2))
        self._server.start()

    def _start_actions(self, number: int) -> None:
        here, there = FORK.Pipe()
        for line in [line for line, each in self._lines.items() if each == number]:
            del self._lines[line]
            line.close()
        self._start(f"actions{number}", actions, self._environment, self._clock, there)
        there.close()
        assert here.recv() == "ready"
        self._lines[here] = number

    def _start_worker(self, number: int) -> None:
        self._start(f"worker{number}", worker, self._environment, self._clock)

    def _start(self, name: str, work: Callable[..., None], *arguments: Any) -> None:
        if name in self._processes:
            self._processes.pop(name).join()
        if hasattr(self, "_services"):
            self._services.store.close()  # no two processes may share a connection

        def quietly() -> None:
            log = (self._folder / f"{name}.log").open("ab", buffering=0)
            os.dup2(log.fileno(), sys.stdout.fileno())
            os.dup2(log.fileno(), sys.stderr.fileno())
            logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
            work(*arguments)

        self._processes[name] = FORK.Process(target=quietly, daemon=True)
        self._processes[name].start()

    def _line(self, number: int) -> Connection:
        return next(line for line, each in self._lines.items() if each == number)

    @staticmethod
    def _heard(line: Connection) -> str | None:
        try:
            return str(line.recv())
        except (EOFError, ConnectionResetError):
            return None

    def _queued(self) -> int:
        try:
            return self._services.outbox.counts()["queued"]
        except StoreUnavailable:
            return MOST_WAITING

    def _until(self, true: Callable[[], bool], deadline: float) -> None:
        while not true():
            assert time.monotonic() < deadline, self._services.outbox.counts()
            time.sleep(0.2)

    def _look(self, outcome: Outcome) -> None:
        outcome.queue = self._services.outbox.counts()
        with self._services.store.transaction() as connection:
            outcome.cases = int(connection.execute(select(func.count()).select_from(cases)).scalar_one())
            without = select(func.count()).where(cases.c.ticket_id.is_(None))
            outcome.without_ticket = int(connection.execute(without).scalar_one())
        self._services.store.close()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--handovers", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1.0)
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        postgresql_server() if wanted.store == "postgresql" else nullcontext() as server,
    ):
        url = server.new_database() if server else ""
        outcome = Supervisor(Path(folder), url, server, wanted.speed).run(
            wanted.handovers,
            kills=wanted.kills,
            restarts=wanted.restarts,
            seed=wanted.seed,
            late=0.005,
            patience=7200,
        )
        print(outcome)
    return 1 if outcome.wrong or outcome.withdrawn else 0


if __name__ == "__main__":
    raise SystemExit(main())
