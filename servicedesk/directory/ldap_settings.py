"""What the two LDAP adapters must know. servicedesk/settings.py reads it, docs/directory.md explains it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from servicedesk.secret import Secret


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
