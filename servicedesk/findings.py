"""What a `check` command tells an administrator, a line a finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    OK = "ok"
    NOTE = "note"  # works, and an administrator may want to know
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.verdict.value:<6} {self.about:<12} {self.text}"


def ok(about: str, text: str) -> Finding:
    return Finding(Verdict.OK, about, text)


def note(about: str, text: str) -> Finding:
    return Finding(Verdict.NOTE, about, text)


def wrong(about: str, text: str) -> Finding:
    return Finding(Verdict.WRONG, about, text)
