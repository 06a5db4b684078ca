"""The first few hundred of the requests that fuzz.py makes; its hundred thousand are run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.fuzz import run


@pytest.mark.parametrize(("name", "seed"), [("slack", 7), ("teams", 7)])
async def test_no_request_is_a_5xx_and_no_forged_one_gets_in(name: str, seed: int, tmp_path: Path) -> None:
    result = await run(name, tmp_path, count=400, seed=seed)
    assert result.faults == []
    assert result.statuses[200] > 100, "the generator makes nothing that comes through"
    assert result.statuses[401] > 40
