"""What the adapter has to know of a tenant (TIER0_ENTRA_…)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.settings_reader import Reader


class Reset(str, Enum):
    """How a password is written. Neither way can do everything: docs/directory-entra.md compares them."""

    PROFILE = "profile"  # as the application, at once; accounts that live in the cloud only
    METHOD = (
        "method"  # as a signed-in operator, a long-running operation; writes back to Active Directory as well
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class EntraSettings:
    tenant: str  # the directory's id
    client_id: str  # the app registration's
    operator_file: Path  # the operator's sealed sign-in, for Reset.METHOD
    secret_file: Path | None = None
    certificate_file: Path | None = None  # PEM: private key and certificate
    reset: Reset = Reset.PROFILE
    sign_in_log: bool = False  # the tenant has Entra ID P1: lockouts can be seen
    eligible_roles: bool = True  # False: no Entra ID P2, so nobody can be eligible for a role
    protected_groups: frozenset[str] = frozenset()  # agents, break-glass, service accounts (S7)
    vip_groups: frozenset[str] = frozenset()
    graph_url: str = "https://graph.microsoft.com"
    login_url: str = "https://login.microsoftonline.com"

    @classmethod
    def read(cls, read: Reader, state_dir: Path) -> EntraSettings:
        """Raises SettingsError, which names the variable."""
        settings = cls(
            tenant=_id("ENTRA_TENANT", read.text("ENTRA_TENANT", "")),
            client_id=_id("ENTRA_CLIENT_ID", read.text("ENTRA_CLIENT_ID", "")),
            operator_file=Path(read.text("ENTRA_OPERATOR_FILE", str(state_dir / "entra-operator"))),
            secret_file=_file(read, "ENTRA_CLIENT_SECRET_FILE"),
            certificate_file=_file(read, "ENTRA_CERTIFICATE_FILE"),
            reset=read.choice("ENTRA_RESET", Reset.PROFILE),
            sign_in_log=read.flag("ENTRA_SIGN_IN_LOG", False),
            eligible_roles=read.flag("ENTRA_ELIGIBLE_ROLES", True),
            protected_groups=_ids(read, "ENTRA_PROTECTED_GROUPS"),
            vip_groups=_ids(read, "ENTRA_VIP_GROUPS"),
            graph_url=_https(read, "ENTRA_GRAPH_URL", "https://graph.microsoft.com"),
            login_url=_https(read, "ENTRA_LOGIN_URL", "https://login.microsoftonline.com"),
        )
        if (settings.secret_file is None) == (settings.certificate_file is None):
            raise SettingsError(
                "TIER0_ENTRA_CLIENT_SECRET_FILE, TIER0_ENTRA_CERTIFICATE_FILE: exactly one of the two is needed"
            )
        return settings


def _id(name: str, value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise SettingsError(f"TIER0_{name}: {value!r} is no object id") from None


def _ids(read: Reader, name: str) -> frozenset[str]:
    return frozenset(_id(name, part.strip()) for part in read.text(name, "").split(",") if part.strip())


def _file(read: Reader, name: str) -> Path | None:
    """Not looked at here: the process that understands messages reads these settings, too, and has no such file (S11)."""
    value = read.text(name, "")
    return Path(value) if value else None


def _https(read: Reader, name: str, default: str) -> str:
    value = read.url(name, default)
    if urlsplit(value).scheme != "https":
        raise SettingsError(f"TIER0_{name}: must start with https://")
    return value
