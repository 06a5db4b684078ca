"""The table of defences fits the code: each stands where it says, and each abuse has a test that needs one."""

from __future__ import annotations

import re

import pytest

from tests.abuse.defences import DEFENCES, ROOT, Defence, taken_out


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda defence: f"{defence.threat}: {defence.without}")
def test_the_defence_and_its_test_are_there(defence: Defence) -> None:
    text = (ROOT / defence.file).read_text(encoding="utf-8")
    changed = taken_out(defence, text)
    assert changed != text
    compile(changed, defence.file, "exec")
    file, _, name = defence.test.partition("::")
    name = name.partition("[")[0]
    tests = (ROOT / file).read_text(encoding="utf-8")
    assert not name or re.search(rf"^(?:async )?def {name}\(", tests, re.M), name


def test_every_abuse_has_a_defence_and_a_test_of_its_own() -> None:
    """security.md, threat model: U1 to U16."""
    assert {defence.threat for defence in DEFENCES} >= {f"U{number}" for number in range(1, 17)}
    files = [path.name for path in (ROOT / "tests" / "abuse").rglob("test_u*.py")]
    numbers = {int(name[6:8]) for name in files}
    elsewhere = {9, 10}  # at every entrance: tests/connectors, tests/desk, tests/contracts
    assert numbers == set(range(1, 17)) - elsewhere
