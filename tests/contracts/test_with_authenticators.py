"""The contract over a directory that keeps no authenticators, with ours beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.directory import demo
from servicedesk.directory.demo import DEMO_PASSWORD, demo_id
from servicedesk.directory.embedded import EmbeddedDirectory, SignIn
from servicedesk.directory.errors import AccountNotFound, DirectoryUnavailable, NotSupported
from servicedesk.directory.port import Account, AccountId
from servicedesk.directory.with_authenticators import WithAuthenticators
from servicedesk.factors.authenticators import Authenticators
from servicedesk.keys import KeyRing, create_missing
from servicedesk.store import Store
from servicedesk.store.migrate import migrate
from servicedesk.totp import totp
from tests.contracts.directory import NOBODY, DirectoryContract
from tests.servicedesk.world import at_once

KARI, SEED = demo_id("kari.nordmann"), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Plain(EmbeddedDirectory):
    """As LDAP is: it knows people, and nothing of their authenticators."""

    def find(self, account: AccountId) -> Account | None:
        found = super().find(account)
        return None if found is None else replace(found, authenticator_since=None)

    def find_by_username(self, username: str) -> Account | None:
        found = super().find_by_username(username)
        return None if found is None else replace(found, authenticator_since=None)

    def check_authenticator(self, account: AccountId, code: str) -> bool:
        if self.find(account) is None:
            raise AccountNotFound(account)
        raise NotSupported("this directory keeps no authenticators")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    url = f"sqlite:///{tmp_path / 'tier0.db'}"
    migrate(url)
    return Store(url)


@pytest.fixture
def ours(store: Store, clock: ManualClock, tmp_path: Path) -> Authenticators:
    create_missing(tmp_path / "keys")
    return Authenticators(store, clock, KeyRing(tmp_path / "keys"))


@pytest.fixture
def directory(store: Store, clock: ManualClock, ours: Authenticators, tmp_path: Path) -> WithAuthenticators:
    keys = KeyRing(tmp_path / "keys")
    demo.seed(store, clock, keys)
    with store.transaction() as connection:
        ours.keep(connection, KARI, SEED, 0)
    return WithAuthenticators(Plain(store, clock, keys), ours)


class TestWithAuthenticators(DirectoryContract):
    fine = pytest.fixture(lambda self: KARI)
    locked = pytest.fixture(lambda self: demo_id("ola.hansen"))
    expired = pytest.fixture(lambda self: demo_id("astrid.berg"))
    must_change = pytest.fixture(lambda self: demo_id("lars.akesson"))
    disabled = pytest.fixture(lambda self: demo_id("nils.bergstrom"))
    privileged = pytest.fixture(lambda self: demo_id("magnus.dahl"))
    vip = pytest.fixture(lambda self: demo_id("ingrid.solberg"))
    current_password = pytest.fixture(lambda self: DEMO_PASSWORD)

    @pytest.fixture
    def code(self, clock: ManualClock) -> Callable[[AccountId], str]:
        return lambda account: totp(SEED).at(clock.now())

    @pytest.fixture
    def signs_in(self, directory: WithAuthenticators) -> Callable[[AccountId, str], bool]:
        plain = directory.inner
        assert isinstance(plain, EmbeddedDirectory)

        def signs_in(account: AccountId, password: str) -> bool:
            found = plain.find(account)
            return found is not None and plain.sign_in(found.username, password) is SignIn.OK

        return signs_in


def test_a_step_is_good_once_and_older_ones_no_more(
    directory: WithAuthenticators, clock: ManualClock
) -> None:
    """S3"""
    older, now = totp(SEED).at(clock.now()), clock.now()
    clock.advance(timedelta(seconds=30))
    assert directory.check_authenticator(KARI, totp(SEED).at(clock.now())) is True
    assert directory.check_authenticator(KARI, older) is False, "the step before, though it is in the window"
    clock.advance(timedelta(seconds=90))
    assert directory.check_authenticator(KARI, totp(SEED).at(now)) is False


def test_of_many_at_once_with_one_code_one_is_right(
    directory: WithAuthenticators, clock: ManualClock
) -> None:
    """S3"""
    code = totp(SEED).at(clock.now())
    assert sum(at_once(20, lambda _: directory.check_authenticator(KARI, code))) == 1


def test_a_seed_lies_sealed_and_opens_for_its_owner_only(
    directory: WithAuthenticators, store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    """S14"""
    files = b"".join(file.read_bytes() for file in tmp_path.glob("tier0.db*"))
    assert SEED.encode() not in files
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE authenticators SET account = '{demo_id('ola.hansen')}'"  # a row copied to another account
        )
    with pytest.raises(NotSupported):
        directory.check_authenticator(demo_id("ola.hansen"), totp(SEED).at(clock.now()))


def test_a_store_that_is_gone_is_a_directory_that_does_not_answer(
    directory: WithAuthenticators, tmp_path: Path
) -> None:
    """F8: what cannot be checked is a no"""
    broken = Authenticators(
        Store(f"sqlite:///{tmp_path / 'empty.db'}"), ManualClock(), KeyRing(tmp_path / "keys")
    )
    without = WithAuthenticators(directory.inner, broken)
    for call in (lambda: without.find(KARI), lambda: without.check_authenticator(KARI, "123456")):
        with pytest.raises(DirectoryUnavailable):
            call()
    assert without.find(NOBODY) is None
