"""An adapter that talks to a fake of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servicedesk.clock import Clock
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.entra.settings import EntraSettings
from servicedesk.keys import KeyRing, create_missing
from tests.fakes.entra.server import CLIENT_ID, TENANT_ID, FakeEntra

PERMISSIONS = frozenset(
    {
        "User.Read.All",
        "GroupMember.Read.All",
        "RoleManagement.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "UserAuthenticationMethod.Read.All",
        "Domain.Read.All",
        "AuditLog.Read.All",
        "User-PasswordProfile.ReadWrite.All",
        "User.RevokeSessions.All",
    }
)


@contextmanager
def fake_entra(folder: Path, clock: Clock) -> Iterator[FakeEntra]:
    """Started, with the application registered and its rights consented to."""
    with FakeEntra(folder, clock).running() as entra:
        entra.login.roles |= PERMISSIONS
        yield entra


def entra_settings(entra: FakeEntra, folder: Path, **values: Any) -> EntraSettings:
    secret = folder / "client-secret"
    secret.write_text(entra.login.secret + "\n")
    usual = {
        "tenant": TENANT_ID,
        "client_id": CLIENT_ID,
        "secret_file": secret,
        "operator_file": folder / "entra-operator",
        "sign_in_log": True,
        "graph_url": entra.url,
        "login_url": entra.url,
    }
    return EntraSettings(**{**usual, **values})


def entra_directory(entra: FakeEntra, folder: Path, **values: Any) -> EntraDirectory:
    return EntraDirectory(
        entra_settings(entra, folder, **values),
        entra.tenant.clock,
        key_ring(folder),
        verify=str(entra.ca_file),
    )


def key_ring(folder: Path) -> KeyRing:
    create_missing(folder / "keys")
    return KeyRing(folder / "keys")
