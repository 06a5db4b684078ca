"""The contract over Microsoft Graph. Where Graph can less than the port asks for, the truth about it stands here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.errors import AccountNotFound, NotSupported
from servicedesk.directory.port import AccountId
from tests.contracts.directory import NOBODY, DirectoryContract
from tests.fakes.entra.server import FakeEntra
from tests.fakes.entra.setup import entra_directory, fake_entra
from tests.fakes.entra.tenant import CURRENT_PASSWORD, Group, Tenant

NEW_PASSWORD = "Rask giraff spiser 7 lefser"


class TestEntraDirectory(DirectoryContract):
    has_authenticators = False
    can_be_asked = False  # and says so
    current_password = pytest.fixture(lambda self: CURRENT_PASSWORD)

    @pytest.fixture(autouse=True)
    def password_of_the_policy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Entra wants three of four kinds of characters, and none outside ASCII."""
        monkeypatch.setattr("tests.contracts.directory.NEW_PASSWORD", NEW_PASSWORD)

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def entra(self, tmp_path: Path, clock: ManualClock) -> Iterator[FakeEntra]:
        with fake_entra(tmp_path, clock) as entra:
            yield entra

    @pytest.fixture
    def tenant(self, entra: FakeEntra) -> Tenant:
        return entra.tenant

    @pytest.fixture
    def directory(self, entra: FakeEntra, tmp_path: Path, board: Group) -> EntraDirectory:
        return entra_directory(entra, tmp_path, vip_groups=frozenset({board.id}))

    @pytest.fixture
    def fine(self, tenant: Tenant) -> AccountId:
        return AccountId(tenant.add_user("kari.nordmann", manager=tenant.add_user("ingrid.solberg").id).id)

    @pytest.fixture
    def locked(self, tenant: Tenant, clock: ManualClock) -> AccountId:
        user = tenant.add_user("ola.hansen")
        tenant.refuse_sign_in(user, clock.now() - timedelta(minutes=4))
        return AccountId(user.id)

    @pytest.fixture
    def expired(self, tenant: Tenant, clock: ManualClock) -> AccountId:
        return AccountId(tenant.add_user("astrid.berg", changed_at=clock.now() - timedelta(days=366)).id)

    @pytest.fixture
    def must_change(self, tenant: Tenant) -> AccountId:
        return AccountId(tenant.add_user("lars.akesson", must_change=True).id)

    @pytest.fixture
    def disabled(self, tenant: Tenant) -> AccountId:
        return AccountId(tenant.add_user("nils.bergstrom", enabled=False).id)

    @pytest.fixture
    def privileged(self, tenant: Tenant) -> AccountId:
        user = tenant.add_user("magnus.dahl")
        team = tenant.add_group("Platform team", user.id)
        tenant.add_group("Tenant administrators", team.id, assignable=True)
        return AccountId(user.id)

    @pytest.fixture
    def vip(self, tenant: Tenant, board: Group) -> AccountId:
        user = tenant.add_user("sigrid.lie")
        board.members.add(tenant.add_group("Executives", user.id).id)
        return AccountId(user.id)

    @pytest.fixture
    def board(self, tenant: Tenant) -> Group:
        return tenant.add_group("Board")

    @pytest.fixture
    def signs_in(self, tenant: Tenant) -> Callable[[AccountId, str], bool]:
        return lambda account, password: tenant.users[account].password == password

    def test_unlocking_ends_the_lockout_and_nothing_else(
        self, directory: EntraDirectory, locked: AccountId
    ) -> None:
        """Nobody can end a smart lockout but Entra: a typed answer, and nothing is changed."""
        before = directory.find(locked)
        with pytest.raises(NotSupported):
            directory.unlock(locked)
        assert directory.find(locked) == before
        assert before is not None
        assert not before.unlockable

    def test_the_old_password_signs_in_after_unlocking(self) -> None:
        """It does when the lockout ends by itself, and not before."""

    def test_former_passwords_are_refused_as_far_as_the_policy_says(
        self, directory: EntraDirectory, fine: AccountId, current_password: str
    ) -> None:
        """Entra's reset looks at no former password, and its policy says so."""
        assert directory.policy(fine).history == 0
        directory.set_password(fine, current_password)

    def test_revoking_the_sessions_of_nobody_is_said(self, directory: EntraDirectory) -> None:
        with pytest.raises(AccountNotFound):
            directory.revoke_sessions(NOBODY)
