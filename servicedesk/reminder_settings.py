"""What employees are told and asked unasked, and when (TIER0_REMINDER…, TIER0_NUDGE_DAYS, TIER0_ASK_SOLVED)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from servicedesk.errors import SettingsError
from servicedesk.settings_reader import Reader

LONGEST_DAYS = 60
LONGEST_SILENCE = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderSettings:
    on: bool = True
    days: tuple[int, ...] = (14, 3, 1)  # before a password expires; none: of that nobody is reminded
    first_hour: int = 8  # where the person is, Monday to Friday; outside of it is quiet
    last_hour: int = 18
    hold_answers: bool = True  # outside of them: L1's, where nobody waits for them
    nudge_days: int = (
        3  # working days without news of an open ticket; 0: nobody is asked whether it is still needed
    )
    ask_solved: bool = True  # whether the requester of a resolved ticket is asked

    @classmethod
    def read(cls, read: Reader) -> ReminderSettings:
        """Raises SettingsError, which names the variable."""
        first, last = _hours(read)
        return cls(
            on=read.flag("REMINDERS", True),
            days=_days(read),
            first_hour=first,
            last_hour=last,
            hold_answers=read.flag("HOLD_ANSWERS", True),
            nudge_days=read.number("NUDGE_DAYS", 3, least=0, most=LONGEST_SILENCE),
            ask_solved=read.flag("ASK_SOLVED", True),
        )


def _days(read: Reader) -> tuple[int, ...]:
    text = read.text("REMINDER_DAYS", "14, 3, 1")
    if text == "none":
        return ()
    parts = text.replace(",", " ").split()
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= LONGEST_DAYS for part in parts):
        raise SettingsError(
            f"TIER0_REMINDER_DAYS: {text!r} is not such as 14, 3, 1 (at most {LONGEST_DAYS}) or none"
        )
    return tuple(sorted({int(part) for part in parts}, reverse=True))


def _hours(read: Reader) -> tuple[int, int]:
    text = read.text("REMINDER_HOURS", "8-18")
    match = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", text, re.ASCII)
    if match is None or not 0 <= int(match[1]) < int(match[2]) <= 24:
        raise SettingsError(f"TIER0_REMINDER_HOURS: {text!r} is not such as 8-18")
    return int(match[1]), int(match[2])
