"""When nobody is written to unasked: at night, at the weekend."""

from __future__ import annotations

from datetime import datetime

from servicedesk.reminder_settings import ReminderSettings
from servicedesk.time_zones import zones_of

SATURDAY = 5


def is_quiet(settings: ReminderSettings, now: datetime, country: str) -> bool:
    """Where a country has several clocks, it has to be day on all of them."""
    times = [now.astimezone(zone) for zone in zones_of(country)]
    return not all(
        time.weekday() < SATURDAY and settings.first_hour <= time.hour < settings.last_hour for time in times
    )
