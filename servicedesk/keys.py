"""Keys: one a purpose, versioned, outside the database (S14)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from enum import Enum
from pathlib import Path

from servicedesk.errors import SettingsError

MIN_BYTES = 32


class Purpose(str, Enum):
    CODE = "code"  # one-time codes
    BUTTON = "button"  # buttons' ids
    AUDIT = "audit"  # the audit chain
    PERSON = "person"  # personal fields in the audit trail, pseudonyms in logs
    INTERNAL = "internal"  # calls between our own processes
    SESSION = "session"  # cookies of desk, reset page and chat page
    SEED = "seed"  # authenticator seeds at rest
    LINK = "link"  # links on their way through dialogue and queue
    PHONE = "phone"  # what the demo's phones and mailboxes hold
    RASA = "rasa"  # Rasa's own HTTP API
    TOKEN = "token"  # what other systems gave us to call them with: Slack installations


class KeyRing:
    """Keys from files `<purpose>.key`, each line `version:base64`; the last line signs, all of them verify."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Purpose, dict[str, bytes]] = {}

    def current(self, purpose: Purpose) -> tuple[str, bytes]:
        """Version and bytes of the key that signs now. Raises SettingsError."""
        return list(self._versions(purpose).items())[-1]

    def get(self, purpose: Purpose, version: str) -> bytes | None:
        return self._versions(purpose).get(version)

    def mac(self, purpose: Purpose, *parts: str) -> tuple[str, str]:
        """Version and hex HMAC-SHA-256 over the parts, each with its length before it so that none can shift."""
        version, key = self.current(purpose)
        return version, _mac(key, parts)

    def verify(self, purpose: Purpose, version: str, mac: str, *parts: str) -> bool:
        """In constant time; an unknown version is False."""
        key = self.get(purpose, version)
        return key is not None and hmac.compare_digest(_mac(key, parts).encode(), mac.encode())

    def text(self, purpose: Purpose) -> str:
        """The current key as a URL-safe token, for the processes that show it to one another."""
        return base64.urlsafe_b64encode(self.current(purpose)[1]).decode().rstrip("=")

    def _versions(self, purpose: Purpose) -> dict[str, bytes]:
        if purpose not in self._read:
            self._read[purpose] = _load(self._folder / f"{purpose.value}.key")
        return self._read[purpose]


def create_missing(folder: Path) -> None:
    """Make a key for each purpose that has none, readable by this user only (embedded mode)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for purpose in Purpose:
        path = folder / f"{purpose.value}.key"
        line = f"1:{base64.b64encode(secrets.token_bytes(MIN_BYTES)).decode()}\n"
        partial = folder / f".{purpose.value}.{secrets.token_hex(4)}"
        partial.write_text(line, encoding="ascii")
        partial.chmod(0o600)
        try:
            os.link(partial, path)  # atomic, and never over a key that another process has just made
        except FileExistsError:
            continue
        finally:
            partial.unlink()


def _load(path: Path) -> dict[str, bytes]:
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as err:
        raise SettingsError(f"key file {path.name}: cannot be read ({type(err).__name__})") from err
    keys: dict[str, bytes] = {}
    for line in lines:
        version, _, encoded = line.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as err:
            raise SettingsError(f"key file {path.name}: version {version!r} is not base64") from err
        if len(key) < MIN_BYTES or len(set(key)) < MIN_BYTES // 4:
            raise SettingsError(
                f"key file {path.name}: version {version!r} is under 32 bytes or a sample value"
            )
        keys[version] = key
    if not keys:
        raise SettingsError(f"key file {path.name}: empty")
    return keys


def _mac(key: bytes, parts: tuple[str, ...]) -> str:
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.hexdigest()
