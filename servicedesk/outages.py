"""What is down for everybody, and what is planned: `python -m servicedesk.outages list|add|end`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.engine import Row

from servicedesk.clock import Clock, SystemClock
from servicedesk.conversations import LANGUAGES
from servicedesk.errors import Tier0Error
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import outages

ANNOUNCED_BEFORE = timedelta(days=14)  # planned work is told of this long before it starts


class OutageRefused(Tier0Error):
    """The outage is not complete: a text is missing, or it ends before it starts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    id: int
    service: str  # as the application entity names it: "teams"
    planned: bool
    starts_at: datetime
    expected_end: datetime | None
    texts: Mapping[str, str]  # what employees read, by language

    def text(self, language: str) -> str:
        return self.texts.get(language) or self.texts["en"]

    def ongoing(self, now: datetime) -> bool:
        return self.starts_at <= now


class Outages:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def current(self, service: str | None = None) -> tuple[Outage, ...]:
        """What is down now, then what is planned; of one service if it is named."""
        return (*self.ongoing(service), *self.planned(service))

    def ongoing(self, service: str | None = None) -> tuple[Outage, ...]:
        """What does not work now, the newest first."""
        return tuple(outage for outage in self._open(service) if outage.ongoing(self._clock.now()))

    def planned(self, service: str | None = None) -> tuple[Outage, ...]:
        """What has been announced for the next 14 days and has not begun, the next first."""
        now = self._clock.now()
        coming = [outage for outage in self._open(service) if not outage.ongoing(now)]
        return tuple(sorted(coming, key=lambda outage: outage.starts_at))

    def add(
        self,
        *,
        service: str,
        texts: Mapping[str, str],
        planned: bool = False,
        starts_at: datetime | None = None,
        expected_end: datetime | None = None,
    ) -> Outage:
        """Announce one; without a start it has begun. Raises OutageRefused."""
        missing = [language for language in LANGUAGES if not texts.get(language, "").strip()]
        if missing:
            raise OutageRefused(f"no text in {', '.join(missing)}")
        starts = starts_at or self._clock.now()
        if expected_end is not None and expected_end <= starts:
            raise OutageRefused("it ends before it starts")
        name = service.strip().lower()
        if not name or len(name) > 48:
            raise OutageRefused("the service has no name, or one of over 48 characters")
        values = {
            "service": name,
            "planned": planned,
            "starts_at": starts,
            "expected_end": expected_end,
            "texts": {language: texts[language].strip() for language in LANGUAGES},
        }
        with self._store.transaction() as connection:
            identifier = connection.execute(insert(outages).values(**values)).inserted_primary_key[0]
        return Outage(id=identifier, **values)  # type: ignore[arg-type]  # the table's columns are the fields

    def end(self, identifier: int) -> bool:
        """It is over, or will not take place; False when it was already, or never was."""
        with self._store.transaction() as connection:
            change = update(outages).where(outages.c.id == identifier, outages.c.ended_at.is_(None))
            return bool(connection.execute(change.values(ended_at=self._clock.now())).rowcount)

    def seed_demo(self) -> None:
        """One outage and one planned maintenance, where there has never been any."""
        with self._store.transaction() as connection:
            if connection.execute(select(func.count()).select_from(outages)).scalar():
                return
        now = self._clock.now()
        saturday = (now + timedelta(days=(5 - now.weekday()) % 7 or 7)).replace(hour=5, minute=0, second=0)
        self.add(service="teams", texts=_RECORDINGS, starts_at=now - timedelta(hours=1, minutes=20))
        self.add(
            service="sap",
            texts=_MAINTENANCE,
            planned=True,
            starts_at=saturday.replace(microsecond=0),
            expected_end=saturday.replace(microsecond=0) + timedelta(hours=4),
        )

    def _open(self, service: str | None) -> tuple[Outage, ...]:
        """Not ended by anybody; planned work is over at its expected end by itself."""
        now = self._clock.now()
        query = select(outages).where(
            outages.c.ended_at.is_(None),
            outages.c.starts_at <= now + ANNOUNCED_BEFORE,
            or_(outages.c.planned.is_(False), outages.c.expected_end.is_(None), outages.c.expected_end > now),
        )
        if service is not None:
            query = query.where(outages.c.service == service.strip().lower())
        with self._store.transaction() as connection:
            rows = connection.execute(query.order_by(outages.c.starts_at.desc())).all()
        return tuple(_outage(row) for row in rows)


def _outage(row: Row) -> Outage:
    return Outage(
        id=row.id,
        service=row.service,
        planned=row.planned,
        starts_at=row.starts_at,
        expected_end=row.expected_end,
        texts=row.texts,
    )


# Content of the demo, not wording of Tier0: whoever announces an outage writes such texts.
_RECORDINGS = {
    "nb": "Opptak av Teams-møter kommer flere timer forsinket. Møtene selv virker som de skal.",
    "sv": "Inspelningar av Teams-möten blir flera timmar försenade. Själva mötena fungerar som vanligt.",
    "de": "Aufzeichnungen von Teams-Besprechungen erscheinen mit mehreren Stunden Verspätung. "
    "Die Besprechungen selbst funktionieren.",
    "en": "Recordings of Teams meetings appear several hours late. The meetings themselves work.",
}
_MAINTENANCE = {
    "nb": "SAP er utilgjengelig mens systemet oppgraderes. Lagre arbeidet ditt før det begynner.",
    "sv": "SAP är otillgängligt medan systemet uppgraderas. Spara ditt arbete innan det börjar.",
    "de": "SAP ist während eines Upgrades nicht verfügbar. Bitte speichern Sie Ihre Arbeit vorher.",
    "en": "SAP is unavailable while it is being upgraded. Save your work before it begins.",
}


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    service = Outages(Store(Settings.from_env(os.environ).database_url), SystemClock())
    return _run(options, service)


def _run(options: argparse.Namespace, service: Outages) -> int:
    if options.command == "list":
        for outage in service.current():
            print(_line(outage))
        return 0
    if options.command == "end":
        ended = service.end(options.id)
        print(f"{options.id}: ended" if ended else f"{options.id}: there is no such open outage")
        return 0 if ended else 1
    try:
        outage = service.add(
            service=options.service,
            texts={language: getattr(options, language) for language in LANGUAGES},
            planned=options.planned,
            starts_at=options.start,
            expected_end=options.end,
        )
    except OutageRefused as err:
        print(f"refused: {err}", file=sys.stderr)
        return 1
    print(_line(outage))
    return 0


def _line(outage: Outage) -> str:
    until = f" to {outage.expected_end:%Y-%m-%d %H:%M}" if outage.expected_end else ""
    when = f"{'planned, ' if outage.planned else ''}{outage.starts_at:%Y-%m-%d %H:%M}{until} UTC"
    return f"{outage.id}: {outage.service} ({when}) {outage.text('en')}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.outages")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="those that are going on and those that are coming")
    add = commands.add_parser("add", help="announce one, in four languages")
    add.add_argument("service", help='as employees call it: "teams"')
    for language in LANGUAGES:
        add.add_argument(f"--{language}", required=True, metavar="TEXT")
    add.add_argument("--planned", action="store_true")
    add.add_argument("--start", type=_time, metavar="YYYY-MM-DDTHH:MM", help="UTC; now if left out")
    add.add_argument("--end", type=_time, metavar="YYYY-MM-DDTHH:MM", help="UTC, expected")
    end = commands.add_parser("end", help="it is over")
    end.add_argument("id", type=int)
    return parser


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
