"""What the two LDAP adapters must know (TIER0_LDAP_…); docs/directory.md explains it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings_reader import Reader


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributes:
    """Which attribute holds what; empty: this directory does not say."""

    username: str = "uid"
    display_name: str = "displayName"
    given_name: str = "givenName"
    email: str = "mail"
    language: str = "preferredLanguage"
    country: str = "c"
    site: str = "l"
    department: str = "ou"
    phone: str = "mobile"
    phone_since: str = ""  # when that number was registered: a number of unknown age proves nothing (S2)
    alternate_email: str = ""
    manager: str = "manager"

    def names(self) -> tuple[str, ...]:
        """The attributes to ask for."""
        return tuple(value for field in fields(self) if (value := getattr(self, field.name)))


OPENLDAP_ATTRIBUTES = Attributes()
ACTIVE_DIRECTORY_ATTRIBUTES = Attributes(
    username="sAMAccountName", site="physicalDeliveryOfficeName", department="department"
)
OPENLDAP_PEOPLE = "(objectClass=inetOrgPerson)"
ACTIVE_DIRECTORY_PEOPLE = "(&(objectCategory=person)(objectClass=user))"


@dataclass(frozen=True, kw_only=True, slots=True)
class LdapSettings:
    urls: tuple[
        str, ...
    ]  # ldaps://host or ldap://host, the latter with StartTLS: nothing is ever sent in clear
    bind_dn: str
    password: Secret
    base: str  # where the employees are
    group_base: str
    ca_file: Path | None = None  # None: the machine's own list
    people: str = OPENLDAP_PEOPLE  # a filter: which entries are people
    attributes: Attributes = OPENLDAP_ATTRIBUTES
    admin_groups: tuple[str, ...] = ()  # members at any depth are privileged (S7)
    privileged: str = ""  # filters that mark service and break-glass accounts, ...
    vip: str = ""
    guest: str = ""
    disabled: str = ""
    policy: str = ""  # OpenLDAP: the entry of ppolicy_default, which no client can ask the server for
    country: str = ""  # of accounts that have none: whose national telephone numbers they are

    @classmethod
    def read(cls, read: Reader, directory: str) -> LdapSettings:
        """Raises SettingsError, which names the variable."""
        is_ad = directory == "active_directory"
        when = f"TIER0_DIRECTORY={directory}"
        base = read.required("LDAP_BASE", when)
        ca_file = read.text("LDAP_CA_FILE", "")
        settings = cls(
            urls=_urls(read, "LDAP_URL", when),
            bind_dn=read.required("LDAP_BIND_DN", when),
            password=read.secret("LDAP_PASSWORD", when),
            base=base,
            group_base=read.text("LDAP_GROUP_BASE", base),
            ca_file=Path(ca_file).resolve() if ca_file else None,
            people=_filter(read, "LDAP_PEOPLE_FILTER", ACTIVE_DIRECTORY_PEOPLE if is_ad else OPENLDAP_PEOPLE),
            attributes=_attributes(
                read, "LDAP_ATTRIBUTES", ACTIVE_DIRECTORY_ATTRIBUTES if is_ad else OPENLDAP_ATTRIBUTES
            ),
            admin_groups=tuple(
                dn.strip() for dn in read.text("LDAP_ADMIN_GROUPS", "").split(";") if dn.strip()
            ),
            privileged=_filter(read, "LDAP_PRIVILEGED_FILTER"),
            vip=_filter(read, "LDAP_VIP_FILTER"),
            guest=_filter(read, "LDAP_GUEST_FILTER"),
            disabled=_filter(read, "LDAP_DISABLED_FILTER"),
            policy=read.text("LDAP_POLICY", ""),
            country=read.text("LDAP_COUNTRY", "").upper(),
        )
        if not settings.admin_groups and not is_ad:  # Active Directory's own ones are known by their numbers
            raise SettingsError(
                "TIER0_LDAP_ADMIN_GROUPS: name the administrators' groups: they are never helped by bot"
            )
        return settings


def _urls(read: Reader, name: str, when: str) -> tuple[str, ...]:
    """One or more, separated by blanks, the preferred one first."""
    urls = tuple(read.required(name, when).split())
    for url in urls:
        parts = urlsplit(url)
        try:
            known = parts.scheme in ("ldaps", "ldap") and bool(parts.hostname) and (parts.port or 1)
        except ValueError:
            known = False
        if not known or parts.path.strip("/") or parts.query or parts.username:
            raise SettingsError(f"TIER0_{name}: {url!r} is no address such as ldaps://dc1.example.com")
    return urls


def _filter(read: Reader, name: str, default: str = "") -> str:
    value = read.text(name, default)
    if value and not (value.startswith("(") and value.endswith(")") and value.count("(") == value.count(")")):
        raise SettingsError(f"TIER0_{name}: {value!r} is no LDAP filter such as (employeeType=vip)")
    return value


def _attributes(read: Reader, name: str, default: Attributes) -> Attributes:
    """`what=attribute` pairs that differ from the usual ones, separated by commas; nothing after = for none."""
    changed = {}
    for pair in filter(None, (part.strip() for part in read.text(name, "").split(","))):
        what, equals, attribute = (part.strip() for part in pair.partition("="))
        known = {field.name for field in fields(Attributes)}
        if not equals or what not in known or not re.fullmatch(r"[A-Za-z0-9-]*", attribute):
            raise SettingsError(f"TIER0_{name}: {pair!r} is not one of {', '.join(sorted(known))}=attribute")
        changed[what] = attribute
    return replace(default, **changed)
