"""All four processes, as `make run` starts them, on free ports and a state folder of their own.

What secrets pass through here is remembered, and once all has ended, no file may hold one of them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from servicedesk.bootstrap import Services, build_services
from servicedesk.delivery.embedded import EmbeddedDelivery
from servicedesk.settings import Settings
from servicedesk.ticketing.embedded import EmbeddedTickets, Ticket
from tests.canary import Canaries

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90.0
START = 150.0  # longer than the start waits itself: its last words say more than ours
COMMANDS = {"rasa": "bot.rasa", "actions": "actions", "desk": "desk", "worker": "servicedesk.worker"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """The running processes, and our own look at their database."""

    settings: Settings
    services: Services
    token: str
    output: Path
    canaries: Canaries = field(default_factory=Canaries)

    def rest(
        self, sender: str, message: str, message_id: str, *, proven: bool = True
    ) -> list[dict[str, Any]]:
        """One REST message; after a broken connection the same one again, as a careful client does."""
        headers = {"Authorization": f"Bearer {self.token}"} if proven else {}
        body = {"sender": sender, "message": message, "message_id": message_id}
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = requests.post(
                    f"{self.settings.chat_url}/webhooks/rest/webhook", json=body, headers=headers, timeout=70
                )
                answer.raise_for_status()
                self.canaries.link(answer.text)
                replies: list[dict[str, Any]] = answer.json()
                return replies
            except requests.RequestException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def wait_until_all_answer(self) -> None:
        """For a process that was killed is back within seconds, but not at once."""
        settings = self.settings
        addresses = [
            f"{settings.chat_url}/webhooks/rest/",
            f"{settings.actions_url}/health",
            f"{settings.desk_url}/health",
        ]
        deadline = time.monotonic() + PATIENCE
        while addresses:
            assert time.monotonic() < deadline, addresses
            try:
                if requests.get(addresses[0], timeout=5).status_code == requests.codes.ok:
                    addresses.pop(0)
            except requests.RequestException:
                time.sleep(0.2)

    def newest_code(self, username: str) -> str:
        """The code in the newest text message to this employee."""
        account = self.services.directory.find_by_username(username)
        assert account
        assert account.phone
        # Newest first; a notice may have come behind the code.
        sent = cast(EmbeddedDelivery, self.services.delivery).sent_to(account.phone.number)
        codes = [found.group() for text in sent if (found := re.search(r"\b\d{6}\b", text.text))]
        assert codes, [text.text for text in sent]
        return self.canaries.code(codes[0])

    def withdraw_all_of(self, username: str) -> None:
        """Tickets that earlier tests have left open: a new one about the same would be asked about first."""
        account = self.services.directory.find_by_username(username)
        assert account
        for case in self.services.cases.of_account(account.id):
            if case.open:
                talk = self.services.conversations.latest_of(account.id)
                assert talk
                self.services.cases.withdraw(case.reference, conversation=talk.id, key=uuid.uuid4().hex)

    def ticket(self, reference: str) -> Ticket:
        """The ticket of this case: the worker opens it a moment after the employee has the reference."""
        tickets = cast(EmbeddedTickets, self.services.tickets)
        deadline = time.monotonic() + PATIENCE
        while tickets.find(reference) is None:
            assert time.monotonic() < deadline, reference
            time.sleep(0.1)
        return tickets.get(reference)

    def kill(self, name: str) -> None:
        """SIGKILL, as the machine's out-of-memory killer does it."""
        for pid in self._pids(COMMANDS[name]):
            os.kill(pid, signal.SIGKILL)

    def _pids(self, module: str) -> list[int]:
        mark = f"TIER0_STATE_DIR={self.settings.state_dir}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                ours = mark in (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if ours and command[1:3] == [b"-m", module.encode()]:
                found.append(int(entry.name))
        return found


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("state")) as opened:
        yield opened


@contextmanager
def open_house(state: Path, **more: str) -> Iterator[House]:
    """Start everything in `state`, with `more` in the environment, and end it again."""
    ports = {f"TIER0_{name}_PORT": str(free_port()) for name in ("RASA", "ACTIONS", "DESK")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIER0_")}
    environment = {**kept, **ports, **more, "TIER0_STATE_DIR": str(state)}
    output = state / "output"
    with output.open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "deploy.embedded"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        text = _wait_for_addresses(started, output)
        settings = Settings.from_env(environment)
        token = re.search(r"Bearer (\S+)", text)
        assert token
        opened = House(
            settings=settings, services=build_services(settings), token=token.group(1), output=output
        )
        yield opened
        left = opened.canaries.in_folder(state)
        assert not left, left
    finally:
        started.send_signal(signal.SIGINT)
        assert started.wait(40) == 0, output.read_text()


def _wait_for_addresses(started: subprocess.Popen[bytes], output: Path) -> str:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        text = output.read_text(encoding="utf-8", errors="replace")
        if "Tier0 is ready" in text and "Bearer" in text:
            return text
        assert started.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(f"not ready: {output.read_text()}")
