"""What an account may do to an entry, read from the entry's own access list (MS-DTYP 2.4.4 to 2.4.6)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from servicedesk.directory.ad_values import sid

RESET_PASSWORD = uuid.UUID("00299570-246d-11d0-a768-00aa006e0529")  # User-Force-Change-Password
CONTROL_ACCESS, GENERIC_ALL = 0x100, 0x10000000
ALLOWED, DENIED, ALLOWED_OBJECT, DENIED_OBJECT = 0, 1, 5, 6
INHERIT_ONLY = 0x08
DACL_ONLY = ("1.2.840.113556.1.4.801", True, bytes.fromhex("3003020104"))  # LDAP_SERVER_SD_FLAGS_OID


@dataclass(frozen=True, slots=True)
class Ace:
    kind: int
    flags: int
    mask: int
    object_type: uuid.UUID | None
    trustee: str


def may_reset_password(descriptor: bytes, sids: set[str]) -> bool:
    """Whether one of these may set a new password here. In the list's own order: the first word counts."""
    for ace in access_list(descriptor):
        fits = ace.trustee in sids and not ace.flags & INHERIT_ONLY
        right = ace.mask & (CONTROL_ACCESS | GENERIC_ALL) and ace.object_type in (None, RESET_PASSWORD)
        if fits and right:
            return ace.kind in (ALLOWED, ALLOWED_OBJECT)
    return False


def access_list(descriptor: bytes) -> Iterator[Ace]:
    """The entries of the discretionary list; none where it is missing or broken."""
    try:
        start = struct.unpack_from("<I", descriptor, 16)[0]
        count = struct.unpack_from("<H", descriptor, start + 4)[0] if start else 0
        at = start + 8
        for _ in range(count):
            kind, flags, size, mask = struct.unpack_from("<BBHI", descriptor, at)
            if kind in (ALLOWED, DENIED, ALLOWED_OBJECT, DENIED_OBJECT):
                yield _ace(kind, flags, mask, descriptor[at + 8 : at + size])
            at += size
    except (struct.error, IndexError, ValueError):
        return


def _ace(kind: int, flags: int, mask: int, rest: bytes) -> Ace:
    object_type = None
    if kind in (ALLOWED_OBJECT, DENIED_OBJECT):
        present = struct.unpack_from("<I", rest)[0]
        rest = rest[4:]
        if present & 1:
            object_type, rest = uuid.UUID(bytes_le=rest[:16]), rest[16:]
        if present & 2:
            rest = rest[16:]
    return Ace(kind, flags, mask, object_type, sid(rest))
