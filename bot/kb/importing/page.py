"""A page of another knowledge base, before it is an article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


class ImportRefused(Exception):
    """The export as a whole cannot be read; the sentence is for its owner."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    place: str  # where in the export it stands, for messages
    title: str
    html: str  # of its content; what stood around that is gone
    names: tuple[str, ...] = ()  # by which other pages link to it: a file name, a number, an id
    language: str = ""  # as the export says; '' when it does not
    day: date | None = None  # of the last change
    labels: tuple[str, ...] = ()
    category: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A page that is not imported, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"left out: {self.place}: {self.reason}"
