"""The journeys' own fixtures, with a real domain controller behind the services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from servicedesk.bootstrap import Services, build_services
from servicedesk.clock import ManualClock
from servicedesk.settings import Settings
from tests.journeys.conftest import agent, endpoint, talk_as, work
from tests.servers.proxy import Proxy, proxy
from tests.servers.samba_dc import PORT, Samba

__all__ = ["agent", "endpoint", "talk_as", "work"]


@pytest.fixture
def clock() -> ManualClock:
    """Four days on: a number that was registered a moment ago has come of age (S2)."""
    return ManualClock(datetime.now(timezone.utc) + timedelta(days=4))


@pytest.fixture
def line(samba: Samba) -> Iterator[Proxy]:
    with proxy(samba.host, PORT) as made:
        yield made


@pytest.fixture
def services(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, samba: Samba, line: Proxy
) -> Iterator[Services]:
    settings = Settings(
        state_dir=tmp_path,
        keys_dir=tmp_path / "keys",
        database_url=f"sqlite:///{tmp_path / 'tier0.db'}",
        directory="active_directory",
        ldap=replace(samba.settings(), urls=(f"ldaps://127.0.0.1:{line.port}",)),
    )
    built = build_services(settings, clock=clock)
    for module in ("actions.turn", "servicedesk.bootstrap"):
        monkeypatch.setattr(f"{module}.current_services", lambda: built)
    yield built
    built.store.close()
