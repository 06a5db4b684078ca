"""Access tokens for Graph: as the application, and, where only a person may, as the operator who signed in once.

MSAL keeps the tokens, renews them before they end, and signs with the certificate."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msal
import requests
from cryptography import x509

from servicedesk.directory.entra.settings import EntraSettings
from servicedesk.directory.errors import DirectoryUnavailable, NotSupported
from servicedesk.errors import SettingsError
from servicedesk.keys import KeyRing, Purpose
from servicedesk.sealing import SealBroken, seal, unseal
from servicedesk.secret import Secret

logger = logging.getLogger(__name__)

TIMEOUT = (2.0, 2.0)  # seconds to connect, to answer: a token must leave time for what it is for
OWNER = "entra-operator"
PAUSE_SECONDS = 1.0  # after a failure nobody is asked for this long
MIN_SECRET = 32  # characters; Entra makes forty
OPERATOR_SCOPES = ("UserAuthenticationMethod.ReadWrite.All",)


class OnTime:
    """What MSAL calls over: our session, with an end to every call."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def get(self, url: str, **options: Any) -> requests.Response:
        return self._session.get(url, **{"timeout": TIMEOUT, "verify": self._session.verify, **options})

    def post(self, url: str, **options: Any) -> requests.Response:
        return self._session.post(url, **{"timeout": TIMEOUT, "verify": self._session.verify, **options})

    def close(self) -> None:
        self._session.close()


class ApplicationTokens:
    """Tier0 itself, by its secret or certificate (client credentials)."""

    def __init__(self, settings: EntraSettings, session: requests.Session) -> None:
        self._settings = settings
        self._session = session
        self._lock = threading.Lock()
        self._app: msal.ConfidentialClientApplication | None = None
        self._given = ""
        self._not_before = 0.0
        client_credential(settings)  # what cannot be read, or is none, stops the start (S14)

    def token(self, *, refused: str | None = None) -> str:
        with self._lock:  # one renewal at a time, and the others take what it brought
            if time.monotonic() < self._not_before:
                raise DirectoryUnavailable("the sign-in service has just failed")
            try:
                self._given = self._acquired(refused)
            except DirectoryUnavailable:
                # Begun anew: the file may have been rotated, and MSAL would repeat a 5xx for a minute by itself.
                self._app, self._not_before = None, time.monotonic() + PAUSE_SECONDS
                raise
            return self._given

    def _acquired(self, refused: str | None) -> str:
        app = self._application()
        if refused is not None and refused == self._given:
            app.remove_tokens_for_client()
        return _token_of(
            _asked(lambda: app.acquire_token_for_client([f"{self._settings.graph_url}/.default"]))
        )

    def _application(self) -> msal.ConfidentialClientApplication:
        if self._app is None:
            credential = client_credential(self._settings)
            self._app = _asked(
                lambda: msal.ConfidentialClientApplication(
                    client_credential=credential, **_common(self._settings, self._session)
                )
            )
        return self._app


class OperatorTokens:
    """The person with the role Authentication Administrator, who signed in with `python -m servicedesk.directory.entra`."""

    def __init__(self, settings: EntraSettings, session: requests.Session, keys: KeyRing) -> None:
        self._settings = settings
        self._session = session
        self._store = SealedFile(settings.operator_file, keys)
        self._lock = threading.Lock()
        self._cache = msal.SerializableTokenCache()
        self._app: msal.PublicClientApplication | None = None
        self._kept = ""
        self._given = ""

    def token(self, *, refused: str | None = None) -> str:
        """Raises NotSupported while nobody has signed in."""
        with self._lock:
            self._catch_up()
            try:
                self._given = self._acquired(force=refused is not None and refused == self._given)
            except DirectoryUnavailable:
                self._app = None  # begun anew: MSAL would repeat a 5xx for a minute by itself
                raise
            return self._given

    def _acquired(self, *, force: bool) -> str:
        app = self._app = self._app or self._application(self._cache)
        accounts = app.get_accounts()
        if not accounts:
            raise NotSupported("no operator has signed in")
        result = _asked(
            lambda: app.acquire_token_silent_with_error(self._scopes(), accounts[0], force_refresh=force)
        )
        if self._cache.has_state_changed:
            self._keep(self._cache.serialize())
        return _token_of(result)

    def _keep(self, text: str) -> None:
        """A refresh token that cannot be written down is no reason to refuse a reset: the former one stays good."""
        try:
            self._store.write(text)
            self._kept = text
        except OSError:
            logger.exception("the operator's renewed sign-in could not be written")

    def _catch_up(self) -> None:
        """Another process may have renewed the sign-in, or the operator signed in anew."""
        kept = self._store.read()
        if kept != self._kept:
            self._cache.deserialize(kept)
            self._kept = kept

    def sign_in(self, show: Callable[[str], None]) -> str:
        """Have a person sign in on another screen (device code); their user name. Raises DirectoryUnavailable."""
        cache = msal.SerializableTokenCache()
        app = self._application(cache)
        flow = _asked(lambda: app.initiate_device_flow(self._scopes()))
        if "user_code" not in flow:
            raise DirectoryUnavailable(f"no device code: {_reason(flow)}")
        show(str(flow["message"]))
        _token_of(_asked(lambda: app.acquire_token_by_device_flow(flow)))
        self._store.write(cache.serialize())
        return str(app.get_accounts()[0]["username"])

    def _application(self, cache: msal.SerializableTokenCache) -> msal.PublicClientApplication:
        return _asked(
            lambda: msal.PublicClientApplication(token_cache=cache, **_common(self._settings, self._session))
        )

    def _scopes(self) -> list[str]:
        return [f"{self._settings.graph_url}/{scope}" for scope in OPERATOR_SCOPES]


class SealedFile:
    """The operator's tokens at rest: sealed with a key that lies elsewhere, replaced as a whole."""

    def __init__(self, path: Path, keys: KeyRing) -> None:
        self._path = path
        self._keys = keys

    def read(self) -> str:
        """Raises NotSupported where there is none, or none that we can open."""
        try:
            return unseal(self._keys, OWNER, self._path.read_text("ascii").strip(), purpose=Purpose.SEED)
        except FileNotFoundError:
            raise NotSupported("no operator has signed in") from None
        except (OSError, SealBroken, UnicodeDecodeError) as err:
            raise NotSupported("the operator's sign-in cannot be read") from err

    def write(self, text: str) -> None:
        partial = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(seal(self._keys, OWNER, text, purpose=Purpose.SEED) + "\n")
        partial.replace(self._path)


def client_credential(settings: EntraSettings) -> str | dict[str, str]:
    """What MSAL proves the application with. Raises SettingsError, which names the variable."""
    if settings.certificate_file is not None:
        pem = _contents(settings.certificate_file, "CERTIFICATE")
        try:
            x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            raise SettingsError("TIER0_ENTRA_CERTIFICATE_FILE: no certificate and key in PEM") from None
        return {"private_key": pem, "public_certificate": pem}
    secret = _contents(settings.secret_file, "CLIENT_SECRET")
    if len(secret) < MIN_SECRET:
        raise SettingsError("TIER0_ENTRA_CLIENT_SECRET_FILE: too short for a secret that Entra made")
    return secret


def _contents(path: Path | None, name: str) -> str:
    if path is None:
        raise SettingsError(f"TIER0_ENTRA_{name}_FILE: is not set")
    return Secret(name=f"TIER0_ENTRA_{name}", file=path).read()


def _common(settings: EntraSettings, session: requests.Session) -> dict[str, Any]:
    return {
        "client_id": settings.client_id,
        "authority": f"{settings.login_url}/{settings.tenant}",
        "http_client": OnTime(session),
        "instance_discovery": False,  # the host is configured: no other is asked (S9)
    }


def _asked(call: Callable[[], Any]) -> Any:
    """MSAL lets the network's errors through, and others where the tenant's endpoints cannot be read."""
    try:
        return call()
    except (requests.RequestException, msal.exceptions.MsalError, ValueError, KeyError) as err:
        raise DirectoryUnavailable(f"no answer from the sign-in service: {type(err).__name__}") from None


def _token_of(result: dict[str, Any] | None) -> str:
    token = (result or {}).get("access_token")
    if not isinstance(token, str) or not token:
        reason = _reason(result or {})
        logger.error("the sign-in service gives no token: %s", reason)
        raise DirectoryUnavailable(f"no token: {reason}")
    return token


def _reason(result: dict[str, Any]) -> str:
    """The service's error and its AADSTS number: its sentence may name people and is left out (D1)."""
    codes = result.get("error_codes")
    numbers = " ".join(f"AADSTS{code}" for code in codes) if isinstance(codes, list) else ""
    return f"{result.get('error', 'no answer')} {numbers}".strip()
