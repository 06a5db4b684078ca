"""How well the time of an answer on the reset page tells one kind of account from an ordinary one (S8, U8).

    python -m tests.abuse.enumeration_timing --pairs 2000 [--database postgresql://…]

Each round walks through the page once for each kind of account, in an order of its own, over the real WSGI application
with its real worker threads: a name, the page that asks for the code, a wrong code, and that page again. For each step
and kind, the AUC against "ordinary": 0.5 tells nothing. Between the rounds a day passes, so that nobody's codes run out."""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from flask import Flask
from scipy.stats import mannwhitneyu
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from desk.app import create_app
from servicedesk.bootstrap import Services, build_services
from servicedesk.clock import ManualClock
from servicedesk.directory.demo import demo_id
from servicedesk.page_proof import PageProof
from servicedesk.retention import Retention
from servicedesk.settings import Settings
from servicedesk.store.tables import code_sends, code_tries
from tests.desk.conftest import Browser

ORDINARY = "ordinary"
KINDS = {
    ORDINARY: "kari.nordmann",
    "unknown": "nobody.at.all",
    "disabled": "nils.bergstrom",
    "privileged": "magnus.dahl",
    "factorless": "silje.haugen",
    "throttled": "lena.schmidt",  # five wrong codes: paused
    "sent out": "emily.clarke",  # no code left today
}
STEPS = ("name", "page", "code", "page again")
BOUNDS = (0.45, 0.55)
WRONG = "00000000"
PURGE_EVERY = 50  # rounds
VARYING = re.compile(r'name="csrf_token" value="[^"]+"|nonce="[^"]+"|\'nonce-[^\']+\'')
COOKIE_VALUE = re.compile(r"=[^;]*", re.A)
Clock = Callable[[], float]


@dataclass
class Timings:
    """Seconds by kind and step: as the visitor waits, and as this thread works."""

    wall: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    work: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )  # step -> what was answered

    def auc(self, which: dict[tuple[str, str], list[float]], kind: str, step: str) -> float:
        return auc(which[kind, step], which[ORDINARY, step])


def auc(some: list[float], ordinary: list[float]) -> float:
    """How likely one of `some` took longer than one of `ordinary` (ROC AUC, by Mann-Whitney's U)."""
    return float(mannwhitneyu(some, ordinary).statistic) / (len(some) * len(ordinary))


def margin(pairs: int) -> float:
    """How far an AUC of nothing but chance strays in samples of this size: four standard deviations."""
    return 4 * float(np.sqrt((2 * pairs + 1) / (12 * pairs * pairs)))


@contextmanager
def page(
    folder: Path, database: str | None, *, answer_time: timedelta | None
) -> Iterator[tuple[Flask, Services]]:
    """The desk as it runs; `answer_time` in place of the fixed time of an answer, to see what lies under it."""
    settings = Settings(
        state_dir=folder,
        keys_dir=folder / "keys",
        database_url=database or f"sqlite:///{folder / 'tier0.db'}",
    )
    services = build_services(settings, ManualClock())
    if answer_time is not None:
        services = replace(
            services,
            page_proof=PageProof(
                store=services.store,
                clock=services.clock,
                keys=services.keys,
                settings=settings,
                directory=services.directory,
                verification=services.verification,
                links=services.links,
                answer_time=answer_time,
            ),
        )
    yield create_app(services), services
    services.store.close()


def measure(app: Flask, services: Services, pairs: int, dice: random.Random) -> Timings:
    timings = Timings()
    kinds = list(KINDS)
    for number in range(-2, pairs):  # the first two warm up
        _another_day(services, number)
        dice.shuffle(kinds)
        for kind in kinds:
            visit = _visit(app, KINDS[kind])
            for step, (wall, work, answer) in zip(STEPS, visit, strict=True):
                timings.answers[step].add(_comparable(answer))
                if number >= 0:
                    timings.wall[kind, step].append(wall)
                    timings.work[kind, step].append(work)
    return timings


def _visit(app: Flask, username: str) -> Iterator[tuple[float, float, TestResponse]]:
    """A visitor of their own, who does not wait between the steps: what still runs behind one answer meets the next."""
    browser = Browser(app.test_client())
    browser.get("/reset?lang=en")
    yield _timed(lambda: browser.post("/reset", {"username": username, "factor": "sms"}))
    yield _timed(lambda: browser.get("/reset/code"))
    yield _timed(lambda: browser.post("/reset/code", {"code": WRONG}))
    yield _timed(lambda: browser.get("/reset/code"))


def _timed(ask: Callable[[], TestResponse]) -> tuple[float, float, TestResponse]:
    wall, work = time.perf_counter(), time.thread_time()
    answer = ask()
    return time.perf_counter() - wall, time.thread_time() - work, answer


def _comparable(answer: TestResponse) -> str:
    headers = sorted((name, VARYING.sub("", value)) for name, value in answer.headers if name != "Set-Cookie")
    # Signed, packed, and with the visitor's own words in it: a cookie's length says nothing, its name and flags may.
    cookies = [COOKIE_VALUE.sub("=", value) for name, value in answer.headers if name == "Set-Cookie"]
    return repr((answer.status_code, headers, cookies, VARYING.sub("", answer.text)))


def _another_day(services: Services, number: int) -> None:
    clock = services.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(hours=25))
    if number % PURGE_EVERY == 0:
        Retention(services.store, clock).purge()
    now, throttled, sent_out = clock.now(), demo_id(KINDS["throttled"]), demo_id(KINDS["sent out"])
    with services.store.transaction() as connection:
        services.verification.limits.lock(connection, throttled, proven=False)
        connection.execute(
            update(code_tries)
            .where(code_tries.c.account == throttled, code_tries.c.proven.is_(False))
            .values(paused_until=now + timedelta(hours=24))
        )
        for hours in (2, 5, 8):
            at = now - timedelta(hours=hours)
            connection.execute(insert(code_sends).values(account=sent_out, proven=False, at=at))


def report(timings: Timings, pairs: int) -> list[str]:
    """A line a step and kind; those outside the bounds are marked."""
    lines = [f"{'step':<12}{'kind':<12}{'median ms':>10}{'AUC':>8}{'AUC work':>10}"]
    for step in STEPS:
        for kind in KINDS:
            middle = float(np.median(timings.wall[kind, step])) * 1_000
            wall, work = (timings.auc(which, kind, step) for which in (timings.wall, timings.work))
            mark = "" if all(BOUNDS[0] <= value <= BOUNDS[1] for value in (wall, work)) else "  <<<"
            lines.append(f"{step:<12}{kind:<12}{middle:>10.2f}{wall:>8.3f}{work:>10.3f}{mark}")
        lines.append(f"{step:<12}{len(timings.answers[step])} different answer(s) to all kinds")
    return [*lines, f"pairs: {pairs}; chance alone strays {margin(pairs):.3f}"]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--database", help="SQLAlchemy URL; SQLite in a folder of its own without one")
    parser.add_argument(
        "--answer-ms", type=int, help="another fixed time than the page's own; 0 shows what it covers"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    padding = None if given.answer_ms is None else timedelta(milliseconds=given.answer_ms)
    with (
        tempfile.TemporaryDirectory() as folder,
        page(Path(folder), given.database, answer_time=padding) as (app, services),
    ):
        timings = measure(app, services, given.pairs, random.Random(given.seed))
    print("\n".join(report(timings, given.pairs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
