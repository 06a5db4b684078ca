"""Which desk, and when somebody is there: weekends, public holidays, summer time."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from servicedesk.handover.hours import Assignment
from servicedesk.handover.policy import load

DESKS = load().desks


def assigned(at: str, site: str, country: str, language: str, group: str = "Network") -> Assignment:
    now = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
    return DESKS.assign(group, site=site, country=country, language=language, now=now)


@pytest.mark.parametrize(
    ("at", "site", "country", "language", "desk", "opens"),
    [
        ("2026-11-02T09:00", "Oslo", "NO", "nb", "Norway", None),
        ("2026-11-02T17:00", "Oslo", "NO", "nb", "Norway", "2026-11-03T07:00:00+01:00"),  # 18:00 is closed
        ("2026-11-06T18:00", "Oslo", "NO", "nb", "Norway", "2026-11-09T07:00:00+01:00"),  # Friday evening
        ("2026-05-14T09:00", "Oslo", "NO", "nb", "Norway", "2026-05-15T07:00:00+02:00"),  # Ascension Day
        ("2026-12-23T18:00", "Oslo", "NO", "nb", "Norway", "2026-12-28T07:00:00+01:00"),  # Christmas
        ("2026-06-19T09:00", "Malmö", "SE", "sv", "Sweden", "2026-06-22T07:00:00+02:00"),  # Midsummer Eve
        ("2026-06-04T09:00", "München", "DE", "de", "Germany", None),  # Corpus Christi: Bavaria only
        ("2026-06-04T09:00", "Berlin", "DE", "de", "Germany", None),
        (
            "2026-08-31T09:00",
            "London",
            "GB",
            "nb",
            "Norway",
            None,
        ),  # a bank holiday; Oslo speaks the language
        ("2026-05-14T09:00", "Oslo", "NO", "en", "Great Britain", None),  # Ascension: the one that is open
        ("2026-10-25T00:30", "Oslo", "NO", "nb", "Norway", "2026-10-26T07:00:00+01:00"),  # clocks go back
        ("2026-11-02T09:00", "", "", "sv", "Sweden", None),  # not proven: by language
        ("2026-11-02T09:00", "", "FR", "de", "Bavaria", None),
    ],
)
def test_a_case_goes_where_somebody_reads_it(
    at: str, site: str, country: str, language: str, desk: str, opens: str | None
) -> None:
    found = assigned(at, site, country, language)
    assert (found.desk, found.opens_at.isoformat() if found.opens_at else None) == (desk, opens)


def test_a_group_on_duty_around_the_clock_is_always_there() -> None:
    assert assigned("2026-12-25T03:00", "Oslo", "NO", "nb", "Information Security").opens_at is None
