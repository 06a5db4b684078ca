"""Ctrl-C ends everything, also on a machine so busy that the processes do not end in time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from deploy.embedded.__main__ import kill_with_children

DAEMON = """
import subprocess, sys
print(subprocess.Popen(["sleep", "60"], start_new_session=True).pid, flush=True)
sys.stdin.read()
"""


def test_processes_that_were_not_reached_in_time_end_too():
    daemon = subprocess.Popen([sys.executable, "-c", DAEMON], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child = int(daemon.stdout.readline())
    kill_with_children(daemon)
    assert daemon.wait(10) < 0
    deadline = time.monotonic() + 10
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
