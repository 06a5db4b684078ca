"""Which desk a case goes to, and when somebody is there (hours.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOKED_AHEAD = 60  # days


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The public holidays of a country, or of one of its regions."""

    country: str
    region: str | None = None
    categories: tuple[str, ...] = ("public",)

    def has(self, day: date) -> bool:
        return day in _holidays(self.country, self.region, self.categories, day.year)


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    name: str
    sites: frozenset[str]
    countries: frozenset[str]
    languages: frozenset[str]
    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]  # by weekday, Monday 0
    closed: frozenset[tuple[int, int]]  # month and day
    calendar: Calendar | None
    groups: Mapping[str, str]

    def is_open(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        hours = self._hours_on(local.date())
        return hours is not None and hours[0] <= local.time() < hours[1]

    def opens_at(self, now: datetime) -> datetime | None:
        """When it opens next, on its own clock; None where it is open, or not within two months."""
        if self.is_open(now):
            return None
        today = now.astimezone(self.zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(LOOKED_AHEAD)):
            hours = self._hours_on(day)
            opening = datetime.combine(day, hours[0], self.zone) if hours else None
            if opening is not None and opening > now:
                return opening
        return None

    def works_on(self, day: date) -> bool:
        return self._hours_on(day) is not None

    def working_days(self, since: datetime, until: datetime) -> int:
        """How many have gone by, counted to the same time of day: from Friday noon it is one on Monday at noon."""
        first, last = since.astimezone(self.zone), until.astimezone(self.zone)
        days = (first.date() + timedelta(days=ahead) for ahead in range(1, LOOKED_AHEAD))
        return sum(self.works_on(day) and datetime.combine(day, first.timetz()) <= last for day in days)

    def _hours_on(self, day: date) -> tuple[time, time] | None:
        off = (day.month, day.day) in self.closed or (self.calendar is not None and self.calendar.has(day))
        return None if off else self.hours.get(day.weekday())


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    desk: str
    group: str
    opens_at: datetime | None  # on the desk's clock; None: somebody is there now


@dataclass(frozen=True, kw_only=True, slots=True)
class Desks:
    desks: tuple[Desk, ...]
    always: frozenset[str]  # groups

    def assign(self, group: str, *, site: str, country: str, language: str, now: datetime) -> Assignment:
        """Who takes a case of this group for somebody there who writes this language."""
        home = self.home(site, country, language)
        at_work = (each for each in self.desks if language in each.languages and each.is_open(now))
        desk = home if home.is_open(now) else next(at_work, home)
        around_the_clock = group in self.always
        return Assignment(
            desk=desk.name,
            group=desk.groups.get(group, group),
            opens_at=None if around_the_clock else desk.opens_at(now),
        )

    def home(self, site: str, country: str, language: str) -> Desk:
        """The desk of somebody there who writes this language, open or not."""
        wanted = (
            [each for each in self.desks if site and site in each.sites],
            [each for each in self.desks if country and country in each.countries],
            [each for each in self.desks if language in each.languages],
        )
        return next((found[0] for found in wanted if found), self.desks[0])


@lru_cache(maxsize=64)
def _holidays(country: str, region: str | None, categories: tuple[str, ...], year: int) -> frozenset[date]:
    return frozenset(
        holidays.country_holidays(country, subdiv=region, years=year, categories=categories, expand=False)
    )


def build(content: Mapping[str, Any]) -> Desks:
    """Raises ValueError, KeyError, TypeError."""
    desks = tuple(_desk(str(name), entry) for name, entry in content["desks"].items())
    if not desks:
        raise ValueError("there must be a desk")
    return Desks(desks=desks, always=frozenset(map(str, content.get("always") or ())))


def _desk(name: str, entry: Mapping[str, Any]) -> Desk:
    known = {"sites", "countries", "languages", "zone", "hours", "closed", "holidays", "groups"}
    if set(entry) - known:
        raise ValueError(f"{name}: unknown {', '.join(sorted(set(entry) - known))}")
    try:
        zone = ZoneInfo(entry["zone"])
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise ValueError(f"{name}: there is no time zone {entry['zone']!r}") from err
    hours = {DAYS.index(day): _span(name, span) for day, span in entry["hours"].items()}
    return Desk(
        name=name,
        sites=frozenset(map(str, entry.get("sites") or ())),
        countries=frozenset(map(_country, entry.get("countries") or ())),
        languages=frozenset(map(str, entry["languages"])),
        zone=zone,
        hours=hours,
        closed=frozenset(_month_and_day(name, each) for each in entry.get("closed") or ()),
        calendar=_calendar(name, entry["holidays"]) if entry.get("holidays") else None,
        groups={str(group): str(own) for group, own in (entry.get("groups") or {}).items()},
    )


def _calendar(name: str, entry: Mapping[str, Any]) -> Calendar:
    found = Calendar(
        country=_country(entry["country"]),
        region=entry.get("region"),
        categories=tuple(map(str, entry.get("categories") or ("public",))),
    )
    try:
        found.has(date(2026, 1, 1))
    except (NotImplementedError, ValueError) as err:
        raise ValueError(f"{name}: holidays: {err}") from err
    return found


def _country(value: Any) -> str:
    return "NO" if value is False else str(value)  # YAML takes a bare NO for a "no"


def _span(name: str, value: Any) -> tuple[time, time]:
    try:
        first, last = (time.fromisoformat(part.strip()) for part in str(value).split("-"))
    except ValueError as err:
        raise ValueError(f"{name}: {value!r} must be like 07:00-18:00") from err
    if first >= last:
        raise ValueError(f"{name}: {value!r} ends before it begins")
    return first, last


def _month_and_day(name: str, value: Any) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2028-{value}")  # a leap year
    except ValueError as err:
        raise ValueError(f"{name}: closed: {value!r} must be like 12-24") from err
    return day.month, day.day
