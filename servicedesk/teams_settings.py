"""One Azure Bot in one tenant (TIER0_TEAMS_…); docs/teams.md says where each value comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings_reader import Reader

OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
SERVICE_HOSTS = ("smba.trafficmanager.net",)
_NEEDS = ("TEAMS_APP_ID", "TEAMS_TENANT_ID", "TEAMS_SECRET_FILE")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GUID_EXAMPLE = "00000000-0000-0000-0000-000000000000"
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamsSettings:
    app_id: str
    tenant: str
    secret_file: Path
    openid_url: str = OPENID_URL
    token_url: str = TOKEN_URL
    service_hosts: tuple[str, ...] = SERVICE_HOSTS

    def secret(self) -> str:
        """The app's client secret, read anew so that a rotated one counts at once. Raises SettingsError."""
        return Secret(name="TIER0_TEAMS_SECRET", file=self.secret_file).read()

    @classmethod
    def read(cls, read: Reader) -> TeamsSettings | None:
        """None while nothing of it is set; a half of it stops the start. Raises SettingsError."""
        given = read.first_set(*_NEEDS)
        if given is None:
            return None
        when = f"TIER0_{given} is set"
        tenant = _guid(read, "TEAMS_TENANT_ID", when)
        return cls(
            app_id=_guid(read, "TEAMS_APP_ID", when),
            tenant=tenant,
            secret_file=Path(read.required("TEAMS_SECRET_FILE", when)).resolve(),
            openid_url=read.url("TEAMS_OPENID_URL", OPENID_URL),
            token_url=read.url("TEAMS_TOKEN_URL", TOKEN_URL).replace("{tenant}", tenant),
            service_hosts=_hosts(read, "TEAMS_SERVICE_HOSTS", SERVICE_HOSTS),
        )


def _guid(read: Reader, name: str, when: str) -> str:
    value = read.required(name, when).lower()
    if not _GUID.fullmatch(value):
        raise SettingsError(f"TIER0_{name}: {value!r} is no id such as {_GUID_EXAMPLE}")
    return value


def _hosts(read: Reader, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Host names, each with a port where it is not the usual one, with commas between."""
    hosts = tuple(host.strip().lower() for host in read.text(name, ",".join(default)).split(","))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(f"TIER0_{name}: {host!r} is no host name")
    return hosts
