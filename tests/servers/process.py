"""Starting and ending a server, and being clear when it is not installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 180.0  # seconds; on an idle machine it is one
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian keeps them off the path
SBIN = ":".join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *map(str, POSTGRESQL)))


def need(command: str, packages: str) -> str:
    """The command's path. Skips the test where it is missing, and fails instead in CI, which installs it."""
    found = shutil.which(command, path=SBIN)
    if found is None:
        word = f"{command} is not installed: sudo apt install --no-install-recommends {packages}"
        pytest.fail(word) if os.environ.get("CI") else pytest.skip(word)
    return found


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], output: Path, host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server, from when it listens until the end of the block."""
    with output.open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_until_it_listens(process, output, host, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_until_it_listens(process: subprocess.Popen[bytes], output: Path, host: str, port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                return
        assert process.poll() is None, output.read_text(errors="replace")
        time.sleep(0.05)
    raise AssertionError(f"it never listened: {output.read_text(errors='replace')}")
