"""Every test here finds all four processes running."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _all_up(house):
    """Whatever was killed in the tests before is back."""
    house.wait_until_all_answer()
