"""The keys that the Bot Connector signs its requests with, as its OpenID metadata publishes them."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from servicedesk.errors import Tier0Error

logger = logging.getLogger(__name__)

FRESH_SECONDS = 24 * 3600.0  # a key that was published stays good for days
UNKNOWN_KEY_SECONDS = 3600.0  # whoever invents key ids must not have us ask each time
RETRY_SECONDS = 10.0  # after a fetch that failed
TIMEOUT_SECONDS = 5.0
MAX_BYTES = 1 << 20
MIN_KEY_BITS = 2048


class KeysUnavailable(Tier0Error):
    """The metadata or the keys could not be fetched, or were none."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    public: RSAPublicKey
    endorsements: frozenset[str]  # the channels that this key may speak for


class SigningKeys:
    """Fetched on first use and kept for a day; an unknown id has them fetched again, at most hourly.

    A fetch that fails leaves the old keys in place: a rotation is announced days before."""

    def __init__(
        self, http: Callable[[], aiohttp.ClientSession], url: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._url = url
        self._now = now
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at: float | None = None
        self._failed_at: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> SigningKey | None:
        """The key, or None: unknown, or nothing could be fetched yet."""
        found = self._keys.get(key_id)
        if found is not None and not self._due(FRESH_SECONDS):
            return found
        await self._refresh(UNKNOWN_KEY_SECONDS if found is None else FRESH_SECONDS)
        return self._keys.get(key_id)

    async def _refresh(self, after: float) -> None:
        async with self._lock:  # one fetch, however many requests wait for it
            now = self._now()
            if not self._due(after) or (
                self._failed_at is not None and now < self._failed_at + RETRY_SECONDS
            ):
                return
            try:
                self._keys = await fetch_keys(self._http, self._url)
            except KeysUnavailable as err:
                self._failed_at = now
                logger.warning("the Bot Connector's keys could not be fetched: %s", err)
            else:
                self._fetched_at, self._failed_at = now, None

    def _due(self, after: float) -> bool:
        return self._fetched_at is None or self._now() >= self._fetched_at + after


async def fetch_keys(http: Callable[[], aiohttp.ClientSession], url: str) -> Mapping[str, SigningKey]:
    """The keys that the metadata at `url` points to, by id. Raises KeysUnavailable."""
    metadata = await _get(http, url)
    address = metadata.get("jwks_uri")
    if not isinstance(address, str) or not _same_site(address, url):
        raise KeysUnavailable("the metadata names no keys of their own site")
    entries = (await _get(http, address)).get("keys")
    keys = _usable(entries if isinstance(entries, list) else [])
    if not keys:
        raise KeysUnavailable("there is no usable key")
    return keys


async def _get(http: Callable[[], aiohttp.ClientSession], url: str) -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with http().get(url, timeout=timeout, allow_redirects=False) as response:
            if response.status != 200:
                raise KeysUnavailable(f"status {response.status}")
            data = json.loads(await response.content.read(MAX_BYTES))
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError, RecursionError) as err:
        raise KeysUnavailable(type(err).__name__) from err
    if not isinstance(data, dict):
        raise KeysUnavailable("no JSON object")
    return data


def _usable(entries: list[Any]) -> dict[str, SigningKey]:
    keys = {}
    for entry in entries:
        key = _read(entry) if isinstance(entry, dict) and isinstance(entry.get("kid"), str) else None
        if key is not None:
            keys[entry["kid"]] = key
    return keys


def _read(entry: dict[str, Any]) -> SigningKey | None:
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    try:
        public = PyJWK(entry, algorithm="RS256").key
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < MIN_KEY_BITS:
        return None
    named = entry.get("endorsements")
    return SigningKey(
        public,
        frozenset(name for name in named if isinstance(name, str))
        if isinstance(named, list)
        else frozenset(),
    )


def _same_site(address: str, other: str) -> bool:
    """S9: only configured hosts are asked, whatever a document says."""
    try:
        found, own = urlsplit(address), urlsplit(other)
        return (found.scheme, found.netloc) == (own.scheme, own.netloc)
    except ValueError:
        return False
