"""What both LDAP adapters must do on top of the port's contract: faults on the line, rights, names with meaning."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from servicedesk.clock import Clock
from servicedesk.directory import ldap_client
from servicedesk.directory.errors import (
    AccountNotFound,
    ChangeForbidden,
    DirectoryUnavailable,
    OutcomeUnknown,
)
from servicedesk.directory.ldap_accounts import LdapAccounts
from servicedesk.directory.ldap_client import LdapClient
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import AccountId
from servicedesk.secret import Secret
from tests.contracts.directory import NEW_PASSWORD, DirectoryContract
from tests.servers.certificates import make_certificate
from tests.servers.process import free_port
from tests.servers.proxy import Proxy, deaf_server

TOLD_WITHIN = 6.0  # F1
SignsIn = Callable[[AccountId, str], bool]


class LdapDirectoryContract(DirectoryContract):
    """Fixtures on top: `adapter` (the class), `settings`, `line` (a Proxy before the server), `outsider` (an account in
    an OU where the service account has no rights), `wide_base` (a base above it), `named(text)` (makes an account with
    such a user name)."""

    has_authenticators = False
    adapter: type[LdapAccounts]
    impossible_in_names = ""  # what the server itself refuses in a user name

    def over(self, settings: LdapSettings, clock: Clock, *urls: str, seconds: float = 5.0) -> LdapAccounts:
        changed = replace(settings, urls=urls) if urls else settings
        return self.adapter(LdapClient(changed, seconds=seconds), changed, clock)

    # --- people ---

    @pytest.mark.parametrize("name", ["pat (x)", "star*", "back\\slash", "o'hara", "æøåß"])
    def test_names_that_mean_something_find_their_owner_only(
        self, directory: LdapAccounts, named: Callable[[str], str], name: str
    ) -> None:
        """U10"""
        if set(name) & set(self.impossible_in_names):
            pytest.skip("the server refuses such a name")
        username = named(name)
        found = directory.find_by_username(username)
        assert found is not None
        assert found.username == username
        assert directory.find(found.id) == found
        directory.set_password(found.id, NEW_PASSWORD)

    def test_of_two_with_one_address_none_is_taken(
        self, directory: LdapAccounts, named: Callable[..., str]
    ) -> None:
        for number in range(2):
            named(f"twin{number}", mail="twins@corp.test")
        assert directory.find_by_username("twins@corp.test") is None

    def test_directories_compare_generously_and_we_do_not(
        self, directory: LdapAccounts, named: Callable[[str], str]
    ) -> None:
        """ "å" is not "a": it may be another person's name."""
        username = named("pål")
        assert directory.find_by_username(username) is not None
        assert directory.find_by_username(username.replace("å", "a")) is None

    # --- rights (least privilege) ---

    def test_who_is_outside_the_base_is_nobody(self, directory: LdapAccounts, outsider: AccountId) -> None:
        assert directory.find(outsider) is None
        with pytest.raises(AccountNotFound):
            directory.set_password(outsider, NEW_PASSWORD)

    def test_another_units_accounts_are_refused_by_the_server(
        self,
        settings: LdapSettings,
        clock: Clock,
        outsider: AccountId,
        wide_base: str,
        signs_in: SignsIn,
        current_password: str,
    ) -> None:
        """S7: even with a base that is too wide, the rights say no."""
        directory = self.over(replace(settings, base=wide_base), clock)
        assert directory.find(outsider) is not None
        with pytest.raises(ChangeForbidden):
            directory.set_password(outsider, NEW_PASSWORD)
        assert signs_in(outsider, current_password)
        self.lock_again(outsider)
        with pytest.raises(ChangeForbidden):
            directory.unlock(outsider)

    def lock_again(self, account: AccountId) -> None:
        raise NotImplementedError

    # --- the line (F1, F2, F3) ---

    def test_a_directory_that_is_down_is_told_at_once(
        self, settings: LdapSettings, clock: Clock, fine: AccountId
    ) -> None:
        """F1"""
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{free_port()}")
        for call in (
            directory.find,
            directory.policy,  # type: ignore[attr-defined]
            directory.unlock,  # type: ignore[attr-defined]
            lambda account: directory.set_password(account, NEW_PASSWORD),  # type: ignore[attr-defined]
            lambda account: directory.find_by_username("kari"),
        ):
            started = time.monotonic()
            with pytest.raises(DirectoryUnavailable):
                call(fine)
            assert time.monotonic() - started < TOLD_WITHIN

    def test_a_machine_that_drops_everything_is_told_within_six_seconds(
        self, settings: LdapSettings, clock: Clock, fine: AccountId
    ) -> None:
        """F1: with the real limit"""
        with deaf_server() as port:
            directory = self.over(settings, clock, f"ldaps://127.0.0.1:{port}")
            started = time.monotonic()
            with pytest.raises(DirectoryUnavailable):
                directory.find(fine)
            assert time.monotonic() - started < TOLD_WITHIN

    def test_slow_name_servers_are_cut_as_well(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """F2"""
        answered = threading.Event()

        def look_up(*_: object, **__: object) -> None:
            answered.wait(10)
            raise OSError("no such host")

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        started = time.monotonic()
        with pytest.raises(DirectoryUnavailable):
            self.over(settings, clock, "ldaps://dc1.corp.test", seconds=0.5).find(fine)
        assert time.monotonic() - started < 2
        answered.set()

    def test_a_server_that_drips_is_cut_as_well(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, line: Proxy
    ) -> None:
        """F2: each byte comes in time, and the answer does not."""
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}", seconds=1.0)
        line.drip = 0.05
        started = time.monotonic()
        with pytest.raises(DirectoryUnavailable):
            directory.find(fine)
        assert time.monotonic() - started < 3

    def test_a_slow_directory_is_cut_and_then_left_alone(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, line: Proxy
    ) -> None:
        """F2"""
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}", seconds=0.7)
        assert directory.find(fine) is not None
        line.hang = True
        took = []
        for _ in range(5):
            line.count()
            started = time.monotonic()
            with pytest.raises(DirectoryUnavailable):
                directory.find(fine)
            took.append(time.monotonic() - started)
        assert max(took) < 2
        assert line.requests == 0, "the breaker spares everybody the wait"
        assert took[-1] < took[0]

    def test_a_directory_that_is_back_is_used_again(
        self,
        settings: LdapSettings,
        clock: Clock,
        fine: AccountId,
        line: Proxy,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(ldap_client, "REST_SECONDS", 0.3)
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}", seconds=0.5)
        line.hang = True
        for _ in range(4):
            with pytest.raises(DirectoryUnavailable):
                directory.find(fine)
        line.hang = False
        line.cut()
        time.sleep(0.4)
        directory.client._seconds = 5.0
        assert [directory.find(fine) is not None for _ in range(3)] == [True] * 3

    def test_a_connection_closed_while_idle_is_not_noticed(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, line: Proxy, signs_in: SignsIn
    ) -> None:
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}")
        assert directory.find(fine) is not None
        line.cut()
        directory.set_password(fine, NEW_PASSWORD)  # type: ignore[attr-defined]
        assert signs_in(fine, NEW_PASSWORD)
        line.cut()
        assert directory.find(fine) is not None

    def test_many_may_ask_at_once(
        self, directory: LdapAccounts, fine: AccountId, disabled: AccountId
    ) -> None:
        wanted = [fine, disabled] * 10
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(directory.find, wanted))
        assert [account.id if account else None for account in found] == wanted
        assert len(directory.client._idle) <= ldap_client.KEPT_CONNECTIONS

    def test_a_rotated_password_counts_from_the_next_connection_on(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, tmp_path: Path
    ) -> None:
        """S14"""
        file = tmp_path / "password"
        file.write_text("the one of last year\n")
        rotated = replace(settings, password=Secret(name="TIER0_LDAP_PASSWORD", file=file))
        directory = self.over(rotated, clock)
        with pytest.raises(DirectoryUnavailable):
            directory.find(fine)
        file.write_text(settings.password.read() + "\n")
        directory.client._rests_until = 0.0
        assert directory.find(fine) is not None
        file.unlink()
        with pytest.raises(DirectoryUnavailable):
            self.over(rotated, clock).find(fine)

    def test_the_second_server_helps_out(self, settings: LdapSettings, clock: Clock, fine: AccountId) -> None:
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{free_port()}", *settings.urls)
        assert directory.find(fine) is not None

    def test_an_answer_that_is_lost_after_the_write_is_found_by_looking(
        self,
        settings: LdapSettings,
        clock: Clock,
        fine: AccountId,
        must_change: AccountId,
        line: Proxy,
        signs_in: SignsIn,
    ) -> None:
        """F3: changed, and nobody heard"""
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}")
        before = directory.find(fine)
        line.lose_answer_to = self._requests_of_a_reset(directory, must_change, line)
        directory.client._seconds = 1.0
        with pytest.raises(OutcomeUnknown):
            directory.set_password(fine, NEW_PASSWORD)  # type: ignore[attr-defined]
        line.lose_answer_to = None
        directory.client._seconds = 5.0
        after = directory.find(fine)
        assert before is not None
        assert after is not None
        assert after.password_changed_at != before.password_changed_at
        assert signs_in(fine, NEW_PASSWORD)

    def test_a_write_that_is_lost_on_its_way_is_found_by_looking(
        self,
        settings: LdapSettings,
        clock: Clock,
        fine: AccountId,
        must_change: AccountId,
        line: Proxy,
        signs_in: SignsIn,
        current_password: str,
    ) -> None:
        """F3: not changed, and nobody knew"""
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}")
        before = directory.find(fine)
        line.lose_request = self._requests_of_a_reset(directory, must_change, line)
        with pytest.raises(OutcomeUnknown):
            directory.set_password(fine, NEW_PASSWORD)  # type: ignore[attr-defined]
        line.lose_request = None
        after = directory.find(fine)
        assert before is not None
        assert after is not None
        assert after.password_changed_at == before.password_changed_at
        assert signs_in(fine, current_password)

    def test_the_look_goes_to_the_server_of_the_write(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, must_change: AccountId, line: Proxy
    ) -> None:
        """F3: another server may not have heard of the change yet."""
        directory = self.over(settings, clock, f"ldaps://127.0.0.1:{line.port}", *settings.urls)
        line.lose_answer_to = self._requests_of_a_reset(directory, must_change, line)
        directory.client._seconds = 1.0
        with pytest.raises(OutcomeUnknown):
            directory.set_password(fine, NEW_PASSWORD)  # type: ignore[attr-defined]
        with pytest.raises(DirectoryUnavailable):
            directory.find(fine)  # the first server still says nothing; the second one is not asked
        assert directory.find(must_change) is not None

    def _requests_of_a_reset(self, directory: LdapAccounts, other: AccountId, line: Proxy) -> int:
        """How many messages a reset takes on an open connection; the write is the last."""
        directory.find(other)
        directory.policy(other)  # type: ignore[attr-defined]
        line.count()
        directory.set_password(other, NEW_PASSWORD)  # type: ignore[attr-defined]
        needed = line.requests
        line.count()
        return needed

    # --- who the server is, and who we are ---

    def test_a_certificate_of_somebody_else_ends_it(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        stranger = make_certificate(tmp_path_factory.mktemp("stranger"), "127.0.0.1")
        with pytest.raises(DirectoryUnavailable):
            self.over(replace(settings, ca_file=stranger.file), clock).find(fine)

    def test_a_certificate_for_another_name_ends_it(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, line: Proxy
    ) -> None:
        with pytest.raises(DirectoryUnavailable):
            self.over(settings, clock, f"ldaps://localhost:{line.port}").find(fine)

    def test_a_wrong_service_password_is_not_tried_again_and_again(
        self, settings: LdapSettings, clock: Clock, fine: AccountId, line: Proxy
    ) -> None:
        """It would lock the service account."""
        wrong = replace(settings, password=Secret(name="TIER0_LDAP_PASSWORD", value="wrong"))
        directory = self.over(wrong, clock, f"ldaps://127.0.0.1:{line.port}")
        with pytest.raises(DirectoryUnavailable):
            directory.find(fine)
        line.count()
        with pytest.raises(DirectoryUnavailable):
            directory.find(fine)
        assert line.requests == 0
