"""What several rooms' tests share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house import house
from tests.savings import commits_without_the_disk, shipped_hashers
from tests.servers.openldap import slapd
from tests.servers.postgresql import postgresql
from tests.servers.request_tracker import rt
from tests.servers.samba_dc import samba
from tests.sharing_out import ByFile, longest_first
from tests.state import started_before, template

__all__ = [
    "commits_without_the_disk",
    "house",
    "postgresql",
    "rt",
    "samba",
    "shipped_hashers",
    "slapd",
    "started_before",
    "template",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="where the domain's tests keep their world; those of both stores run on both anyway",
    )
    parser.addoption("--rounds", type=int, default=1, help="how often the races and kills are run")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)
