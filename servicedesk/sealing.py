"""Secrets that have to be read again, sealed before they are stored: authenticator seeds, reset links (S14)."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from servicedesk.errors import Tier0Error
from servicedesk.keys import KeyRing, Purpose

NONCE_BYTES = 12


class SealBroken(Tier0Error):
    """The sealed text was changed, belongs to another owner, or its key is gone."""


def seal(keys: KeyRing, owner: str, secret: str, *, purpose: Purpose = Purpose.SEED) -> str:
    """AES-256-GCM, bound to its owner: a row copied to another account cannot be opened there."""
    version, key = keys.current(purpose)
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, secret.encode(), owner.encode())
    return f"{version}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(keys: KeyRing, owner: str, sealed: str, *, purpose: Purpose = Purpose.SEED) -> str:
    """Raises SealBroken."""
    version, _, encoded = sealed.partition(":")
    key = keys.get(purpose, version)
    if key is None:
        raise SealBroken(f"no key of version {version!r}")
    try:
        data = base64.b64decode(encoded, validate=True)
        return _cipher(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], owner.encode()).decode()
    except (InvalidTag, ValueError) as err:
        raise SealBroken("cannot be opened") from err


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hashlib.sha256(key).digest())  # keys may be longer than AES takes
