"""The table of defences fits the code: each stands where it says, and each abuse has a test that needs one."""

from __future__ import annotations

import re

import pytest

from tests.abuse.defence import Defence
from tests.abuse.defences import DEFENCES, ROOT, taken_out
from tests.abuse.fault_defences import FAULTS


@pytest.mark.parametrize(
    "defence", [*DEFENCES, *FAULTS], ids=lambda defence: f"{defence.threat}: {defence.without}"
)
def test_the_defence_and_its_test_are_there(defence: Defence) -> None:
    text = (ROOT / defence.file).read_text(encoding="utf-8")
    changed = taken_out(defence, text)
    assert changed != text
    compile(changed, defence.file, "exec")
    file, *path = defence.test.partition("[")[0].split("::")
    tests = (ROOT / file).read_text(encoding="utf-8")
    for name in path:
        assert re.search(rf"^\s*(?:(?:async )?def|class) {name}\b", tests, re.M), name


def test_every_fault_of_accounts_has_a_defence_and_a_test() -> None:
    assert {defence.threat for defence in FAULTS} == {
        f"F{number}" for number in (1, 2, 3, 4, 9, 11, 13, 14, 15, 18)
    }


def test_every_abuse_has_a_defence_and_a_test_of_its_own() -> None:
    """security.md, threat model: U1 to U16."""
    assert {defence.threat for defence in DEFENCES} >= {f"U{number}" for number in range(1, 17)}
    files = [path.name for path in (ROOT / "tests" / "abuse").rglob("test_u*.py")]
    numbers = {int(name[6:8]) for name in files}
    elsewhere = {9, 10}  # at every entrance: tests/connectors, tests/desk, tests/contracts
    assert numbers == set(range(1, 17)) - elsewhere
