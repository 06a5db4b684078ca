"""What an administrator reads from `python -m servicedesk.directory check`, over real servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from servicedesk.directory.__main__ import main
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.secret import Secret
from tests.servers.certificates import make_certificate
from tests.servers.openldap import EVERYBODYS, OpenLdap, dn
from tests.servers.process import free_port
from tests.servers.proxy import proxy
from tests.servers.samba_dc import ADMIN, ADMIN_PASSWORD, DOMAIN, NARROW, PORT, Samba

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run(kind, settings, *options)`: the exit code, and what is read."""

    def run_check(kind: str, settings: LdapSettings, *options: str, **values: str) -> tuple[int, str]:
        for name, value in {**_environment(kind, settings), **values}.items():
            monkeypatch.setenv(name, value)
        code = main(["check", *options])
        return code, capsys.readouterr().out

    return run_check


def _environment(kind: str, settings: LdapSettings) -> dict[str, str]:
    attributes = settings.attributes
    return {
        "TIER0_DIRECTORY": kind,
        "TIER0_LDAP_URL": " ".join(settings.urls),
        "TIER0_LDAP_BIND_DN": settings.bind_dn,
        "TIER0_LDAP_PASSWORD": settings.password.value,
        "TIER0_LDAP_BASE": settings.base,
        "TIER0_LDAP_GROUP_BASE": settings.group_base,
        "TIER0_LDAP_CA_FILE": str(settings.ca_file),
        "TIER0_LDAP_ATTRIBUTES": f"phone_since={attributes.phone_since},alternate_email={attributes.alternate_email}",
        "TIER0_LDAP_ADMIN_GROUPS": ";".join(settings.admin_groups),
        "TIER0_LDAP_PRIVILEGED_FILTER": settings.privileged,
        "TIER0_LDAP_VIP_FILTER": settings.vip,
        "TIER0_LDAP_POLICY": settings.policy,
        "TIER0_LDAP_COUNTRY": settings.country,
    }


@pytest.fixture
def staff(samba: Samba) -> LdapSettings:
    samba.add("checked")
    return samba.settings()


@pytest.fixture
def people(slapd: OpenLdap) -> LdapSettings:
    slapd.add("checked")
    return slapd.settings()


def with_password(settings: LdapSettings, user: str, password: str) -> LdapSettings:
    return replace(settings, bind_dn=user, password=Secret(name="TIER0_LDAP_PASSWORD", value=password))


def test_a_good_active_directory_has_nothing_wrong(run: Run, staff: LdapSettings) -> None:
    code, read = run("active_directory", staff)
    assert code == 0, read
    for expected in (
        f"connection   {staff.urls[0]} answers in",
        "tls          TLSv1.",
        "bind         as",
        "server       Samba Team",
        f"base         {staff.base}",
        "phone = mobile",
        "rights       may reset passwords",
        "rights       may unlock accounts",
        f"policy       {DOMAIN}: at least 12 characters",
    ):
        assert expected in read, read


def test_a_good_openldap_has_nothing_wrong(run: Run, people: LdapSettings) -> None:
    code, read = run("ldap", people, "--try-rights")
    assert code == 0, read
    assert "rights       may reset passwords" in read
    assert "rights       may unlock accounts" in read


def test_it_changes_nothing(
    run: Run, staff: LdapSettings, samba: Samba, people: LdapSettings, slapd: OpenLdap
) -> None:
    """Not even when it tries the rights."""
    names = samba.add("untouched"), slapd.add("untouched")
    before = samba.show(names[0], "*", "uSNChanged"), slapd.show(names[1])
    base = replace(people, base=dn(names[1]))
    run("active_directory", staff)
    run("ldap", base, "--try-rights")
    assert (samba.show(names[0], "*", "uSNChanged"), slapd.show(names[1])) == before
    assert slapd.signs_in(names[1], EVERYBODYS)


def test_a_missing_right_is_told_with_the_command_that_grants_it(run: Run, staff: LdapSettings) -> None:
    code, read = run("active_directory", replace(staff, bind_dn=NARROW))
    assert code == 1
    assert "may reset passwords" in read
    assert f'WRONG  rights       may not unlock accounts: dsacls "{staff.base}" /I:S' in read
    assert "RPWP;lockoutTime;user" in read


def test_a_missing_right_in_openldap_is_told(run: Run, people: LdapSettings, slapd: OpenLdap) -> None:
    other = with_password(people, dn(slapd.add("reader")), EVERYBODYS)
    code, read = run("ldap", other, "--try-rights")
    assert code == 1
    assert "WRONG  rights       may not reset passwords" in read
    assert "WRONG  rights       may not unlock accounts" in read


def test_an_administrator_is_no_service_account(run: Run, staff: LdapSettings) -> None:
    code, read = run("active_directory", with_password(staff, ADMIN, ADMIN_PASSWORD))
    assert code == 1
    assert "WRONG  rights       the service account is an administrator" in read


def test_a_wrong_password_is_tried_once(run: Run, staff: LdapSettings, samba: Samba) -> None:
    """Twice would be a step towards locking it."""
    username = samba.add("service")
    wrong = with_password(staff, f"{username}@corp.test", "wrong")
    code, read = run("active_directory", replace(wrong, urls=wrong.urls * 3))
    assert code == 1
    assert "the password is wrong" in read
    assert samba.show(username, "badPwdCount")["badPwdCount"] == [b"1"]


@pytest.mark.parametrize(
    ("state", "why"), [({"userAccountControl": "514"}, "disabled"), ({"pwdLastSet": "0"}, "must change")]
)
def test_why_a_service_account_is_refused_is_told(
    run: Run, staff: LdapSettings, samba: Samba, state: dict[str, str], why: str
) -> None:
    username = samba.add("service", **state)
    code, read = run(
        "active_directory", with_password(staff, f"{username}@corp.test", "Velkommen-til-testen-1")
    )
    assert (code, why in read) == (1, True), read


def test_an_unknown_certificate_is_told(run: Run, people: LdapSettings, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path, "127.0.0.1")
    code, read = run("ldap", replace(people, ca_file=stranger.file))
    assert code == 1
    assert "certificate verify failed" in read


def test_a_name_that_the_certificate_does_not_have_is_told(
    run: Run, staff: LdapSettings, samba: Samba
) -> None:
    with proxy(samba.host, PORT) as line:
        code, read = run("active_directory", replace(staff, urls=(f"ldaps://localhost:{line.port}",)))
    assert code == 1
    assert "localhost" in read
    assert "mismatch" in read


def test_a_server_that_is_down_is_told_and_the_other_one_looked_at(run: Run, people: LdapSettings) -> None:
    dead = f"ldaps://127.0.0.1:{free_port()}"
    code, read = run("ldap", replace(people, urls=(dead, *people.urls)))
    assert code == 1
    assert f"WRONG  connection   {dead}" in read
    assert "bind         as" in read


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"TIER0_LDAP_BASE": "ou=nowhere,dc=corp,dc=test"}, "there is no ou=nowhere,dc=corp,dc=test"),
        ({"TIER0_LDAP_ADMIN_GROUPS": "cn=gone,dc=corp,dc=test"}, "everybody counts as privileged"),
        ({"TIER0_LDAP_POLICY": "cn=gone,dc=corp,dc=test"}, "TIER0_LDAP_POLICY"),
        ({"TIER0_LDAP_PEOPLE_FILTER": "(objectClass=printer)"}, "nobody below"),
        ({"TIER0_LDAP_ATTRIBUTES": "phone_since="}, "nobody can be sent a code"),
        ({"TIER0_LDAP_ATTRIBUTES": "username=shoeSize"}, "0 of"),
        ({"TIER0_LDAP_PASSWORD": "", "TIER0_LDAP_PASSWORD_FILE": "/nowhere"}, "TIER0_LDAP_PASSWORD_FILE"),
        ({"TIER0_LDAP_URL": "nonsense"}, "TIER0_LDAP_URL"),
    ],
)
def test_what_is_wrong_is_named(run: Run, people: LdapSettings, change: dict[str, str], told: str) -> None:
    code, read = run("ldap", people, **change)
    assert code == 1, read
    assert told in read


def test_the_wrong_adapter_is_told(run: Run, people: LdapSettings) -> None:
    code, read = run("active_directory", people)
    assert code == 1
    assert "TIER0_DIRECTORY is active_directory" in read


def test_the_embedded_directory_needs_no_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIER0_DIRECTORY", "embedded")
    assert main(["check"]) == 0
    assert "no outside directory" in capsys.readouterr().out
