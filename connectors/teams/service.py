"""Which addresses our own token may be sent to: whoever gets it speaks as the bot."""

from __future__ import annotations

import string
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost")
_NEVER = frozenset(string.whitespace + "\\?#@%")


class ServiceHosts:
    """https and a host of the list; plain http only to this machine, and only on the embedded default."""

    def __init__(self, hosts: tuple[str, ...], *, embedded: bool) -> None:
        self._hosts = hosts
        self._embedded = embedded

    def allow(self, address: str) -> bool:
        if not address.isascii() or not address.isprintable() or _NEVER & set(address):
            return False
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        local = self._embedded and host in _LOOPBACK
        listed = f"{host}:{port}" in self._hosts or (host in self._hosts and (port is None or local))
        return listed and (parts.scheme == "https" or (local and parts.scheme == "http"))
