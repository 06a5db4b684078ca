"""When people are told what they do not wait for: in their own working hours (docs/handover.md, "Quiet hours").

Whoever waits is told at once, at any hour: who has just written, who cannot work, whose account may be in other hands."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from servicedesk.clock import Clock
from servicedesk.conversations import PUSHED
from servicedesk.handover.hours import Calendar
from servicedesk.reminder_settings import ReminderSettings
from servicedesk.store.tables import conversations
from servicedesk.ticketing.port import Priority, TicketKind, Urgency
from servicedesk.time_zones import zones_of

SATURDAY = 5
RUNNING = timedelta(minutes=30)  # who has written since then is still there
STEP = timedelta(minutes=15)  # no clock differs from UTC by less
LOOKED_AHEAD = timedelta(days=14)  # no feast is longer


class QuietHours:
    def __init__(self, clock: Clock, settings: ReminderSettings) -> None:
        self._clock = clock
        self._settings = settings

    def are_on(self, country: str) -> bool:
        """Whether nobody there should be disturbed now. Where a country has several clocks, it has to be day on all."""
        return self._are_quiet(self._clock.now(), country)

    def hold(self, connection: Connection, case: Row) -> datetime | None:
        """Until when an answer of L1 to this case waits; None: it goes now.

        Held is only what would ring in a pocket: a page shows what is there when somebody looks at it."""
        if not self._settings.hold_answers or _is_waited_for(case):
            return None
        country = str(case.draft["form"].get("person", {}).get("country") or "")
        query = select(conversations).where(conversations.c.id == case.conversation)
        talk = connection.execute(query).one_or_none()
        if not country or talk is None or talk.channel not in PUSHED:
            return None
        if talk.seen_at > self._clock.now() - RUNNING:
            return None
        return self._end(country)

    def _end(self, country: str) -> datetime | None:
        """When they end; None where they are not on, or would never end, as where a country's clocks share no working
        hour."""
        now = self._clock.now()
        if not self._are_quiet(now, country):
            return None
        moment = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) + STEP
        while moment < now + LOOKED_AHEAD:
            if not self._are_quiet(moment, country):
                return moment
            moment += STEP
        return None

    def _are_quiet(self, moment: datetime, country: str) -> bool:
        wanted = self._settings
        times = [moment.astimezone(zone) for zone in zones_of(country)]
        return not all(
            time.weekday() < SATURDAY
            and wanted.first_hour <= time.hour < wanted.last_hour
            and not _is_feast(country, time.date())
            for time in times
        )


def _is_waited_for(case: Row) -> bool:
    form = case.draft["form"]
    return (
        case.kind == TicketKind.SECURITY_INCIDENT.value
        or form.get("urgency") == Urgency.CANNOT_WORK.value
        or form.get("priority") in (Priority.CRITICAL.value, Priority.HIGH.value)
    )


def _is_feast(country: str, day: date) -> bool:
    """A public holiday of the whole country; those of its regions are not known of a person."""
    try:
        return bool(country) and Calendar(country=country.upper()).has(day)
    except NotImplementedError:  # the package knows no such country
        return False
