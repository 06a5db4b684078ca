"""What Graph shows of an account, and what is made of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.entra.hybrid import object_guid
from servicedesk.directory.entra.settings import Reset
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.directory.port import Account, AccountId
from servicedesk.factors.rules import refusal, usable_factors
from servicedesk.settings import Settings
from tests.fakes.entra.graph import throttled
from tests.fakes.entra.server import FakeEntra
from tests.fakes.entra.setup import entra_directory
from tests.fakes.entra.tenant import DOMAIN, Tenant, User, new_id

Look = Callable[[User], Account]


# --- who is privileged (S7) ---


def a_role(tenant: Tenant, user: User) -> None:
    tenant.give_role(user.id)


def a_role_of_a_unit(tenant: Tenant, user: User) -> None:
    tenant.assignments.append(
        {
            "id": new_id(),
            "principalId": user.id,
            "roleDefinitionId": new_id(),
            "directoryScopeId": "/administrativeUnits/1",
        }
    )


def a_role_within_reach(tenant: Tenant, user: User) -> None:
    tenant.eligible.append({"id": new_id(), "principalId": user.id, "roleDefinitionId": new_id()})


def a_group_within_reach(tenant: Tenant, user: User) -> None:
    tenant.eligible_groups.append(
        {"id": new_id(), "principalId": user.id, "groupId": new_id(), "accessId": "member"}
    )


def a_nested_group_for_roles(tenant: Tenant, user: User) -> None:
    inner = tenant.add_group("Team", user.id)
    tenant.add_group("Admins", inner.id, assignable=True)


def owner_of_a_group_for_roles(tenant: Tenant, user: User) -> None:
    tenant.add_group("Admins", assignable=True).owners.add(user.id)


def a_group_that_we_may_not_read(tenant: Tenant, user: User) -> None:
    tenant.add_group("Secret", user.id, hidden=True)


def a_restricted_unit(_tenant: Tenant, user: User) -> None:
    user.restricted = True


@pytest.mark.parametrize(
    "privilege",
    [
        a_role,
        a_role_of_a_unit,
        a_role_within_reach,
        a_group_within_reach,
        a_nested_group_for_roles,
        owner_of_a_group_for_roles,
        a_group_that_we_may_not_read,
        a_restricted_unit,
    ],
)
def test_whoever_has_or_can_get_rights_is_privileged(
    tenant: Tenant, kari: User, look: Look, privilege: Callable[[Tenant, User], None]
) -> None:
    """S7"""
    tenant.add_group("Everybody", kari.id)
    assert not look(kari).privileged
    privilege(tenant, kari)
    assert look(kari).privileged


@pytest.mark.parametrize(
    "permission",
    [
        "GroupMember.Read.All",
        "RoleManagement.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    ],
)
def test_rights_that_cannot_be_read_count(entra: FakeEntra, kari: User, look: Look, permission: str) -> None:
    """S7: unknown counts"""
    entra.tenant.add_group("Everybody", kari.id)
    entra.login.roles.discard(permission)
    assert look(kari).privileged


def test_every_page_of_groups_is_read(entra: FakeEntra, kari: User, look: Look) -> None:
    """S7: the one that matters may come last"""
    for number in range(40):
        entra.tenant.add_group(f"Project {number}", kari.id)
    entra.graph.page_size = 7
    assert not look(kari).privileged
    entra.tenant.add_group("Admins", kari.id, assignable=True)
    assert look(kari).privileged


def test_groups_named_in_the_settings_protect(entra: FakeEntra, tmp_path: Path, kari: User) -> None:
    """S7: agents, break-glass, VIPs, through any depth"""
    team = entra.tenant.add_group("Team", kari.id)
    agents, board = entra.tenant.add_group("Agents", team.id), entra.tenant.add_group("Board", kari.id)
    directory = entra_directory(
        entra, tmp_path, protected_groups=frozenset({agents.id}), vip_groups=frozenset({board.id})
    )
    account = directory.find(AccountId(kari.id))
    assert account is not None
    assert (account.privileged, account.vip) == (True, True)


def test_without_p2_nobody_is_asked_for_eligible_roles(entra: FakeEntra, tmp_path: Path, kari: User) -> None:
    entra.login.roles.discard("RoleEligibilitySchedule.Read.Directory")
    account = entra_directory(entra, tmp_path, eligible_roles=False).find(AccountId(kari.id))
    assert account is not None
    assert not account.privileged


# --- who is refused for other reasons ---


def test_guests_are_guests_however_they_are_marked(tenant: Tenant, look: Look) -> None:
    """S1; whose kind is unknown is no member, either"""
    for user in (
        tenant.add_user("guest", kind="Guest"),
        tenant.add_user("who_other.example#EXT#", kind="Member"),
        tenant.add_user("old.sync", kind=None),
    ):
        assert look(user).guest
        assert refusal(look(user)) == "guest"


def test_passwords_kept_elsewhere_are_not_ours_to_set(entra: FakeEntra, tmp_path: Path, look: Look) -> None:
    synced = entra.tenant.add_user("synced", synced=True)
    assert look(synced).managed_elsewhere
    assert refusal(look(synced))
    with_writeback = entra_directory(entra, tmp_path, reset=Reset.METHOD).find(AccountId(synced.id))
    assert with_writeback is not None
    assert not with_writeback.managed_elsewhere
    entra.tenant.domains[DOMAIN]["authenticationType"] = "Federated"
    assert look(entra.tenant.add_user("federated")).managed_elsewhere


# --- states ---


def test_passwords_expire_by_the_domains_age_and_not_where_that_is_off(
    tenant: Tenant, clock: ManualClock, kari: User, look: Look
) -> None:
    clock.advance(timedelta(days=306))
    assert look(kari).password_expired
    kari.synced = True  # synchronised accounts have "DisablePasswordExpiration"
    assert not look(kari).password_expired
    kari.synced = False
    tenant.domains[DOMAIN]["passwordValidityPeriodInDays"] = 2_147_483_647
    assert not look(kari).password_expired
    tenant.domains[DOMAIN]["passwordValidityPeriodInDays"] = None  # 90 days or never, by the tenant's age
    assert not look(kari).password_expired


@pytest.mark.parametrize(
    ("preferred", "country", "language"),
    [
        ("nb-NO", "NO", "nb"),
        ("nn-NO", "NO", "nb"),
        ("sv", "SE", "sv"),
        ("de-AT", "AT", "de"),
        ("en-GB", "NO", "en"),
        (None, "SE", "sv"),
        (None, "CH", "de"),
        ("fr-FR", "FR", "en"),
    ],
)
def test_the_language_is_the_profiles_or_the_countrys(
    tenant: Tenant, look: Look, preferred: str | None, country: str, language: str
) -> None:
    assert look(tenant.add_user("somebody", language=preferred, country=country)).language == language


def test_the_manager_is_found(tenant: Tenant, look: Look, kari: User) -> None:
    assert look(kari).manager is None
    kari.manager = tenant.add_user("boss").id
    assert look(kari).manager == kari.manager


# --- factors (S2, U6) ---


def test_a_phone_of_unknown_age_is_told_of_and_proves_nothing(
    tenant: Tenant, clock: ManualClock, look: Look
) -> None:
    """S2, U6"""
    user = tenant.add_user("new.phone", phone=None)
    tenant.add_method(user, "phone", since=None, phoneNumber="+46 701234567", phoneType="mobile")
    account = look(user)
    assert account.phone is not None
    assert (account.phone.number, account.phone.registered_at) == ("+46701234567", None)
    assert usable_factors(account, Settings(), clock.now()) == ()
    user.methods[-1]["createdDateTime"] = "2026-10-30T08:59:59.1234567Z"
    [factor] = usable_factors(look(user), Settings(), clock.now())
    assert factor.kind == "sms"
    user.methods[-1]["createdDateTime"] = "2026-10-30T09:00:01Z"
    assert usable_factors(look(user), Settings(), clock.now()) == ()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+47 90012345x123", "mobile"),
        ("+47 22", "mobile"),
        ("+47 90012345", "office"),
        ("+47 90012345", "alternateMobile"),
    ],
)
def test_what_takes_no_text_message_is_no_phone(tenant: Tenant, look: Look, number: str, kind: str) -> None:
    user = tenant.add_user("no.sms", phone=None)
    tenant.add_method(user, "phone", since=None, phoneNumber=number, phoneType=kind)
    assert look(user).phone is None


def test_a_young_or_ageless_address_for_resets_does_not_count(
    tenant: Tenant, clock: ManualClock, kari: User, look: Look
) -> None:
    """S2"""
    for since, counts in (
        (None, False),
        (clock.now() - timedelta(hours=71), False),
        (clock.now() - timedelta(hours=72), True),
    ):
        kari.methods = []
        tenant.add_method(kari, "email", since=since, emailAddress="kari@home.example")
        assert (look(kari).alternate_email == "kari@home.example") is counts


def test_authenticators_count_for_nobody(tenant: Tenant, clock: ManualClock, kari: User, look: Look) -> None:
    """Graph checks no codes: an authenticator that nobody can ask is no factor."""
    tenant.add_method(
        kari, "microsoftAuthenticator", since=clock.now() - timedelta(days=90), displayName="Pixel"
    )
    assert look(kari).authenticator_since is None


# --- names ---


def test_names_with_quotes_are_names(tenant: Tenant, directory: EntraDirectory) -> None:
    """U10"""
    user = tenant.add_user("siobhan.o'neill")
    found = directory.find_by_username(user.upn)
    assert found is not None
    assert found.id == user.id


def test_a_name_that_two_have_is_nobodys(tenant: Tenant, directory: EntraDirectory) -> None:
    tenant.add_user("kari")
    tenant.add_user("Kari")
    assert directory.find_by_username(f"kari@{DOMAIN}") is None


@pytest.mark.parametrize(
    "identifier", ["", "kari", "../organization", "a' or id ne '", str(uuid.UUID(int=7)) + "/manager", "\x00"]
)
def test_what_is_no_object_id_is_asked_of_nobody(
    entra: FakeEntra, directory: EntraDirectory, identifier: str
) -> None:
    """U10"""
    assert directory.find(AccountId(identifier)) is None
    assert entra.requests == []


# --- lockouts ---


def test_a_refused_sign_in_shows_as_a_lockout(
    tenant: Tenant, clock: ManualClock, kari: User, look: Look
) -> None:
    for minutes in (600, 598, 3, 2):
        tenant.refuse_sign_in(kari, clock.now() - timedelta(minutes=minutes))
    account = look(kari)
    assert (account.locked, account.unlockable, account.lockouts_today) == (True, False, 2)
    assert account.locked_at == clock.now() - timedelta(minutes=2)


def test_a_lockout_is_over_when_something_shows_it(
    tenant: Tenant, clock: ManualClock, kari: User, look: Look
) -> None:
    tenant.refuse_sign_in(kari, clock.now() - timedelta(minutes=5))
    assert look(kari).locked
    kari.last_success = clock.now() - timedelta(minutes=1)
    assert not look(kari).locked
    kari.last_success = None
    kari.changed_at = clock.now() - timedelta(minutes=1)
    assert not look(kari).locked
    kari.changed_at = clock.now() - timedelta(days=9)
    clock.advance(timedelta(minutes=11))
    assert not look(kari).locked
    assert look(kari).lockouts_today == 1


def test_an_address_with_a_bad_name_locks_nobody_out(tenant: Tenant, kari: User, look: Look) -> None:
    tenant.refuse_sign_in(
        kari, reason="Sign-in was blocked because it came from an IP address with malicious activity"
    )
    assert (look(kari).locked, look(kari).lockouts_today) == (False, 0)


def test_without_a_licence_or_a_right_no_lockout_is_seen_and_all_else_is(
    entra: FakeEntra, tmp_path: Path, kari: User, look: Look
) -> None:
    entra.tenant.refuse_sign_in(kari)
    entra.tenant.premium = False
    assert (look(kari).locked, look(kari).unlockable, look(kari).enabled) == (False, False, True)
    asked = len(entra.graph.asked)
    assert entra_directory(entra, tmp_path, sign_in_log=False).find(AccountId(kari.id)) == look(kari)
    assert not any("auditLogs" in line for line in entra.graph.asked[asked:])


def test_a_throttled_log_costs_nothing_but_what_it_knows(entra: FakeEntra, kari: User, look: Look) -> None:
    """F2: five questions in ten seconds are all that it answers"""
    entra.graph.refusing = lambda _method, path: throttled(10) if "auditLogs" in path else None
    entra.tenant.refuse_sign_in(kari)
    for _ in range(5):
        assert not look(kari).locked
    assert sum("auditLogs" in line for line in entra.graph.asked) == 1


# --- hybrid identities ---


def test_a_synchronised_account_is_the_one_with_its_guid_in_active_directory(
    tenant: Tenant, directory: EntraDirectory, kari: User
) -> None:
    """connectors.md: base64 of the raw bytes, little-endian"""
    assert directory.on_premises_guid(AccountId(kari.id)) is None
    kari.immutable_id = "MyIRAFVEd2aImaq7zN3u/w=="
    assert directory.on_premises_guid(AccountId(kari.id)) is None, "cloud only: what is left of a former life"
    kari.synced = True
    assert directory.on_premises_guid(AccountId(kari.id)) == "00112233-4455-6677-8899-aabbccddeeff"


@pytest.mark.parametrize("value", [None, "", "kari@nordlys.example", "AAAA", "MyIRAFVEd2aImaq7zN3u", "ÆØÅ="])
def test_other_source_anchors_are_no_guid(value: str | None) -> None:
    assert object_guid(value) is None


# --- rights of ours that are missing ---


@pytest.mark.parametrize(
    "permission", ["User.Read.All", "UserAuthenticationMethod.Read.All", "Domain.Read.All"]
)
def test_without_its_rights_the_directory_is_not_available(
    entra: FakeEntra, directory: EntraDirectory, kari: User, permission: str, caplog: pytest.LogCaptureFixture
) -> None:
    entra.login.roles.discard(permission)
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    assert "docs/directory-entra.md" in caplog.text
