"""U8: learn who exists, is locked, is an administrator, by the time of the answers.

The short form of enumeration_timing.py. It counts this thread's own work, which does not depend on what else the machine
does, and so needs few rounds to notice one hash or one more write for one kind of account."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from servicedesk.page_proof import ANSWER_TIME
from tests.abuse.enumeration_timing import KINDS, ORDINARY, STEPS, WRONG, margin, measure, page
from tests.desk.conftest import Browser

PAIRS = 25
UNCOVERED = [step for step in STEPS if step != "code"]  # that one takes a fixed time, whatever lies under it


def test_no_kind_of_account_costs_another_amount_of_work(tmp_path: Path) -> None:
    """S8: and words, status and headers are the same, in every step and for every kind."""
    with page(tmp_path, None, answer_time=timedelta(0)) as (app, services):
        timings = measure(app, services, PAIRS, random.Random(8))
    assert {step: answers for step, answers in timings.answers.items() if len(answers) > 1} == {}
    aucs = {
        (kind, step): timings.auc(timings.work, kind, step)
        for kind in KINDS
        if kind != ORDINARY
        for step in UNCOVERED
    }
    assert {where: value for where, value in aucs.items() if abs(value - 0.5) > margin(PAIRS)} == {}


def test_the_answer_to_a_code_always_takes_its_fixed_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S8: what the check of each kind costs is covered, by far."""
    rested: list[float] = []
    clock = SimpleNamespace(monotonic=time.thread_time, sleep=rested.append)
    monkeypatch.setattr("servicedesk.page_proof.time", clock)
    with page(tmp_path, None, answer_time=None) as (app, _services):
        for username in KINDS.values():
            browser = Browser(app.test_client())
            browser.get("/reset")
            browser.post("/reset", {"username": username, "factor": "sms"})
            browser.get("/reset/code")
            browser.post("/reset/code", {"code": WRONG})
    assert len(rested) == len(KINDS)
    assert all(ANSWER_TIME.total_seconds() / 2 < rest < ANSWER_TIME.total_seconds() for rest in rested)
