from __future__ import annotations

import re
from pathlib import Path

import pytest

from servicedesk.bootstrap import build_services
from servicedesk.directory.ldap_settings import ACTIVE_DIRECTORY_PEOPLE, LdapSettings
from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings import Settings

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
NEEDED = {
    "TIER0_DIRECTORY": "ldap",
    "TIER0_LDAP_URL": "ldaps://ldap1.corp.example ldap://ldap2.corp.example:3890",
    "TIER0_LDAP_BIND_DN": "cn=tier0,dc=corp,dc=example",
    "TIER0_LDAP_PASSWORD": "a-long-secret-of-the-service-account",
    "TIER0_LDAP_BASE": "ou=people,dc=corp,dc=example",
    "TIER0_LDAP_ADMIN_GROUPS": "cn=admins,dc=corp,dc=example; cn=it,dc=corp,dc=example",
}


def read(**values: str) -> LdapSettings:
    found = Settings.from_env({**NEEDED, **values}).ldap
    assert found is not None
    return found


def test_what_is_needed_is_enough() -> None:
    settings = read()
    assert settings.urls == ("ldaps://ldap1.corp.example", "ldap://ldap2.corp.example:3890")
    assert settings.admin_groups == ("cn=admins,dc=corp,dc=example", "cn=it,dc=corp,dc=example")
    assert settings.group_base == settings.base
    assert settings.attributes.username == "uid"


def test_active_directory_has_its_own_usual_names() -> None:
    settings = read(TIER0_DIRECTORY="active_directory", TIER0_LDAP_ADMIN_GROUPS="")
    assert settings.people == ACTIVE_DIRECTORY_PEOPLE
    assert settings.attributes.username == "sAMAccountName"


def test_single_attributes_are_mapped_otherwise() -> None:
    attributes = read(
        TIER0_LDAP_ATTRIBUTES="phone=telephoneNumber, alternate_email=privateMail,site="
    ).attributes
    assert (attributes.phone, attributes.alternate_email, attributes.site) == (
        "telephoneNumber",
        "privateMail",
        "",
    )
    assert attributes.manager == "manager"
    assert "" not in attributes.names()


@pytest.mark.parametrize("name", sorted(NEEDED.keys() - {"TIER0_DIRECTORY"}))
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read(**{name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIER0_LDAP_URL", "https://ldap.corp.example"),
        ("TIER0_LDAP_URL", "ldap.corp.example"),
        ("TIER0_LDAP_URL", "ldaps://"),
        ("TIER0_LDAP_URL", "ldaps://host:70000"),
        ("TIER0_LDAP_URL", "ldaps://host/dc=corp"),
        ("TIER0_LDAP_URL", "ldaps://user:secret@host"),
        ("TIER0_LDAP_VIP_FILTER", "employeeType=vip"),
        ("TIER0_LDAP_VIP_FILTER", "((employeeType=vip)"),
        ("TIER0_LDAP_ATTRIBUTES", "shoe_size=shoeSize"),
        ("TIER0_LDAP_ATTRIBUTES", "phone"),
        ("TIER0_LDAP_ATTRIBUTES", "phone=mobile)(uid=*"),
        ("TIER0_LDAP_PASSWORD_FILE", "/run/secrets/both-are-too-much"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read(**{name: value})


def test_a_missing_secret_stops_who_needs_it_only(tmp_path: Path) -> None:
    """S11, S14: the rasa process reads these settings too, and has no such file."""
    file = tmp_path / "directory-password"
    settings = Settings.from_env(
        {
            **NEEDED,
            "TIER0_STATE_DIR": str(tmp_path),
            "TIER0_LDAP_PASSWORD": "",
            "TIER0_LDAP_PASSWORD_FILE": str(file),
        }
    )
    with pytest.raises(SettingsError, match="TIER0_LDAP_PASSWORD_FILE"):
        build_services(settings)
    file.write_text("secret\n")
    build_services(settings)


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    """S14, D1"""
    assert "hemmelig" not in repr(Secret(name="TIER0_LDAP_PASSWORD", value="hemmelig"))
    assert "a-long-secret" not in repr(read())


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_an_unreadable_secret_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="TIER0_X_FILE"):
        Secret(name="TIER0_X", file=file).read()


def test_the_docs_list_every_variable() -> None:
    source = (DOCS.parent / "servicedesk" / "directory" / "ldap_settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"(LDAP_[A-Z_]+)"', source))
    assert len(names) > 10
    listed = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert [name for name in sorted(names) if f"`TIER0_{name}" not in listed] == []
