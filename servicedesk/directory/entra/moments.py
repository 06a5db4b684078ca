"""Times as Graph writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def moment(value: object) -> datetime | None:
    """A time that Graph gives; None where it gives none, or the year 1, which is its other way to say so."""
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if at.tzinfo is None or at.year < 1970:
        return None
    return at.astimezone(timezone.utc)
