from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.port import Account, AccountId
from tests.fakes.entra.server import FakeEntra
from tests.fakes.entra.setup import entra_directory, fake_entra
from tests.fakes.entra.tenant import Tenant, User


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def entra(tmp_path: Path, clock: ManualClock) -> Iterator[FakeEntra]:
    with fake_entra(tmp_path, clock) as entra:
        yield entra


@pytest.fixture
def tenant(entra: FakeEntra) -> Tenant:
    return entra.tenant


@pytest.fixture
def directory(entra: FakeEntra, tmp_path: Path) -> EntraDirectory:
    return entra_directory(entra, tmp_path)


@pytest.fixture
def kari(tenant: Tenant) -> User:
    return tenant.add_user("kari.nordmann")


@pytest.fixture
def look(directory: EntraDirectory) -> Callable[[User], Account]:
    def find(user: User) -> Account:
        account = directory.find(AccountId(user.id))
        assert account is not None
        return account

    return find
