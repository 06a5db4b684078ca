"""How Active Directory writes times, ids and who changed what when (MS-DTYP, MS-ADTS)."""

from __future__ import annotations

import re
import struct
import uuid
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
NEVER = (0, 0x7FFFFFFFFFFFFFFF)
TICKS = 10_000_000  # a second
METADATA_HEADER, METADATA_ITEM = 16, 48

# The attribute's number in replPropertyMetaData: fixed for attributes of the first schema (MS-ADTS 5.16.4).
ATTRIBUTE_IDS = {
    "telephonenumber": 0x000014,
    "homephone": 0x150014,
    "mobile": 0x150029,
    "pager": 0x15002A,
    "othermobile": 0x090287,
    "ipphone": 0x0902D1,
    "unicodepwd": 0x09005A,
}


def moment(ticks: int) -> datetime | None:
    """A FILETIME; None for "never" and "not yet"."""
    if ticks in NEVER or ticks < 0:
        return None
    try:
        return EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None


def ticks(at: datetime) -> int:
    """A time as a FILETIME."""
    return int((at - EPOCH) / timedelta(microseconds=1)) * 10


def days(interval: int) -> int | None:
    """A negative interval, as policies have it, in whole days; None: for ever."""
    return None if interval >= 0 or interval == -(2**63) else -interval // TICKS // 86_400


def guid(value: bytes | None) -> str:
    return str(uuid.UUID(bytes_le=value)) if value is not None and len(value) == 16 else ""


def sid(value: bytes) -> str:
    """ "S-1-5-21-…-512" """
    revision, count = value[0], value[1]
    authority = int.from_bytes(value[2:8], "big")
    parts = struct.unpack_from(f"<{count}I", value, 8)
    return "-".join(("S", str(revision), str(authority), *map(str, parts)))


def changed_at(attribute: str, metadata: bytes | None, readable: str) -> datetime | None:
    """When this attribute was last written, on whatever server; None where the directory does not tell.

    `readable` is msDS-ReplAttributeMetaData (Windows has it, by name), `metadata` replPropertyMetaData (Samba has only
    that, by number)."""
    named = re.search(
        rf"<pszAttributeName>{re.escape(attribute)}</pszAttributeName>.{{0,200}}?"
        r"<ftimeLastOriginatingChange>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z",
        readable,
        re.IGNORECASE | re.DOTALL,
    )
    if named:
        return datetime.fromisoformat(named[1]).replace(tzinfo=timezone.utc)
    wanted = ATTRIBUTE_IDS.get(attribute.lower())
    if wanted is None or metadata is None or len(metadata) < METADATA_HEADER:
        return None
    version, _, count, _ = struct.unpack_from("<4I", metadata)
    if version != 1 or len(metadata) != METADATA_HEADER + count * METADATA_ITEM:
        return None
    for offset in range(METADATA_HEADER, len(metadata), METADATA_ITEM):
        identifier, _, seconds = struct.unpack_from("<IIQ", metadata, offset)
        if identifier == wanted:
            return moment(seconds * TICKS)
    return None
