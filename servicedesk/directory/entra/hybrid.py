"""The same person in Entra and in Active Directory (hybrid identities)."""

from __future__ import annotations

import base64
import binascii
import uuid

GUID_BYTES = 16


def object_guid(immutable_id: str | None) -> str | None:
    """The Active Directory objectGUID (or ms-DS-ConsistencyGuid) behind Graph's `onPremisesImmutableId`: base64 of
    the GUID's raw bytes, little-endian. None where the tenant uses another source anchor."""
    if not immutable_id:
        return None
    try:
        raw = base64.b64decode(immutable_id, validate=True)
    except (binascii.Error, ValueError):
        return None
    return str(uuid.UUID(bytes_le=raw)) if len(raw) == GUID_BYTES else None
