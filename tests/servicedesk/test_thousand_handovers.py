"""A few handovers of the thousand that `python -m tests.servicedesk.thousand_handovers` runs by hand (F5-F9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servicedesk.thousand_handovers import Supervisor


@pytest.mark.timeout(600)
def test_every_handover_has_one_reference_and_one_ticket_whatever_fails(tmp_path: Path) -> None:
    outcome = Supervisor(tmp_path, "", None, speed=20).run(
        12, kills=4, restarts=0, seed=7, late=0.0, patience=300
    )
    assert outcome.kills == {"worker": 2, "actions": 2}
    assert sum(outcome.failed_calls.values()) > 0.1 * outcome.calls
    assert outcome.wrong == []
