"""What a conversation is about while articles are tried: what was found, what was shown, and what did not help.

It lasts from a question to the answer that helped, the person who took over, or the next question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from rasa_sdk.events import EventType, SlotSet

from actions.turn import Turn
from bot.kb.choosing import Hit

SLOT = "matter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    question: str = ""  # in the employee's words
    opened: str = ""  # the words that it began with
    hits: Sequence[Hit] = ()  # what the search found for them, best first
    shown: Hit | None = None  # the article that was shown last
    failed: tuple[str, ...] = ()  # ids: shown, and did not help
    asked: tuple[str, ...] = ()  # between these the employee was asked to choose
    not_meant: tuple[str, ...] = ()  # and it was none of these
    turned_down: tuple[str, ...] = ()  # the titles of those, for the ticket
    passed: tuple[
        str, ...
    ] = ()  # ids: shown, and the employee wrote on without a word of whether they helped
    begun: str = ""  # when the question was asked, as ISO 8601
    answers: dict[str, str] = field(default_factory=dict)  # what was asked, and answered: for the ticket

    @property
    def is_new(self) -> bool:
        """Whether nothing has been tried yet."""
        return not (self.shown or self.tried)

    @property
    def tried(self) -> frozenset[str]:
        """The ids of what is not shown again while the matter lasts."""
        return frozenset((*self.failed, *self.not_meant, *self.passed))

    @property
    def left(self) -> list[Hit]:
        """What has not been shown, nor turned down."""
        shown = {self.shown["id"]} if self.shown else set()
        return [hit for hit in self.hits if hit["id"] not in self.tried | shown]

    @property
    def options(self) -> list[Hit]:
        """What the employee was asked to choose between."""
        return [hit for hit in self.hits if hit["id"] in self.asked]

    @property
    def begun_at(self) -> datetime:
        return datetime.fromisoformat(self.begun)

    def asked_anew(self, question: str, hits: Sequence[Hit], now: datetime, *, same: bool) -> Matter:
        """The next question: the same matter in other words where its best article has failed already."""
        told_again = bool(hits) and hits[0]["id"] in {*self.failed, *self.not_meant}
        if told_again or (same and (self.failed or self.not_meant)):
            matter = self
        else:
            matter = Matter(begun=now.isoformat(), passed=self.passed if same else ())
        return replace(matter, question=question, hits=hits, shown=None)

    def put_aside(self, *, failed: bool) -> Matter:
        """The article that was shown last is not to come again: it did not help, or nothing was said of it."""
        if self.shown is None:
            return self
        before = self.failed if failed else self.passed
        ids = tuple(dict.fromkeys((*before, self.shown["id"])))  # each once, however often
        return replace(self, shown=None, failed=ids) if failed else replace(self, shown=None, passed=ids)

    def with_section(self, section: int) -> Matter:
        """Another passage of the article that was shown last."""
        return replace(self, shown={**self.shown, "section": section} if self.shown else None)

    @property
    def remembered(self) -> EventType:
        return SlotSet(SLOT, asdict(self))


def matter_of(turn: Turn) -> Matter:
    """The one at hand, or one of nothing yet."""
    stored = turn.slot(SLOT) or {}
    ids = {
        name: tuple(stored.get(name) or ())
        for name in ("failed", "asked", "not_meant", "turned_down", "passed")
    }
    return Matter(**{**stored, **ids})


def over() -> EventType:
    return SlotSet(SLOT, None)
