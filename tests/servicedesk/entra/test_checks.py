"""What the administrator is told before the first employee comes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from servicedesk.directory.__main__ import main as check
from servicedesk.directory.entra.__main__ import main
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.entra.checks import ELIGIBLE, NEEDED, PROFILE, SIGN_IN_LOG
from servicedesk.directory.entra.settings import Reset
from servicedesk.errors import SettingsError
from servicedesk.settings import Settings
from tests.fakes.entra.server import FakeEntra
from tests.fakes.entra.setup import PERMISSIONS, entra_directory

ROOT = Path(__file__).resolve().parents[3]
DOC = (ROOT / "docs" / "directory-entra.md").read_text(encoding="utf-8")


def wrong(directory: EntraDirectory) -> dict[str, str]:
    return {what: meaning for what, good, meaning in directory.checks() if not good}


def test_all_well_is_said_line_by_line(directory: EntraDirectory) -> None:
    found = list(directory.checks())
    assert all(good for _, good, _ in found)
    assert len(found) > len(PERMISSIONS)


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_a_permission_that_is_missing_is_named(
    entra: FakeEntra, directory: EntraDirectory, permission: str
) -> None:
    entra.login.roles.discard(permission)
    assert "not consented to" in wrong(directory)[permission]


def test_a_permission_too_many_is_named(entra: FakeEntra, directory: EntraDirectory) -> None:
    """S7: the least that does"""
    entra.login.roles.add("Directory.ReadWrite.All")
    assert set(wrong(directory)) == {"Directory.ReadWrite.All"}


def test_a_log_that_is_not_licensed_and_a_group_that_is_gone_are_named(
    entra: FakeEntra, tmp_path: Path
) -> None:
    entra.tenant.premium = False
    gone = "11111111-2222-3333-4444-555555555555"
    found = wrong(entra_directory(entra, tmp_path, protected_groups=frozenset({gone})))
    assert "NonPremium" in found["read the sign-in log"]
    assert "404" in found[f"group {gone}"]


def test_a_secret_that_has_run_out_ends_the_checks(entra: FakeEntra, directory: EntraDirectory) -> None:
    entra.login.secret = "another"
    assert wrong(directory) == {"sign in to Entra": "no token: invalid_client AADSTS7000215"}


def test_an_operator_who_has_not_signed_in_is_missed(entra: FakeEntra, tmp_path: Path) -> None:
    found = wrong(entra_directory(entra, tmp_path, reset=Reset.METHOD))
    assert "sign-in" in found["the operator's sign-in"]


def test_the_command_checks_entra(
    entra: FakeEntra, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "client-secret"
    values = {**GOOD, "TIER0_STATE_DIR": str(tmp_path), "TIER0_ENTRA_CLIENT_SECRET_FILE": str(secret),
              "TIER0_ENTRA_GRAPH_URL": entra.url, "TIER0_ENTRA_LOGIN_URL": entra.url}  # fmt: skip
    for name in [name for name in os.environ if name.startswith("TIER0_")]:
        monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert check(["check"]) == 1
    assert "WRONG  settings" in capsys.readouterr().out
    secret.write_text(entra.login.secret)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(entra.ca_file))
    assert check(["check"]) == 0
    assert "ok     sign in to Entra" in capsys.readouterr().out
    entra.login.roles.discard("User.Read.All")
    assert check(["check"]) == 1
    assert "WRONG  User.Read.All" in capsys.readouterr().out


def test_the_paper_names_every_permission() -> None:
    named = set(re.findall(r"`([A-Z][\w-]+\.[\w.]+All|[A-Z]\w+\.Read\.\w+)`", DOC))
    assert {*NEEDED, *ELIGIBLE, *SIGN_IN_LOG, *PROFILE} <= named


# --- settings ---

GOOD = {
    "TIER0_DIRECTORY": "entra",
    "TIER0_ENTRA_TENANT": "7F1C3C2E-2F5B-4B7F-9A55-0D0A8E3C8A11",
    "TIER0_ENTRA_CLIENT_ID": "0b7f3bfb-6f3e-4b0e-8f83-5b0f0b0f2c55",
    "TIER0_ENTRA_CLIENT_SECRET_FILE": "/run/secrets/entra",
}


def test_the_settings_are_read() -> None:
    entra = Settings.from_env({**GOOD, "TIER0_ENTRA_VIP_GROUPS": f"{GOOD['TIER0_ENTRA_CLIENT_ID']}, "}).entra
    assert entra is not None
    assert entra.tenant == GOOD["TIER0_ENTRA_TENANT"].lower()
    assert (entra.reset, entra.sign_in_log, entra.eligible_roles) == (Reset.PROFILE, False, True)
    assert entra.vip_groups == {GOOD["TIER0_ENTRA_CLIENT_ID"]}
    assert Settings.from_env({}).entra is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIER0_ENTRA_TENANT", ""),
        ("TIER0_ENTRA_TENANT", "nordlys.onmicrosoft.com"),
        ("TIER0_ENTRA_CLIENT_ID", "tier0"),
        ("TIER0_ENTRA_CLIENT_SECRET_FILE", ""),
        ("TIER0_ENTRA_CERTIFICATE_FILE", "/run/secrets/both"),
        ("TIER0_ENTRA_RESET", "both"),
        ("TIER0_ENTRA_SIGN_IN_LOG", "yes"),
        ("TIER0_ENTRA_PROTECTED_GROUPS", "Domain Admins"),
        ("TIER0_ENTRA_GRAPH_URL", "http://graph.microsoft.com"),
        ("TIER0_ENTRA_LOGIN_URL", "login.microsoftonline.com"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**GOOD, name: value})


def test_the_sign_in_is_for_entra_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("TIER0_")]:
        monkeypatch.delenv(name)
    assert main(["sign-in"]) == 1
    assert "TIER0_DIRECTORY" in capsys.readouterr().err
