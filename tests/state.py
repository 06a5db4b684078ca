"""A state folder as after the first start, made once a run and copied for each test that needs one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servicedesk.world import template

__all__ = ["started_before", "template"]

StartedBefore = Callable[[Path], Path]


@pytest.fixture(scope="session")
def started_before(template: Path, tmp_path_factory: pytest.TempPathFactory) -> StartedBefore:
    """Puts keys, schema, the demo's people and a cache of the articles into a folder, which it returns.

    For tests on a ManualClock: the people's dates count from its start."""
    from bot.kb.shelf import ARTICLES, Shelf  # not before bot.rasa.prepare() has set numpy's threads

    cache = tmp_path_factory.mktemp("cache")
    Shelf(ARTICLES, cache).articles()

    def lay_out(folder: Path) -> Path:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        shutil.copytree(cache, folder / "cache")
        return folder

    return lay_out
