"""When a person takes over, as numbers and rules (criteria.yml), and how L1 is told why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from servicedesk.handover.files import beginnings

LONGEST = 4_000  # characters of a text that are looked at
_CLAUSES = re.compile(r"[.!?,;:\n]+|\b(?:og|men|så|och|und|aber|and|but|so)\b")

REASONS = (
    "asked_for_person", "answers_failed", "no_answer", "not_understood", "unsure", "takes_long", "complaint",
    "distress", "security_incident", "service_request", "protected_account", "vip", "no_factor", "cannot_prove",
    "locked_often", "unlock_limit", "unlock_failed", "password_unknown", "wrong_codes", "not_me", "accessibility",
    "approval_declined", "link_stopped", "not_an_incident", "not_an_order", "not_helped", "offered",
)  # fmt: skip
FACTOR_LOST, MANY_RESETS, REPORT_BEFORE, PRESSURE = STOPS = (
    "factor_lost", "many_resets", "report_before", "pressure",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a case was handed over."""

    id: str  # of criteria.yml
    text: str  # in English, for L1


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressure:
    top: re.Pattern[str]
    boss: re.Pattern[str]
    urgent: re.Pattern[str]
    skip: re.Pattern[str]

    def found_in(self, text: str) -> bool:
        """Urgent words alone are what everybody writes; they count together with somebody at the top only."""
        top, skip = self.top.search(text), self.skip.search(text)
        return bool((top and (skip or self.urgent.search(text))) or (skip and self.boss.search(text)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    says: Mapping[str, str]
    failed_answers: int  # until a person is offered
    not_understood: int  # messages in a row
    unsure_below: float  # confidence, 0 to 1
    longest: timedelta  # from the question on, until a person is offered instead of another article
    lockouts: int  # in 24 hours
    accessibility: re.Pattern[str]
    stop_lasts: timedelta
    gone: re.Pattern[str]
    things: re.Pattern[str]
    not_things: re.Pattern[str]
    nth_reset: int
    reset_days: timedelta
    report_hours: timedelta
    report_kinds: frozenset[str]
    pressure: Pressure
    checks: Mapping[str, tuple[str, ...]]  # by the stop
    checklist: tuple[
        tuple[str, str], ...
    ]  # each for whom a recorded number can be called, and for whom none can

    def reason(self, identifier: str, **values: object) -> Reason:
        """With its numbers filled in. Raises KeyError for one that is not in the file."""
        known = {"after": self.lockouts, "nth": self.nth_reset, "days": self.reset_days.days}
        hours = int(self.report_hours.total_seconds() // 3600)
        return Reason(id=identifier, text=self.says[identifier].format(**{**known, "hours": hours, **values}))

    def stops_in(self, text: str) -> tuple[str, ...]:
        """Which stops these words set off: a lost factor, or pressure in somebody's name."""
        said = text.casefold()[:LONGEST]
        lost = any(self._is_lost(clause) for clause in _CLAUSES.split(said))
        found = {FACTOR_LOST: lost, PRESSURE: self.pressure.found_in(said)}
        return tuple(name for name, holds in found.items() if holds)

    def _is_lost(self, clause: str) -> bool:
        """A password is lost in other ways, and "I lost my password on the phone" has the phone at hand."""
        if self.not_things.search(clause):
            return False
        return bool(self.gone.search(clause) and self.things.search(clause))

    def needs_access(self, text: str) -> bool:
        return bool(self.accessibility.search(text.casefold()[:LONGEST]))

    def checks_of(self, stops: tuple[str, ...], *, with_number: bool = True) -> tuple[str, ...]:
        """What an agent does first, each once; nothing where nothing was stopped. `with_number`: whether the number in the
        directory can be called back at all."""
        if not stops:
            return ()
        always = (called if with_number else instead for called, instead in self.checklist)
        return tuple(filter(None, (*always, *(check for stop in stops for check in self.checks[stop]))))


def build(content: Mapping[str, Any]) -> Criteria:
    """Raises ValueError, KeyError, TypeError."""
    reasons, stops = content["reasons"], content["stops"]
    says = {name: _text(reasons[name]["says"]) for name in REASONS}
    says |= {name: _text(stops[name]["says"]) for name in STOPS}
    below = float(reasons["unsure"]["below"])
    if not 0 <= below <= 1:
        raise ValueError("unsure: below must be between 0 and 1")
    report, resets, pressure = stops[REPORT_BEFORE], stops[MANY_RESETS], stops[PRESSURE]
    return Criteria(
        says=says,
        failed_answers=_number(reasons["answers_failed"]["after"]),
        not_understood=_number(reasons["not_understood"]["after"]),
        unsure_below=below,
        longest=timedelta(minutes=_number(reasons["takes_long"]["minutes"])),
        lockouts=_number(reasons["locked_often"]["after"]),
        accessibility=_words(reasons["accessibility"]["words"]),
        stop_lasts=timedelta(hours=_number(stops["hours"])),
        gone=_words(stops[FACTOR_LOST]["gone"]),
        things=_words(stops[FACTOR_LOST]["things"]),
        not_things=_words(stops[FACTOR_LOST]["not_things"]),
        nth_reset=_number(resets["nth"]),
        reset_days=timedelta(days=_number(resets["days"])),
        report_hours=timedelta(hours=_number(report["hours"])),
        report_kinds=frozenset(map(str, report["kinds"])),
        pressure=Pressure(**{name: _whole(pressure[name]) for name in ("top", "boss", "urgent", "skip")}),
        checks={name: tuple(map(_text, stops[name]["checks"])) for name in STOPS},
        checklist=tuple(map(_check, content["checklist"])),
    )


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} must be a whole number from 1 on")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} must be a text")
    return value.strip()


def _check(value: Any) -> tuple[str, str]:
    """One text for all, or one `with_number` and one `without`, which may be empty."""
    if isinstance(value, Mapping):
        return _text(value["with_number"]), str(value["without"]).strip()
    return _text(value), _text(value)


def _words(words: Any) -> re.Pattern[str]:
    found = beginnings(map(_text, words))
    if found is None:
        raise ValueError("a list of words is empty")
    return found


def _whole(words: Any) -> re.Pattern[str]:
    """Whole words, but for the longer ones, which may go on: "nu" is in "nummer", "vd" in "vdsl"."""
    parts = [
        rf"(?<!\w){re.escape(word)}" + (r"(?!\w)" if len(word) < 6 else "")
        for word in sorted((_text(each).casefold() for each in words), key=len, reverse=True)
    ]
    if not parts:
        raise ValueError("a list of words is empty")
    return re.compile("|".join(parts))
