"""The contract over a real Samba domain controller."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from servicedesk.clock import Clock, ManualClock, SystemClock
from servicedesk.directory.active_directory import POLICY_HINTS, ActiveDirectory
from servicedesk.directory.ad_values import guid
from servicedesk.directory.errors import ChangeForbidden, PasswordFault, PasswordRejected
from servicedesk.directory.ldap_client import LdapClient
from servicedesk.directory.ldap_session import UNWILLING, Entry, LdapRefused, Session
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import Account, AccountId
from tests.contracts.directory import NEW_PASSWORD
from tests.contracts.ldap_directory import LdapDirectoryContract
from tests.servers.proxy import Proxy, proxy
from tests.servers.samba_dc import DOMAIN, EVERYBODYS, LEAVERS, NARROW, PORT, Samba

UNIT = 10_000_000  # of Active Directory's intervals, a second


@pytest.fixture
def settings(samba: Samba) -> LdapSettings:
    return samba.settings()


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def directory(settings: LdapSettings, clock: Clock) -> Iterator[ActiveDirectory]:
    client = LdapClient(settings)
    yield ActiveDirectory(client, settings, clock)
    client.close()


@pytest.fixture
def line(samba: Samba) -> Iterator[Proxy]:
    with proxy(samba.host, PORT) as made:
        yield made


@pytest.fixture
def person(samba: Samba) -> Callable[..., AccountId]:
    """`person(name, attribute=value)` makes one."""
    return lambda name, **values: id_of(samba, samba.add(name, **values))


def id_of(samba: Samba, username: str) -> AccountId:
    return AccountId(guid(samba.show(username, "objectGUID")["objectGUID"][0]))


def look(directory: ActiveDirectory, account: AccountId) -> Account:
    found = directory.find(account)
    assert found is not None
    return found


class TestActiveDirectory(LdapDirectoryContract):
    adapter = ActiveDirectory
    impossible_in_names = "*\\"
    wide_base = pytest.fixture(lambda self: DOMAIN)
    current_password = pytest.fixture(lambda self: EVERYBODYS)

    @pytest.fixture
    def fine(self, samba: Samba, person: Callable[..., AccountId]) -> AccountId:
        return person("fine", manager=samba.dn(samba.add("boss")))

    @pytest.fixture
    def locked(self, samba: Samba) -> AccountId:
        username = samba.add("locked")
        samba.lock(username)
        return id_of(samba, username)

    @pytest.fixture
    def expired(self, samba: Samba) -> AccountId:
        username = samba.add("expired")
        samba.age(username)
        return id_of(samba, username)

    @pytest.fixture
    def must_change(self, person: Callable[..., AccountId]) -> AccountId:
        return person("must-change", pwdLastSet="0")

    @pytest.fixture
    def disabled(self, person: Callable[..., AccountId]) -> AccountId:
        return person("disabled", userAccountControl="514")

    @pytest.fixture
    def vip(self, person: Callable[..., AccountId]) -> AccountId:
        return person("vip", employeeType="vip")

    @pytest.fixture
    def privileged(self, samba: Samba) -> AccountId:
        username = samba.add("privileged")
        samba.join("night-shift", samba.dn(username))
        return id_of(samba, username)

    @pytest.fixture
    def outsider(self, samba: Samba) -> AccountId:
        username = samba.add("outsider")
        samba.move(username, LEAVERS)
        return id_of(samba, username)

    @pytest.fixture
    def named(self, samba: Samba) -> Callable[..., str]:
        return samba.add

    @pytest.fixture
    def signs_in(self, samba: Samba, directory: ActiveDirectory) -> Callable[[AccountId, str], bool]:
        return lambda account, password: samba.signs_in(samba.name_of(account), password)

    @pytest.fixture(autouse=True)
    def _remember(self, samba: Samba) -> None:
        self.samba = samba

    def lock_again(self, account: AccountId) -> None:
        self.samba.lock(self.samba.name_of(account))


# --- what only Active Directory has ---


def test_a_reset_of_a_locked_account_is_one_step(directory: ActiveDirectory, samba: Samba) -> None:
    """F4: no half of it"""
    username = samba.add("both")
    samba.lock(username)
    directory.set_password(id_of(samba, username), NEW_PASSWORD)
    assert samba.show(username, "lockoutTime")["lockoutTime"] == [b"0"]
    assert samba.signs_in(username, NEW_PASSWORD)


def test_without_the_right_to_unlock_nothing_is_half_done(
    settings: LdapSettings, clock: Clock, samba: Samba
) -> None:
    """F4, and least privilege: the narrow account may reset and not unlock."""
    narrow = replace(settings, bind_dn=NARROW)
    directory = ActiveDirectory(LdapClient(narrow), narrow, clock)
    username = samba.add("half")
    samba.lock(username)
    account = id_of(samba, username)
    before = look(directory, account)
    with pytest.raises(ChangeForbidden):
        directory.unlock(account)
    with pytest.raises(ChangeForbidden):
        directory.set_password(account, NEW_PASSWORD)
    assert look(directory, account) == before


def test_complexity_is_told_before_and_after(
    directory: ActiveDirectory, person: Callable[..., AccountId]
) -> None:
    account = person("mixed")
    assert directory.policy(account).kinds == 3
    with pytest.raises(PasswordRejected) as caught:
        directory.set_password(account, "fjorden ligger stille i natt 47")
    assert caught.value.reasons == (PasswordFault.UNMIXED,)
    directory.set_password(account, "Fjorden ligger stille i natt 47")


def test_a_fine_grained_policy_counts(
    directory: ActiveDirectory, settings: LdapSettings, clock: Clock, samba: Samba
) -> None:
    username = samba.add("strict")
    account = id_of(samba, username)
    assert directory.policy(account).min_length == 12
    samba.as_admin(
        "add",
        f"CN=strict,CN=Password Settings Container,CN=System,{DOMAIN}",
        ["msDS-PasswordSettings"],
        {
            "msDS-PasswordSettingsPrecedence": "10",
            "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
            "msDS-PasswordHistoryLength": "24",
            "msDS-PasswordComplexityEnabled": "FALSE",
            "msDS-MinimumPasswordLength": "20",
            "msDS-MinimumPasswordAge": "0",
            "msDS-MaximumPasswordAge": str(-90 * 86_400 * UNIT),
            "msDS-LockoutThreshold": "3",
            "msDS-LockoutObservationWindow": str(-1800 * UNIT),
            "msDS-LockoutDuration": str(-1800 * UNIT),
            "msDS-PSOAppliesTo": samba.dn(username),
        },
    )
    policy = directory.policy(account)
    assert (policy.min_length, policy.max_age_days, policy.kinds) == (20, 90, 0)
    with pytest.raises(PasswordRejected) as caught:
        directory.set_password(account, "Femten tegn 123")
    assert caught.value.reasons == (PasswordFault.TOO_SHORT,)
    narrow = replace(
        settings, bind_dn=NARROW
    )  # may not read fine-grained policies: the domain's is the best guess
    assert ActiveDirectory(LdapClient(narrow), narrow, clock).policy(account).min_length == 12


def test_an_account_that_ran_out_is_disabled(
    directory: ActiveDirectory, person: Callable[..., AccountId]
) -> None:
    long_ago = person("left", accountExpires=str(130_000_000_000_000_000))
    assert look(directory, long_ago).enabled is False


@pytest.mark.parametrize(
    ("mark", "privileged", "guest"),
    [("service", True, False), ("guest", False, True), ("staff", False, False)],
)
def test_marks_are_filters(
    directory: ActiveDirectory, person: Callable[..., AccountId], mark: str, privileged: bool, guest: bool
) -> None:
    account = look(directory, person(mark, employeeType=mark))
    assert (account.privileged, account.guest) == (privileged, guest)


def test_service_principals_and_former_administrators_are_privileged(
    directory: ActiveDirectory, person: Callable[..., AccountId]
) -> None:
    """S7"""
    assert look(directory, person("sql", servicePrincipalName="MSSQLSvc/db.corp.test")).privileged
    assert look(directory, person("once", adminCount="1")).privileged


def test_groups_of_the_settings_count_at_any_depth_and_kind(directory: ActiveDirectory, samba: Samba) -> None:
    """S7: a distribution group is in nobody's token."""
    username = samba.add("agent")
    inner = f"CN=evening-agents,CN=Users,{DOMAIN}"
    samba.as_admin(
        "add",
        inner,
        ["group"],
        {"sAMAccountName": "evening-agents", "groupType": "2", "member": samba.dn(username)},
    )
    assert look(directory, id_of(samba, username)).privileged is False
    samba.join("desk-agents", inner)
    assert look(directory, id_of(samba, username)).privileged is True


def test_the_primary_group_counts(directory: ActiveDirectory, samba: Samba) -> None:
    """S7: it is in no memberOf."""
    username = samba.add("primary")
    samba.join("Domain Admins", samba.dn(username))
    samba.edit(username, primaryGroupID="512")
    shown = samba.show(username, "memberOf")
    assert not any(b"Domain Admins" in group for group in shown.get("memberOf", []))
    assert look(directory, id_of(samba, username)).privileged is True


def test_an_admin_group_that_cannot_be_read_makes_everybody_privileged(
    settings: LdapSettings, clock: Clock, person: Callable[..., AccountId]
) -> None:
    """S7: unknown counts"""
    gone = replace(settings, admin_groups=(f"CN=gone,CN=Users,{DOMAIN}",))
    assert look(ActiveDirectory(LdapClient(gone), gone, clock), person("anybody")).privileged is True


def test_the_number_is_as_old_as_its_last_change(
    directory: ActiveDirectory, samba: Samba, clock: Clock
) -> None:
    """S2, U6: from the replication metadata; other changes of the account do not make it younger."""
    username = samba.add("number", mobile=None)
    account = id_of(samba, username)
    assert look(directory, account).phone is None
    samba.edit(username, mobile="400 00 102")
    first = look(directory, account).phone
    assert first is not None
    assert first.number == "+4740000102"
    assert clock.now() - first.registered_at < timedelta(minutes=1)
    samba.edit(username, description="something else")
    assert look(directory, account).phone == first


def test_a_number_in_an_attribute_of_unknown_age_is_no_factor(
    settings: LdapSettings, clock: Clock, person: Callable[..., AccountId]
) -> None:
    """S2"""
    other = replace(settings, attributes=replace(settings.attributes, phone="facsimileTelephoneNumber"))
    account = person("fax", facsimileTelephoneNumber="+4740000103")
    assert look(ActiveDirectory(LdapClient(other), other, clock), account).phone is None


def test_a_lockout_that_is_over_is_none(directory: ActiveDirectory, samba: Samba) -> None:
    """The server counts: lockoutTime stays until the next sign-in."""
    username = samba.add("short")
    samba.lock(username)
    account = id_of(samba, username)
    assert look(directory, account).locked_at is not None
    samba.change(DOMAIN, lockoutDuration=str(-1 * UNIT), lockOutObservationWindow=str(-1 * UNIT))
    try:
        deadline = time.monotonic() + 10
        while look(directory, account).locked:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert look(directory, account).locked_at is None
        assert samba.show(username, "lockoutTime")["lockoutTime"] != [b"0"]
    finally:
        samba.change(DOMAIN, lockoutDuration=str(-1800 * UNIT), lockOutObservationWindow=str(-1800 * UNIT))


def test_time_is_the_ports_clocks(settings: LdapSettings, person: Callable[..., AccountId]) -> None:
    soon = person("leaving", accountExpires=str(200_000_000_000_000_000))
    early, late = ManualClock(), ManualClock()
    late.advance(timedelta(days=365 * 300))
    client = LdapClient(settings)
    assert look(ActiveDirectory(client, settings, early), soon).enabled is True
    assert look(ActiveDirectory(client, settings, late), soon).enabled is False


# --- what Windows answers, where Samba answers otherwise ---

WINDOWS_RESTRICTION = "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n"


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("Kort 1!", (PasswordFault.TOO_SHORT,)),
        ("fjorden ligger stille i natt", (PasswordFault.UNMIXED,)),
        ("Min windows47 er fin", (PasswordFault.PERSONAL,)),
        ("Fjorden ligger stille i natt 47", (PasswordFault.REFUSED,)),
    ],
)
def test_windows_says_only_no_and_the_reason_is_worked_out(
    directory: ActiveDirectory,
    samba: Samba,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    faults: tuple[PasswordFault, ...],
) -> None:
    account = id_of(samba, samba.add("person", displayName="Windows47 Nordmann"))

    def refuse(*_: object) -> None:
        raise LdapRefused(UNWILLING, WINDOWS_RESTRICTION)

    monkeypatch.setattr(Session, "replace", refuse)
    with pytest.raises(PasswordRejected) as caught:
        directory.set_password(account, password)
    assert caught.value.reasons == faults


@pytest.mark.parametrize(("days", "keeps_to_the_history"), [("0", True), ("1", False)])
def test_where_the_server_can_the_history_counts_but_not_the_minimum_age(
    directory: ActiveDirectory,
    samba: Samba,
    monkeypatch: pytest.MonkeyPatch,
    days: str,
    keeps_to_the_history: bool,
) -> None:
    """LDAP_SERVER_POLICY_HINTS_OID; this password was set a moment ago."""
    account = id_of(samba, samba.add("hints"))
    sent: list[object] = []
    root = Session.root

    def with_hints(session: Session) -> Entry:
        told = root(session)
        controls = (*told.values["supportedcontrol"], POLICY_HINTS[0].encode())
        return Entry(told.dn, {**told.values, "supportedcontrol": controls})

    monkeypatch.setattr(Session, "root", with_hints)
    monkeypatch.setattr(Session, "replace", lambda _self, _dn, _changes, controls: sent.append(controls))
    samba.change(DOMAIN, minPwdAge=str(-int(days) * 86_400 * UNIT))
    try:
        directory.set_password(account, NEW_PASSWORD)
        assert directory.policy(account).history == 5
    finally:
        samba.change(DOMAIN, minPwdAge="0")
    assert sent == [[POLICY_HINTS] if keeps_to_the_history else None]
