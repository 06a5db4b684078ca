"""How two or more processes share out the tests (`make test`): file by file, so that a module is set up once."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadFileScheduling

# What takes long to start is started by one process, and the longest come first: none of them is left over at the end.
TOGETHER = {
    "the running house": ("tests/system/", "tests/browser/"),
    "Request Tracker": (
        "tests/real/test_handover_request_tracker.py",
        "tests/contracts/test_request_tracker",
    ),
    "the domain controller": ("tests/real/", "tests/contracts/test_active_directory.py"),
}


class ByFile(LoadFileScheduling):
    """Whole files, but for the groups of TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or super()._split_scope(nodeid)


def group_of(nodeid: str) -> str | None:
    return next((name for name, places in TOGETHER.items() if nodeid.startswith(places)), None)


def longest_first(items: list[pytest.Item]) -> None:
    groups = list(TOGETHER)
    items.sort(key=lambda item: groups.index(group) if (group := group_of(item.nodeid)) else len(groups))
