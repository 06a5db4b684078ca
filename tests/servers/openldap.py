"""OpenLDAP's slapd with the ppolicy overlay."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import ldap3
import pytest
from ldap3.utils.dn import escape_rdn

from servicedesk.directory.ldap_settings import Attributes, LdapSettings
from servicedesk.secret import Secret
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.process import free_port, need, running

HERE = Path(__file__).parent
SUFFIX = "dc=corp,dc=test"
PEOPLE = f"ou=people,{SUFFIX}"
ADMINS = f"cn=directory-admins,ou=groups,{SUFFIX}"
BOT = f"cn=tier0,ou=services,{SUFFIX}"
NARROW = f"cn=narrow,ou=services,{SUFFIX}"  # may end a lockout, and not forget the wrong tries
BOT_PASSWORD = "tier0s-own-passw0rd"
ROOT, ROOT_PASSWORD = f"cn=root,{SUFFIX}", "root-passw0rd-of-the-test"
EVERYBODYS = "velkommen-til-testen-1"
POLICY = f"cn=default,ou=policies,{SUFFIX}"
MAX_FAILURES = 3
RELAX = ("1.3.6.1.4.1.4203.666.5.12", True, None)  # an administrator sets what only the server sets otherwise


@dataclass(frozen=True)
class OpenLdap:
    folder: Path
    port: int
    tls_port: int
    certificate: Certificate
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def settings(self) -> LdapSettings:
        return LdapSettings(
            urls=(f"ldaps://127.0.0.1:{self.tls_port}",),
            bind_dn=BOT,
            password=Secret(name="TIER0_LDAP_PASSWORD", value=BOT_PASSWORD),
            base=PEOPLE,
            group_base=SUFFIX,
            ca_file=self.certificate.file,
            attributes=replace(Attributes(), phone_since="phoneRegisteredAt", alternate_email="privateMail"),
            admin_groups=(ADMINS,),
            vip="(employeeType=vip)",
            privileged="(employeeType=service)",
            guest="(employeeType=guest)",
            policy=POLICY,
            country="NO",
        )

    def bind(self, name: str, password: str) -> ldap3.Connection:
        """A sign-in as a computer does it; `bound` says how it ended."""
        tls = ldap3.Tls(validate=2, ca_certs_file=str(self.certificate.file))
        server = ldap3.Server("127.0.0.1", self.tls_port, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        connection = ldap3.Connection(server, dn(name), password)
        connection.bind()
        return connection

    def signs_in(self, name: str, password: str) -> bool:
        return bool(self.bind(name, password).bound)

    def lock(self, name: str) -> None:
        """As many wrong passwords as it takes."""
        for number in range(MAX_FAILURES):
            assert not self.signs_in(name, f"wrong {number}")

    def add(self, name: str, **values: str | None) -> str:
        """A new person who is well, but for `values`; None: without one. The user name, which nobody else has."""
        username = f"{name}{next(self._numbers)}"
        self._as_root("add", dn(username), None, _person(username, **values))
        return username

    def join(self, group: str, name: str) -> None:
        change = {"member": [(ldap3.MODIFY_ADD, [dn(name)])]}
        self._as_root("modify", f"cn={group},ou=groups,{SUFFIX}", change)

    def edit(self, name: str, **values: str | None) -> None:
        """As an administrator does it, operational attributes included; None: without a value."""
        changes = {
            attribute: [(ldap3.MODIFY_REPLACE, [] if value is None else [value])]
            for attribute, value in values.items()
        }
        self._as_root("modify", dn(name), changes)

    def _as_root(self, operation: str, *arguments: object) -> None:
        root = self.as_root()
        getattr(root, operation)(*arguments, controls=[RELAX])
        assert root.result["result"] == 0, root.result
        root.unbind()

    def show(self, name: str) -> dict[str, list[bytes]]:
        root = self.as_root()
        root.search(dn(name), "(objectClass=*)", "BASE", attributes=["*", "+"])
        return dict(root.response[0]["raw_attributes"])

    def as_root(self) -> ldap3.Connection:
        return self.bind(ROOT, ROOT_PASSWORD)

    def dn_of(self, identifier: str) -> str:
        root = self.as_root()
        root.search(SUFFIX, f"(entryUUID={identifier})")
        return str(root.response[0]["dn"])

    def move(self, name: str, unit: str) -> None:
        root = self.as_root()
        root.modify_dn(dn(name), f"uid={name}", new_superior=f"ou={unit},{SUFFIX}")
        assert root.result["result"] == 0, root.result


def dn(username: str) -> str:
    return username if "=" in username else f"uid={escape_rdn(username)},{PEOPLE}"


@contextmanager
def openldap(folder: Path) -> Iterator[OpenLdap]:
    """A running server without anybody in it yet."""
    slapd, slapadd = need("slapd", "slapd"), need("slapadd", "slapd")
    server = OpenLdap(
        folder, free_port(), free_port(), make_certificate(folder / "tls", "dc1.corp.test", "127.0.0.1")
    )
    (folder / "db").mkdir()
    configuration = folder / "slapd.conf"
    configuration.write_text(
        (HERE / "slapd.conf")
        .read_text()
        .format(
            here=HERE,
            folder=folder,
            bot=BOT,
            narrow=NARROW,
            root_password=ROOT_PASSWORD,
            certificate=server.certificate.file,
            key=server.certificate.key,
        )
    )
    entries = folder / "people.ldif"
    entries.write_text(_ldif(), encoding="utf-8")
    subprocess.run([slapadd, "-q", "-f", configuration, "-l", entries], check=True)
    addresses = f"ldap://127.0.0.1:{server.port} ldaps://127.0.0.1:{server.tls_port}"
    command = [slapd, "-f", str(configuration), "-h", addresses, "-d", "0"]
    with running(command, folder / "output", "127.0.0.1", server.tls_port):
        yield server


def _ldif() -> str:
    return "\n".join(
        [
            _entry(SUFFIX, objectClass="domain", dc="corp"),
            *(
                _entry(f"ou={unit},{SUFFIX}", objectClass="organizationalUnit", ou=unit)
                for unit in ("people", "leavers", "groups", "services", "policies")
            ),
            _policy("default", pwdMinLength="12", pwdMaxAge="31536000"),
            _policy("strict", pwdMinLength="20", pwdMaxAge="31536000", pwdMinAge="86400"),
            *(
                _entry(
                    name,
                    objectClass=("applicationProcess", "simpleSecurityObject"),
                    cn=name.split(",")[0].removeprefix("cn="),
                    userPassword=BOT_PASSWORD,
                )
                for name in (BOT, NARROW)
            ),
            _group("directory-admins", f"cn=operators,ou=groups,{SUFFIX}"),
            _group("operators", f"cn=night-shift,ou=groups,{SUFFIX}"),
            _group("night-shift", BOT),
            _group("ring-a", f"cn=ring-b,ou=groups,{SUFFIX}"),
            _group("ring-b", f"cn=ring-a,ou=groups,{SUFFIX}"),
        ]
    )


def _person(username: str, **values: str | None) -> dict[str, str | tuple[str, ...]]:
    changed = timestamp(timedelta(days=-30))
    address = "".join(char for char in username if char.isascii() and char.isalnum())
    attributes: dict[str, str | tuple[str, ...] | None] = {
        "objectClass": ("inetOrgPerson", "registeredFactors"),
        "uid": username,
        "cn": f"{username.title()} Nordmann",
        "givenName": username.title(),
        "sn": "Nordmann",
        "mail": f"{address}@corp.test",
        "mobile": "+47 400 00 101",
        "phoneRegisteredAt": changed,
        "privateMail": f"{address}@privat.test",
        "l": "Oslo",
        "c": "NO",
        "ou": "Sales",
        "preferredLanguage": "no",
        "userPassword": EVERYBODYS,
        "pwdChangedTime": changed,
        **values,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def _policy(name: str, **values: str) -> str:
    return _entry(
        f"cn={name},ou=policies,{SUFFIX}",
        objectClass=("device", "pwdPolicy"),
        cn=name,
        pwdAttribute="userPassword",
        pwdLockout="TRUE",
        pwdMaxFailure=str(MAX_FAILURES),
        pwdLockoutDuration="1800",
        pwdCheckQuality="2",
        pwdInHistory="5",
        pwdMustChange="TRUE",
        **values,
    )


def _group(name: str, *members: str) -> str:
    return _entry(f"cn={name},ou=groups,{SUFFIX}", objectClass="groupOfNames", cn=name, member=members)


def _entry(name: str, **attributes: str | tuple[str, ...]) -> str:
    lines = [f"dn: {name}"]
    for attribute, values in attributes.items():
        lines += [f"{attribute}: {value}" for value in ((values,) if isinstance(values, str) else values)]
    return "\n".join(lines) + "\n"


def timestamp(ago: timedelta = timedelta()) -> str:
    """LDAP's time, so far from now."""
    return (datetime.now(timezone.utc) + ago).strftime("%Y%m%d%H%M%SZ")


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenLdap]:
    with openldap(tmp_path_factory.mktemp("openldap")) as running_server:
        yield running_server
