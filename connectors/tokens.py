"""Who may use the REST channel, and whose word about a sender counts (S11, U5).

`rest_tokens.yml` is a list of {name, sha256, trusted}; `sha256` is the hex digest of the token. `trusted:
true` is for a system that signs its users in itself, such as an intranet portal: its `sender` is then the
user name."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

logger = logging.getLogger(__name__)

FILE_NAME = "rest_tokens.yml"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.-]{1,40}")


@dataclass(frozen=True, slots=True)
class RestToken:
    name: str
    sha256: str
    trusted: bool


class RestTokens:
    """The file's tokens, read again when it changes. A file that cannot be read lets nobody in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._tokens: tuple[RestToken, ...] = ()

    def find(self, token: str) -> RestToken | None:
        """The token's entry; all are compared, each in constant time."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        found = None
        for entry in self._current():
            if hmac.compare_digest(entry.sha256, digest):
                found = entry
        return found

    def _current(self) -> tuple[RestToken, ...]:
        try:
            status = self._path.stat()
        except OSError:
            self._stamp, self._tokens = None, ()
            return ()
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._stamp, self._tokens = stamp, _read(self._path)
        return self._tokens


def _read(path: Path) -> tuple[RestToken, ...]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
        return tuple(_entry(entry) for entry in entries)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as err:
        logger.error("%s cannot be used, no token is accepted: %s", path.name, type(err).__name__)
        return ()


def _entry(entry: dict[str, object]) -> RestToken:
    name, digest = str(entry["name"]), str(entry["sha256"]).lower()
    if not _NAME.fullmatch(name) or not _SHA256.fullmatch(digest):
        raise ValueError("name or sha256")
    return RestToken(name=name, sha256=digest, trusted=entry.get("trusted") is True)
