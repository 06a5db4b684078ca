"""One server at a time, asked over HTTP, one sentence after the other on one connection."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.understanding.dataset import Sentence
from benchmarks.understanding.peers.systems import System

_START_SECONDS = 1200
_ANSWER_SECONDS = 60
# Said before the watch runs: libraries load at the first sentences.
_WARM_UP = (
    "hei, dette er en prøve",
    "hej, det här är ett prov",
    "hallo, das ist ein Versuch",
    "hello, a trial",
) * 5

_QUIET = 0.5
_PAUSE_SECONDS = 60


class ServerFailed(RuntimeError):
    """The server has ended, or does not answer in time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """All sentences once, by a server that has just been started."""

    cold_start_seconds: float  # from starting the process to its first answer
    milliseconds: list[float]  # a sentence
    seconds: float
    memory_bytes: int
    load_before: float
    others: float  # cores that were kept busy by anything but the server and this client, meanwhile
    answers: list[dict[str, Any]]


def quiet_pass(system: System, folder: Path, sentences: Sequence[Sentence], *, tries: int) -> Pass:
    """The quietest of a few passes; one is enough where others left the machine alone."""
    passes: list[Pass] = []
    while len(passes) < tries:
        if passes:
            print(
                f"    others kept {passes[-1].others:.1f} cores busy: again in {_PAUSE_SECONDS} s", flush=True
            )
            time.sleep(_PAUSE_SECONDS)
        passes.append(_one_pass(system, folder, sentences))
        if passes[-1].others <= _QUIET:
            break
    return min(passes, key=lambda one: one.others)


def _one_pass(system: System, folder: Path, sentences: Sequence[Sentence]) -> Pass:
    load = os.getloadavg()[0]
    with _server(system, folder) as (process, address), requests.Session() as session:
        cold_start = _first_answer(process, session, address)
        for text in _WARM_UP:
            _parse(session, address, text)
        busy, own, begun = _busy_seconds(), _own_seconds(process.pid), time.perf_counter()
        answers, milliseconds = [], []
        for sentence in sentences:
            asked = time.perf_counter()
            answers.append(_parse(session, address, sentence.text))
            milliseconds.append((time.perf_counter() - asked) * 1000)
        seconds = time.perf_counter() - begun
        others = (_busy_seconds() - busy) - (_own_seconds(process.pid) - own)
        return Pass(
            cold_start_seconds=cold_start,
            milliseconds=milliseconds,
            seconds=seconds,
            memory_bytes=_memory_bytes(process.pid),
            load_before=load,
            others=max(0.0, others / seconds),
            answers=answers,
        )


@contextmanager
def _server(system: System, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = system.run((*system.serve_command, str(port)), folder, folder / "serve.log")
    try:
        yield process, f"http://127.0.0.1:{port}/model/parse"
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first_answer(process: subprocess.Popen[bytes], session: requests.Session, address: str) -> float:
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < _START_SECONDS:
        try:
            _parse(session, address, _WARM_UP[0])
            return time.monotonic() - begun
        except (requests.ConnectionError, requests.HTTPError):  # not listening yet, no model loaded yet
            time.sleep(0.05)
    raise ServerFailed(f"no answer from {address}; see serve.log")


def _parse(session: requests.Session, address: str, text: str) -> dict[str, Any]:
    response = session.post(address, json={"text": text}, timeout=_ANSWER_SECONDS)
    response.raise_for_status()
    return response.json()


def _busy_seconds() -> float:
    """Of all cores since the machine was started, with what its host took away."""
    user, nice, system, _idle, _wait, irq, softirq, steal, *_ = map(
        int, Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds(pid: int) -> float:
    """Processor time of the server and of this client."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    own = os.times()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + own.user + own.system


def _memory_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
