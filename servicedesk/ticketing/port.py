"""What Tier0 asks of a ticket system, in ITIL's words. Every adapter passes tests/contracts/ticketing.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol


class TicketKind(str, Enum):
    INCIDENT = "incident"
    SERVICE_REQUEST = "service_request"
    SECURITY_INCIDENT = "security_incident"
    COMPLAINT = "complaint"


class Impact(int, Enum):
    """How many cannot work."""

    EVERYBODY = 1
    TEAM = 2
    PERSON = 3


class Urgency(int, Enum):
    """How soon it hurts."""

    CANNOT_WORK = 1
    HINDERED = 2
    CAN_WAIT = 3


class Priority(int, Enum):
    CRITICAL = 1
    HIGH = 2
    MODERATE = 3
    LOW = 4


class TicketState(str, Enum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # for the requester
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketDraft:
    """A ticket to be opened. Texts are English but for the employee's own words, and hold no secret (D3)."""

    key: str  # makes a retry harmless; also the reference that the employee was given, "T0-7KQ2M"
    kind: TicketKind
    category: str  # of servicedesk/categories.yml
    summary: str  # one line, at most 160 characters
    description: str  # plain text, the whole escalation form
    requester: str | None  # the account's id; None where the person is not proven
    requester_name: str
    contact: str  # how L1 reaches the person
    language: str  # nb, sv, de or en
    conversation: str | None  # where an answer to the requester goes
    impact: Impact
    urgency: Urgency
    priority: Priority  # of the two, by handover/priorities.yml
    assignment_group: str
    username: str = ""  # of a proven requester, as the directory has them; for systems that look people up
    email: str = ""
    attachments: tuple[Attachment, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketRef:
    id: str  # the system's own id
    number: str  # what people call it, "INC0010023"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    id: str
    at: datetime
    author: str
    text: str
    public: bool  # for the requester to read, or a work note among agents
    ours: bool = False  # we put it there: the requester knows it, or has written it


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketView:
    """A ticket as its system shows it now."""

    ref: TicketRef
    key: str
    state: TicketState
    summary: str
    updated_at: datetime
    comments: tuple[Comment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """That a ticket is not as it was; `at` is the system's own time, and the same until it changes again."""

    ref: TicketRef
    opened_at: datetime
    at: datetime


class Keeping(str, Enum):
    """How far a system helps that a ticket is opened once, whatever happens on the way (F6)."""

    UNIQUE = "unique"  # it keeps our key and takes no second ticket with it
    SEARCHED = "searched"  # it keeps our key, and the ticket is found by it
    NOT_KEPT = "not_kept"  # neither: after an unknown outcome a person looks


def at_any_time() -> None:
    """Nothing speaks against sending it."""


class TicketSystem(Protocol):
    """Where incidents and service requests live. Calls are synchronous and may raise TicketSystemUnavailable:
    then nothing was done, but for OutcomeUnknown."""

    keeping: Keeping
    search_lag: timedelta  # for so long a new ticket may be missing from `find`
    attaches_on_open: bool  # `open` takes the draft's attachments; else `attach` brings them afterwards

    def look_ahead(self, coming: Callable[[], Iterable[str]]) -> None:
        """`coming` gives the addresses of those whose tickets will be opened next: a system that looks people up may
        look for all of them in one call."""

    def open(self, draft: TicketDraft) -> TicketRef:
        """Open a ticket; where keys are UNIQUE, the same `draft.key` gives the same ticket, unchanged.

        Elsewhere `find` goes first. Raises TicketRejected."""

    def find(self, key: str) -> TicketRef | None:
        """The ticket that was opened under this key, the oldest if there are several, or None."""

    def state(self, ref: TicketRef) -> TicketState:
        """How it is doing: `view` without the rest. Raises TicketNotFound."""

    def view(self, ref: TicketRef) -> TicketView:
        """With all comments, oldest first. Raises TicketNotFound."""

    def views(self, refs: Sequence[TicketRef]) -> Iterator[TicketView]:
        """As `view`, of several; in few calls where the system can do that. Those that are gone are left out."""

    def comment(
        self,
        ref: TicketRef,
        *,
        key: str,
        author: str,
        text: str,
        public: bool,
        new: bool = False,
        first: Callable[[], None] = at_any_time,
    ) -> None:
        """Add a comment of plain text; the same `key` again adds nothing. Raises TicketNotFound, TicketRejected.

        `new`: the caller knows that this key was never asked for, so nobody need look for it.
        `first`: called after the look, just before it is sent, where the system itself would take the same twice;
        what it raises ends it."""

    def attach(
        self,
        ref: TicketRef,
        attachment: Attachment,
        *,
        new: bool = False,
        first: Callable[[], None] = at_any_time,
    ) -> None:
        """Add a file; the same name again adds nothing. Raises TicketNotFound, TicketRejected.

        `new`: the caller knows that this name was never asked for. `first`: as for a comment."""

    def reopen(self, ref: TicketRef, *, key: str, reason: str) -> None:
        """Put a resolved ticket to work again; an open one stays as it is. Raises TicketNotFound, TicketRejected."""

    def withdraw(self, ref: TicketRef, *, key: str, reason: str) -> None:
        """The requester no longer needs it. Raises TicketNotFound, TicketRejected."""

    def changed_since(self, moment: datetime) -> Iterator[Change]:
        """Tickets of ours that changed at or after this moment, the longest unchanged first; maybe others, too."""
