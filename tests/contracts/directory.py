"""What every directory adapter must do. An adapter's own test file gives the fixtures and inherits the suite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from servicedesk.clock import Clock
from servicedesk.directory.errors import AccountNotFound, NotSupported, PasswordFault, PasswordRejected
from servicedesk.directory.port import Account, AccountId, Directory
from tests.contracts.support import hostile_names

NOBODY = AccountId("00000000-0000-0000-0000-000000000000")
NEW_PASSWORD = "Blå giraff spiser lefse 7"


class DirectoryContract:
    """Fixtures: `directory`, `clock`, and the ids of accounts in these states: `fine` (phone, manager and, where there
    are any, an authenticator), `locked`, `expired`, `must_change`, `disabled`, `privileged` (through nested groups),
    `vip`. `code(account)` is what that account's authenticator shows now; `current_password` is the one that all of
    them have; `signs_in(account, password)` tries one as a computer does it."""

    has_authenticators = True
    can_be_asked = True  # who was locked out, and whose password expires

    @pytest.fixture
    def fine_account(self, directory: Directory, fine: AccountId) -> Account:
        account = directory.find(fine)
        assert account is not None
        return account

    def test_an_account_that_is_fine_looks_fine(self, fine_account: Account) -> None:
        assert fine_account.enabled
        assert not fine_account.locked
        assert not fine_account.password_expired
        assert not fine_account.must_change_password
        assert not fine_account.privileged
        assert not fine_account.guest
        assert fine_account.language in ("nb", "sv", "de", "en")

    def test_times_are_aware_and_past(self, fine_account: Account, clock: Clock) -> None:
        assert fine_account.phone is not None
        assert fine_account.phone.number.startswith("+")
        times = [fine_account.phone.registered_at, fine_account.password_changed_at]
        if self.has_authenticators:
            times.append(fine_account.authenticator_since)
        for at in times:
            assert at is not None
            assert at.utcoffset() == timedelta(0)
            assert at <= clock.now()

    def test_nobody_is_nobody(self, directory: Directory) -> None:
        assert directory.find(NOBODY) is None
        for call in (directory.policy, directory.unlock):
            with pytest.raises(AccountNotFound):
                call(NOBODY)
        with pytest.raises(AccountNotFound):
            directory.set_password(NOBODY, NEW_PASSWORD)
        with pytest.raises(AccountNotFound):
            directory.check_authenticator(NOBODY, "123456")

    @pytest.mark.parametrize(
        "identifier", ["", "*", "kari", "*)(objectClass=*", "a\x00b", pytest.param("0" * 10_000, id="long")]
    )
    def test_hostile_ids_are_nobody(self, directory: Directory, identifier: str) -> None:
        """U10"""
        assert directory.find(AccountId(identifier)) is None
        with pytest.raises(AccountNotFound):
            directory.unlock(AccountId(identifier))
        with pytest.raises(AccountNotFound):
            directory.set_password(AccountId(identifier), NEW_PASSWORD)

    def test_people_are_found_by_name_and_address_whatever_their_case(
        self, directory: Directory, fine_account: Account
    ) -> None:
        for name in (fine_account.username, fine_account.email, f" {fine_account.username.upper()} "):
            found = directory.find_by_username(name)
            assert found is not None
            assert found.id == fine_account.id

    @pytest.mark.parametrize("name", hostile_names())
    def test_hostile_names_find_nobody(self, directory: Directory, name: str) -> None:
        """U10"""
        assert directory.find_by_username(name) is None

    def test_states_are_told_apart(
        self,
        directory: Directory,
        locked: AccountId,
        expired: AccountId,
        must_change: AccountId,
        disabled: AccountId,
    ) -> None:
        found = [directory.find(account) for account in (locked, expired, must_change, disabled)]
        states = [
            (account.locked, account.password_expired, account.must_change_password, account.enabled)
            for account in found
            if account is not None
        ]
        assert states == [
            (True, False, False, True),
            (False, True, False, True),
            (False, False, True, True),
            (False, False, False, False),
        ]

    def test_rights_through_nested_groups_count(self, directory: Directory, privileged: AccountId) -> None:
        """S7"""
        account = directory.find(privileged)
        assert account is not None
        assert account.privileged

    def test_a_vip_is_one_and_others_are_not(
        self, directory: Directory, vip: AccountId, fine_account: Account
    ) -> None:
        account = directory.find(vip)
        assert account is not None
        assert (account.vip, fine_account.vip) == (True, False)

    def test_the_manager_is_an_account(self, directory: Directory, fine_account: Account) -> None:
        assert fine_account.manager is not None
        assert directory.find(fine_account.manager) is not None

    def test_unlocking_ends_the_lockout_and_nothing_else(
        self, directory: Directory, locked: AccountId
    ) -> None:
        before = directory.find(locked)
        directory.unlock(locked)
        after = directory.find(locked)
        assert before is not None
        assert after is not None
        assert (after.locked, after.locked_at) == (False, None)
        assert after.password_changed_at == before.password_changed_at
        directory.unlock(locked)

    def test_the_old_password_signs_in_after_unlocking(
        self,
        directory: Directory,
        locked: AccountId,
        current_password: str,
        signs_in: Callable[[AccountId, str], bool],
    ) -> None:
        assert not signs_in(locked, current_password)
        directory.unlock(locked)
        assert signs_in(locked, current_password)

    @pytest.mark.parametrize("state", ["fine", "locked", "expired", "must_change"])
    def test_the_new_password_signs_in_and_the_old_one_does_not(
        self, directory: Directory, state: str, request: pytest.FixtureRequest
    ) -> None:
        account: AccountId = request.getfixturevalue(state)
        signs_in = request.getfixturevalue("signs_in")
        directory.set_password(account, NEW_PASSWORD)
        assert signs_in(account, NEW_PASSWORD)
        assert not signs_in(account, request.getfixturevalue("current_password"))

    @pytest.mark.parametrize("state", ["fine", "locked", "expired", "must_change"])
    def test_a_new_password_heals_everything(
        self, directory: Directory, state: str, request: pytest.FixtureRequest
    ) -> None:
        account_id: AccountId = request.getfixturevalue(state)
        before = directory.find(account_id)
        directory.set_password(account_id, NEW_PASSWORD)
        after = directory.find(account_id)
        assert before is not None
        assert after is not None
        assert (after.locked, after.password_expired, after.must_change_password) == (False, False, False)
        assert after.password_changed_at is not None
        assert before.password_changed_at is not None
        assert after.password_changed_at > before.password_changed_at

    def test_a_short_password_is_rejected_as_short(
        self,
        directory: Directory,
        fine: AccountId,
        current_password: str,
        signs_in: Callable[[AccountId, str], bool],
    ) -> None:
        with pytest.raises(PasswordRejected) as caught:
            directory.set_password(fine, "kort")
        assert PasswordFault.TOO_SHORT in caught.value.reasons
        assert signs_in(fine, current_password)

    def test_former_passwords_are_refused_as_far_as_the_policy_says(
        self, directory: Directory, fine: AccountId, current_password: str
    ) -> None:
        if not directory.policy(fine).history:
            pytest.skip("this directory keeps no history when a password is set for somebody")
        with pytest.raises(PasswordRejected) as caught:
            directory.set_password(fine, current_password)
        assert caught.value.reasons == (PasswordFault.REUSED,)

    def test_half_a_character_is_no_password(self, directory: Directory, fine: AccountId) -> None:
        with pytest.raises(PasswordRejected):
            directory.set_password(fine, f"{NEW_PASSWORD} \ud800")

    def test_an_error_never_holds_the_password(self, directory: Directory, fine: AccountId) -> None:
        """D1"""
        with pytest.raises(PasswordRejected) as caught:
            directory.set_password(fine, "hemm3lig")
        assert "hemm3lig" not in repr(caught.value)

    def test_the_policy_is_told(self, directory: Directory, fine: AccountId) -> None:
        policy = directory.policy(fine)
        assert policy.min_length >= 8
        assert policy.history >= 0

    def test_an_authenticator_code_is_good_once(
        self, directory: Directory, fine: AccountId, request: pytest.FixtureRequest
    ) -> None:
        """S3"""
        self._need_authenticators()
        code = request.getfixturevalue("code")(fine)
        assert directory.check_authenticator(fine, code) is True
        assert directory.check_authenticator(fine, code) is False

    @pytest.mark.parametrize(
        "code",
        [
            "",
            "12345",
            "1234567",
            "abcdef",
            "１２３４５６",
            "٣٤٥٦٧٨",
            pytest.param("0" * 10_000, id="long"),
            "\x00",
        ],
    )
    def test_rubbish_is_no_authenticator_code(self, directory: Directory, fine: AccountId, code: str) -> None:
        """U10"""
        self._need_authenticators()
        assert directory.check_authenticator(fine, code) is False

    def test_a_directory_without_authenticators_says_so(self, directory: Directory, fine: AccountId) -> None:
        if self.has_authenticators:
            pytest.skip("it has them")
        with pytest.raises(NotSupported):
            directory.check_authenticator(fine, "123456")

    def test_who_was_locked_out_is_found_in_one_question(
        self, directory: Directory, fine: AccountId, locked: AccountId, disabled: AccountId
    ) -> None:
        account, moment = directory.find(locked), timedelta(seconds=1)
        assert account is not None
        assert account.locked_at is not None
        since = account.locked_at - moment
        if not self.can_be_asked:
            with pytest.raises(NotSupported):
                directory.locked_since(since)
            return
        found = directory.locked_since(since)
        assert found.count(locked) == 1
        assert not {fine, disabled} & set(found)
        assert locked not in directory.locked_since(account.locked_at + moment)
        directory.unlock(locked)
        assert locked not in directory.locked_since(since)

    def test_whose_password_expires_when_is_found_in_one_question(
        self,
        directory: Directory,
        fine_account: Account,
        expired: AccountId,
        must_change: AccountId,
        disabled: AccountId,
    ) -> None:
        changed_at, days = fine_account.password_changed_at, directory.policy(fine_account.id).max_age_days
        assert changed_at is not None
        at, hour = changed_at + timedelta(days=days or 0), timedelta(hours=1)
        if not self.can_be_asked:
            with pytest.raises(NotSupported):
                directory.expiring(at - hour, at + hour)
            return
        assert days is not None
        found = {expiry.account: expiry.at for expiry in directory.expiring(at - hour, at + hour)}
        assert abs(found[fine_account.id] - at) < timedelta(minutes=1)
        assert not {expired, must_change, disabled} & set(found)
        assert fine_account.id not in {one.account for one in directory.expiring(at + hour, at + 2 * hour)}

    def _need_authenticators(self) -> None:
        if not self.has_authenticators:
            pytest.skip("this directory keeps no authenticators")

    def test_who_has_no_authenticator_has_no_code(self, directory: Directory, locked: AccountId) -> None:
        self._need_authenticators()
        assert directory.check_authenticator(locked, "000000") is False
