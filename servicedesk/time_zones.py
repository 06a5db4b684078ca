"""What the clock shows where somebody is, as far as their country tells (CLDR's list of zones)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

UTC = ZoneInfo("UTC")


@lru_cache(maxsize=300)
def zones_of(country: str) -> tuple[ZoneInfo, ...]:
    """All time zones of a country ("NO"); UTC alone where it is unknown."""
    found = []
    for name in get_global("territory_zones").get(country.upper(), ()):
        try:
            found.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError):  # CLDR is newer than this machine's list
            continue
    return tuple(found) or (UTC,)


def local(now: datetime, country: str) -> datetime:
    """`now` on the clocks of the country; in UTC where its clocks differ."""
    times = [now.astimezone(zone) for zone in zones_of(country)]
    return times[0] if len({time.utcoffset() for time in times}) == 1 else now.astimezone(UTC)
