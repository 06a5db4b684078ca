"""A Samba domain controller of its own, without anybody in it yet."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import ldap3
import pytest
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn

from servicedesk.directory.ldap_settings import (
    ACTIVE_DIRECTORY_ATTRIBUTES,
    ACTIVE_DIRECTORY_PEOPLE,
    LdapSettings,
)
from servicedesk.secret import Secret
from tests.servers.certificates import Certificate, make_certificate
from tests.servers.process import need, running

PACKAGES = "samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind"
SYSTEM_PYTHON = "/usr/bin/python3"  # the one with Samba's modules
OFFLINE = Path(__file__).parent / "samba_offline.py"
DOMAIN = "DC=corp,DC=test"
STAFF, LEAVERS = f"OU=Staff,{DOMAIN}", f"OU=Leavers,{DOMAIN}"
ADMIN, ADMIN_PASSWORD = "Administrator@corp.test", "Adm1n-Passw0rd!"
BOT, NARROW, BOT_PASSWORD = "svc-tier0@corp.test", "svc-narrow@corp.test", "Tier0s-Own-Passw0rd!"
EVERYBODYS = "Velkommen-til-testen-1"
MAX_FAILURES = 3
PORT = 636  # Samba has no setting for it; so each run has a loopback address of its own

KEPT_SECONDS = 60


@dataclass
class Samba:
    folder: Path
    host: str
    certificate: Certificate
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)
    _connection: ldap3.Connection = field(default=None, repr=False)
    _asked: float = field(default=float("-inf"), repr=False)

    @property
    def url(self) -> str:
        return f"ldaps://{self.host}"

    @property
    def configuration(self) -> Path:
        return self.folder / "s" / "etc" / "smb.conf"

    def settings(self) -> LdapSettings:
        return LdapSettings(
            urls=(self.url,),
            bind_dn=BOT,
            password=Secret(name="TIER0_LDAP_PASSWORD", value=BOT_PASSWORD),
            base=STAFF,
            group_base=DOMAIN,
            ca_file=self.certificate.file,
            people=ACTIVE_DIRECTORY_PEOPLE,
            attributes=ACTIVE_DIRECTORY_ATTRIBUTES,
            admin_groups=(f"CN=desk-agents,CN=Users,{DOMAIN}",),
            vip="(employeeType=vip)",
            privileged="(employeeType=service)",
            guest="(employeeType=guest)",
            country="NO",
        )

    def bind(self, user: str, password: str) -> ldap3.Connection:
        """A sign-in as a computer does it; `bound` and `result` say how it ended."""
        tls = ldap3.Tls(validate=2, ca_certs_file=str(self.certificate.file))
        server = ldap3.Server(self.host, PORT, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        connection = ldap3.Connection(server, user, password, check_names=False)
        connection.bind()
        return connection

    def signs_in(self, username: str, password: str) -> bool:
        connection = self.bind(f"{username}@corp.test", password)
        try:
            return bool(connection.bound)
        finally:
            connection.unbind()

    def lock(self, username: str) -> None:
        """As many wrong passwords as it takes."""
        for number in range(MAX_FAILURES):
            assert not self.signs_in(username, f"wrong {number}")

    def add(self, name: str, **values: str | None) -> str:
        """A new person who is well, but for `values`; None: without one. The user name, which nobody else has."""
        username = f"{name}{next(self._numbers)}"
        attributes: dict[str, str | bytes | None] = {
            "sAMAccountName": username,
            "userPrincipalName": f"{username}@corp.test",
            "displayName": f"{username.title()} Nordmann",
            "givenName": username.title(),
            "mail": f"person{next(self._numbers)}@corp.test",
            "mobile": "+47 400 00 101",
            "c": "NO",
            "physicalDeliveryOfficeName": "Oslo",
            "department": "Sales",
            "preferredLanguage": "nb-NO",
            "userAccountControl": "512",
            "unicodePwd": f'"{EVERYBODYS}"'.encode("utf-16-le"),
            **values,
        }
        self.as_admin(
            "add",
            f"CN={escape_rdn(username)},{STAFF}",
            ["user"],
            {key: value for key, value in attributes.items() if value is not None},
        )
        return username

    def edit(self, username: str, **values: str | None) -> None:
        self.change(self.dn(username), **values)

    def change(self, dn: str, **values: str | None) -> None:
        """As an administrator does it; None: without a value."""
        changes = {
            attribute: [(ldap3.MODIFY_REPLACE, [] if value is None else [value])]
            for attribute, value in values.items()
        }
        self.as_admin("modify", dn, changes)

    def join(self, group: str, dn: str) -> None:
        self.as_admin("modify", f"CN={group},CN=Users,{DOMAIN}", {"member": [(ldap3.MODIFY_ADD, [dn])]})

    def move(self, username: str, unit: str) -> None:
        dn = self.dn(username)
        self.as_admin("modify_dn", dn, dn.removesuffix(f",{STAFF}"), new_superior=unit)

    def age(self, username: str) -> None:
        """The password was set long ago: it has expired."""
        self.offline("age", self.dn(username))

    def offline(self, *arguments: str) -> None:
        command = [SYSTEM_PYTHON, OFFLINE, self.configuration, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def show(self, username: str, *attributes: str) -> dict[str, list[bytes]]:
        admin = self._admin()
        match = f"(sAMAccountName={escape_filter_chars(username)})"
        admin.search(DOMAIN, match, attributes=list(attributes) or ["*"])
        found = [item for item in admin.response if item["type"] == "searchResEntry"]
        return {**found[0]["raw_attributes"], "dn": [found[0]["raw_dn"]]}

    def name_of(self, identifier: str) -> str:
        admin = self._admin()
        admin.search(f"<GUID={identifier}>", "(objectClass=*)", "BASE", attributes=["sAMAccountName"])
        return str(admin.response[0]["raw_attributes"]["sAMAccountName"][0].decode())

    def dn(self, username: str) -> str:
        return self.show(username, "cn")["dn"][0].decode()

    def as_admin(self, operation: str, *arguments: object, **options: object) -> None:
        admin = self._admin()
        getattr(admin, operation)(*arguments, **options)
        assert admin.result["result"] == 0, admin.result

    def _admin(self) -> ldap3.Connection:
        # Samba ends a connection that says nothing for a quarter of an hour, and as long may lie between two tests of it.
        if time.monotonic() - self._asked > KEPT_SECONDS:
            self._connection = self.bind(ADMIN, ADMIN_PASSWORD)
        self._asked = time.monotonic()
        return self._connection


@contextmanager
def domain_controller(folder: Path) -> Iterator[Samba]:
    """Provisioned (ten seconds of a processor) and running."""
    command, tool = need("samba", PACKAGES), need("samba-tool", PACKAGES)
    if os.geteuid() != 0:
        word = "a domain controller needs root for its ports"
        pytest.fail(word) if os.environ.get("CI") else pytest.skip(word)
    host = f"127.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
    server = Samba(folder, host, make_certificate(folder / "tls", "dc1.corp.test", "127.0.0.1", host))
    _provision(server, tool)
    server.offline("prepare")
    start = [
        command, "-s", str(server.configuration), "-F", "--no-process-group", "-M", "single", "-d1",
        # Else the former password works for another hour, as with NTLM on Windows (docs/directory.md).
        "--option=old password allowed period=0",
    ]  # fmt: skip
    with running(start, folder / "output", host, PORT):
        yield server


def _provision(server: Samba, tool: str) -> None:
    folder = server.folder
    for name in ("run", "nc"):
        (folder / name).mkdir()
    (folder / "empty.conf").touch()
    options = {
        "interfaces": f"{server.host}/8",
        "bind interfaces only": "yes",
        "server services": "ldap",
        "log file": folder / "log",
        "pid directory": folder / "run",
        "ncalrpc dir": folder / "nc",
        "tls cafile": server.certificate.file,
        "tls certfile": server.certificate.file,
        "tls keyfile": server.certificate.key,
    }
    command = [
        tool, "domain", "provision", "-s", folder / "empty.conf", f"--targetdir={folder / 's'}",
        "--realm=CORP.TEST", "--domain=CORP", "--server-role=dc", "--dns-backend=NONE", "--host-name=dc1",
        f"--host-ip={server.host}", f"--adminpass={ADMIN_PASSWORD}",
        *(f"--option={name}={value}" for name, value in options.items()),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samba]:
    with domain_controller(tmp_path_factory.mktemp("samba")) as running_server:
        yield running_server
