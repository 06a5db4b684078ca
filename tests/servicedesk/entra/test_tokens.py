"""Who we are to Graph: secret, certificate, operator; how long a token is good; what is never shown."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest
from cryptography import x509

from servicedesk.directory.entra import tokens
from servicedesk.directory.entra.adapter import EntraDirectory
from servicedesk.directory.entra.http import new_session
from servicedesk.directory.entra.settings import Reset
from servicedesk.directory.entra.tokens import OperatorTokens
from servicedesk.directory.errors import DirectoryUnavailable, NotSupported
from servicedesk.directory.port import AccountId
from servicedesk.errors import SettingsError
from tests.fakes.entra.server import FakeEntra, Fault
from tests.fakes.entra.setup import entra_directory, entra_settings, key_ring
from tests.fakes.entra.tenant import User
from tests.fakes.entra.tls import make_certificate

OPERATOR = "tier0-operator@nordlys.example"


def test_a_token_is_used_as_long_as_it_is_good(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    for _ in range(3):
        directory.find(AccountId(kari.id))
    assert len(entra.login.given) == 1


def test_a_token_is_renewed_before_it_ends(entra: FakeEntra, directory: EntraDirectory, kari: User) -> None:
    entra.login.lifetime = 240  # within MSAL's five minutes of its end
    for _ in range(3):
        directory.find(AccountId(kari.id))
    assert len(entra.login.given) == 3


def test_a_token_that_is_refused_is_renewed_once(
    entra: FakeEntra, directory: EntraDirectory, kari: User
) -> None:
    directory.find(AccountId(kari.id))
    entra.login.revoked_before = 1
    assert directory.find(AccountId(kari.id)) is not None
    assert len(entra.login.given) == 2
    entra.login.revoked_before = 99
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    assert len(entra.login.given) == 3


def test_a_certificate_proves_the_application(entra: FakeEntra, tmp_path: Path, kari: User) -> None:
    """S14: nothing that could be copied from the wire"""
    pem = make_certificate(tmp_path, "application", for_signing=True)
    entra.login.certificate = x509.load_pem_x509_certificate(pem.read_bytes())
    directory = entra_directory(entra, tmp_path, secret_file=None, certificate_file=pem)
    assert directory.find(AccountId(kari.id)) is not None
    other = make_certificate(tmp_path, "other", for_signing=True)
    with pytest.raises(DirectoryUnavailable):
        entra_directory(entra, tmp_path, secret_file=None, certificate_file=other).find(AccountId(kari.id))


def test_a_wrong_secret_is_said_by_its_number_and_not_shown(
    entra: FakeEntra, tmp_path: Path, kari: User, caplog: pytest.LogCaptureFixture
) -> None:
    """D1: the service's sentence names the application, the secret is nobody's business"""
    secret = tmp_path / "wrong"
    secret.write_text("quite-another-secret-of-forty-letters~~1")
    with pytest.raises(DirectoryUnavailable) as caught:
        entra_directory(entra, tmp_path, secret_file=secret).find(AccountId(kari.id))
    assert "AADSTS7000215" in str(caught.value)
    assert "AADSTS7000215" in caplog.text
    assert "quite-another-secret-of-forty-letters~~1" not in caplog.text + repr(caught.value)
    assert "told in a sentence" not in caplog.text


@pytest.mark.parametrize("contents", ["", "short", "-----BEGIN NOTHING-----"])
def test_a_file_that_is_no_secret_or_certificate_is_named(
    entra: FakeEntra, tmp_path: Path, contents: str
) -> None:
    broken = tmp_path / "broken"
    broken.write_text(contents)
    with pytest.raises(SettingsError, match="TIER0_ENTRA_CERTIFICATE_FILE"):
        entra_directory(entra, tmp_path, secret_file=None, certificate_file=broken)
    with pytest.raises(SettingsError, match="TIER0_ENTRA_CLIENT_SECRET_FILE"):
        entra_directory(entra, tmp_path, secret_file=broken)


def test_a_rotated_secret_is_read_without_a_restart(entra: FakeEntra, tmp_path: Path, kari: User) -> None:
    """S14"""
    directory = entra_directory(entra, tmp_path)
    entra.login.secret = "the-new~secret-that-Entra-made-yesterday"
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    (tmp_path / "client-secret").write_text(entra.login.secret)
    time.sleep(tokens.PAUSE_SECONDS)
    assert directory.find(AccountId(kari.id)) is not None


@pytest.mark.parametrize("kind", ["lost", "page", "cut"])
@pytest.mark.parametrize("what", ["openid-configuration", "oauth2/v2.0/token"])
def test_a_sign_in_service_that_is_down_is_a_directory_that_is_down(
    entra: FakeEntra, directory: EntraDirectory, kari: User, what: str, kind: str
) -> None:
    """F1"""
    entra.faults.append(Fault(what, kind, times=99))  # type: ignore[arg-type]
    with pytest.raises(DirectoryUnavailable):
        directory.find(AccountId(kari.id))
    entra.faults.clear()
    time.sleep(tokens.PAUSE_SECONDS)
    assert directory.find(AccountId(kari.id)) is not None


# --- the operator ---


@pytest.fixture
def operator(entra: FakeEntra, tmp_path: Path) -> OperatorTokens:
    return OperatorTokens(
        entra_settings(entra, tmp_path), new_session(str(entra.ca_file)), key_ring(tmp_path)
    )


def test_the_operator_signs_in_on_another_screen_and_is_kept_sealed(
    entra: FakeEntra, operator: OperatorTokens, tmp_path: Path
) -> None:
    """S14: the refresh token is worth a password"""
    shown: list[str] = []
    entra.login.operator = OPERATOR
    assert operator.sign_in(shown.append) == OPERATOR
    assert "F4K3C0DE" in shown[0]
    kept = tmp_path / "entra-operator"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    [refresh] = entra.login.refresh_tokens
    assert refresh not in kept.read_text()
    assert operator.token() == operator.token()


def test_the_operators_new_refresh_token_replaces_the_old_one(
    entra: FakeEntra, operator: OperatorTokens, tmp_path: Path
) -> None:
    entra.login.operator, entra.login.lifetime = OPERATOR, 240
    operator.sign_in(lambda _message: None)
    first = (tmp_path / "entra-operator").read_text()
    operator.token()
    assert (tmp_path / "entra-operator").read_text() != first
    entra.login.refresh_tokens.clear()
    with pytest.raises(DirectoryUnavailable, match="invalid_grant"):
        operator.token()


def test_a_file_of_another_machine_opens_nothing(
    entra: FakeEntra, operator: OperatorTokens, tmp_path: Path
) -> None:
    entra.login.operator = OPERATOR
    operator.sign_in(lambda _message: None)
    elsewhere = OperatorTokens(
        entra_settings(entra, tmp_path), new_session(str(entra.ca_file)), key_ring(tmp_path / "elsewhere")
    )
    with pytest.raises(NotSupported):
        elsewhere.token()


def test_the_sealed_sign_in_is_read_by_the_adapter(
    entra: FakeEntra, operator: OperatorTokens, tmp_path: Path, kari: User
) -> None:
    entra.login.operator = OPERATOR
    operator.sign_in(lambda _message: None)
    directory = entra_directory(entra, tmp_path, reset=Reset.METHOD)
    directory.set_password(AccountId(kari.id), "Rask giraff spiser 7 lefser")
    assert entra.tenant.password_writes == [kari.id]


def test_a_new_sign_in_counts_without_a_restart(
    entra: FakeEntra, operator: OperatorTokens, tmp_path: Path
) -> None:
    """The desk and the worker each keep one; the file is where they meet."""
    desk = OperatorTokens(
        entra_settings(entra, tmp_path), new_session(str(entra.ca_file)), key_ring(tmp_path)
    )
    with pytest.raises(NotSupported):
        desk.token()
    entra.login.operator = OPERATOR
    operator.sign_in(lambda _message: None)
    assert desk.token() == operator.token()
    asked = entra.wire("openid-configuration")
    entra.login.refresh_tokens.clear()
    entra.login.lifetime = 3_000
    operator.sign_in(lambda _message: None)
    assert desk.token() == operator.token()
    assert entra.wire("openid-configuration") == asked + 1, "the sign-in's own; a token costs no further look"


def test_a_disk_that_is_full_costs_no_reset(
    entra: FakeEntra,
    operator: OperatorTokens,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """F10: the token is there, and the former refresh token stays good"""
    entra.login.operator, entra.login.lifetime = OPERATOR, 240
    operator.sign_in(lambda _message: None)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tokens.SealedFile, "write", full)
    assert operator.token()
    assert "could not be written" in caplog.text
