"""The contract over a real slapd with the ppolicy overlay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from servicedesk.clock import Clock, SystemClock
from servicedesk.directory.errors import ChangeForbidden, PasswordFault, PasswordRejected
from servicedesk.directory.ldap import LdapDirectory
from servicedesk.directory.ldap_client import LdapClient
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import Account, AccountId
from tests.contracts.directory import NEW_PASSWORD
from tests.contracts.ldap_directory import LdapDirectoryContract
from tests.servers.openldap import EVERYBODYS, NARROW, SUFFIX, OpenLdap, timestamp
from tests.servers.proxy import Proxy, proxy


@pytest.fixture
def server(slapd: OpenLdap) -> OpenLdap:
    return slapd


@pytest.fixture
def settings(server: OpenLdap) -> LdapSettings:
    return server.settings()


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def directory(settings: LdapSettings, clock: Clock) -> Iterator[LdapDirectory]:
    client = LdapClient(settings)
    yield LdapDirectory(client, settings, clock)
    client.close()


@pytest.fixture
def line(server: OpenLdap) -> Iterator[Proxy]:
    with proxy("127.0.0.1", server.tls_port) as made:
        yield made


@pytest.fixture
def person(server: OpenLdap) -> Callable[..., AccountId]:
    """`person(name, attribute=value)` makes one."""
    return lambda name, **values: id_of(server, server.add(name, **values))


def id_of(server: OpenLdap, username: str) -> AccountId:
    return AccountId(server.show(username)["entryUUID"][0].decode())


def look(directory: LdapDirectory, account: AccountId) -> Account:
    found = directory.find(account)
    assert found is not None
    return found


class TestOpenLdap(LdapDirectoryContract):
    adapter = LdapDirectory
    wide_base = pytest.fixture(lambda self: SUFFIX)
    current_password = pytest.fixture(lambda self: EVERYBODYS)

    @pytest.fixture
    def fine(self, server: OpenLdap, person: Callable[..., AccountId]) -> AccountId:
        return person("fine", manager=f"uid={server.add('boss')},ou=people,{SUFFIX}")

    @pytest.fixture
    def locked(self, server: OpenLdap) -> AccountId:
        username = server.add("locked")
        server.lock(username)
        return id_of(server, username)

    @pytest.fixture
    def expired(self, person: Callable[..., AccountId]) -> AccountId:
        return person("expired", pwdChangedTime=timestamp(timedelta(days=-500)))

    @pytest.fixture
    def must_change(self, person: Callable[..., AccountId]) -> AccountId:
        return person("must-change", pwdReset="TRUE")

    @pytest.fixture
    def disabled(self, person: Callable[..., AccountId]) -> AccountId:
        return person("disabled", pwdAccountLockedTime="000001010000Z")

    @pytest.fixture
    def vip(self, person: Callable[..., AccountId]) -> AccountId:
        return person("vip", employeeType="vip")

    @pytest.fixture
    def privileged(self, server: OpenLdap) -> AccountId:
        username = server.add("privileged")
        server.join("night-shift", username)
        return id_of(server, username)

    @pytest.fixture
    def outsider(self, server: OpenLdap) -> AccountId:
        username = server.add("outsider")
        account = id_of(server, username)
        server.move(username, "leavers")
        return account

    @pytest.fixture
    def named(self, server: OpenLdap) -> Callable[..., str]:
        return server.add

    @pytest.fixture
    def signs_in(self, server: OpenLdap) -> Callable[[AccountId, str], bool]:
        return lambda account, password: server.signs_in(server.dn_of(account), password)

    @pytest.fixture(autouse=True)
    def _remember(self, server: OpenLdap) -> None:
        self.server = server

    def lock_again(self, account: AccountId) -> None:
        self.server.lock(self.server.dn_of(account))


# --- what only ppolicy has ---


def test_a_lockout_that_is_over_is_none(directory: LdapDirectory, person: Callable[..., AccountId]) -> None:
    """The attribute stays until the next sign-in; the policy says how long it counts."""
    account = person("over", pwdAccountLockedTime=timestamp(timedelta(minutes=-31)))
    assert look(directory, account).locked is False
    again = person("again", pwdAccountLockedTime=timestamp(timedelta(minutes=-29)))
    assert look(directory, again).locked is True


def test_what_an_administrator_locked_stays_locked(
    directory: LdapDirectory, server: OpenLdap, person: Callable[..., AccountId]
) -> None:
    """S7: the Password Modify operation would end that lock as well."""
    account = person("stopped", pwdAccountLockedTime="000001010000Z")
    for change in (directory.unlock, lambda who: directory.set_password(who, NEW_PASSWORD)):
        with pytest.raises(ChangeForbidden):
            change(account)
    assert look(directory, account).enabled is False


def test_unlocking_forgets_the_wrong_tries(directory: LdapDirectory, server: OpenLdap) -> None:
    username = server.add("tries")
    server.lock(username)
    directory.unlock(id_of(server, username))
    assert not server.signs_in(username, "one wrong try more")
    assert server.signs_in(username, EVERYBODYS)


def test_without_the_right_to_forget_tries_it_unlocks_all_the_same(
    settings: LdapSettings, clock: Clock, server: OpenLdap
) -> None:
    narrow = replace(settings, bind_dn=NARROW)
    username = server.add("narrow")
    server.lock(username)
    LdapDirectory(LdapClient(narrow), narrow, clock).unlock(id_of(server, username))
    assert server.signs_in(username, EVERYBODYS)


def test_an_accounts_own_policy_counts(directory: LdapDirectory, person: Callable[..., AccountId]) -> None:
    account = person("strict", pwdPolicySubentry=f"cn=strict,ou=policies,{SUFFIX}")
    assert directory.policy(account).min_length == 20
    assert directory.policy(person("usual")).min_length == 12
    with pytest.raises(PasswordRejected) as caught:
        directory.set_password(account, "Femten tegn 123")
    assert caught.value.reasons == (PasswordFault.TOO_SHORT,)
    directory.set_password(account, "Tjue tegn og enda litt til 1")
    with pytest.raises(PasswordRejected) as caught:
        directory.set_password(account, "Tjue tegn og enda litt til 2")
    assert caught.value.reasons == (PasswordFault.TOO_RECENT,)


@pytest.mark.parametrize(
    ("mark", "privileged", "guest"),
    [("service", True, False), ("guest", False, True), ("staff", False, False)],
)
def test_marks_are_filters(
    directory: LdapDirectory, person: Callable[..., AccountId], mark: str, privileged: bool, guest: bool
) -> None:
    account = look(directory, person(mark, employeeType=mark))
    assert (account.privileged, account.guest) == (privileged, guest)


def test_groups_in_a_ring_do_not_hang(directory: LdapDirectory, server: OpenLdap) -> None:
    username = server.add("ring")
    server.join("ring-a", username)
    assert look(directory, id_of(server, username)).privileged is False


def test_an_admin_group_that_cannot_be_read_makes_everybody_privileged(
    settings: LdapSettings, clock: Clock, person: Callable[..., AccountId]
) -> None:
    """S7: unknown counts"""
    gone = replace(settings, admin_groups=(*settings.admin_groups, f"cn=gone,{SUFFIX}"))
    assert look(LdapDirectory(LdapClient(gone), gone, clock), person("anybody")).privileged is True


def test_a_number_of_unknown_age_is_no_factor(
    directory: LdapDirectory, person: Callable[..., AccountId]
) -> None:
    """S2"""
    assert look(directory, person("no-age", phoneRegisteredAt=None)).phone is None


def test_people_are_read_in_the_ports_terms(
    directory: LdapDirectory, person: Callable[..., AccountId]
) -> None:
    account = look(
        directory, person("swede", preferredLanguage="sv-SE, en;q=0.5", c="SE", mobile="070-000 02 01")
    )
    assert (account.language, account.country, account.site, account.department) == (
        "sv", "SE", "Oslo", "Sales",
    )  # fmt: skip
    assert account.phone is not None
    assert account.phone.number == "+46700000201"
    assert account.alternate_email is not None
    assert account.alternate_email.endswith("@privat.test")


def test_without_tls_nothing_is_sent(
    settings: LdapSettings, clock: Clock, server: OpenLdap, person: Callable[..., AccountId]
) -> None:
    """ldap:// means StartTLS: slapd itself refuses a bind in clear here."""
    plain = replace(settings, urls=(f"ldap://127.0.0.1:{server.port}",))
    assert look(LdapDirectory(LdapClient(plain), plain, clock), person("starttls")).enabled
