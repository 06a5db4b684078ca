"""What Tier0 asks of a ticket system, in ITIL's words. Every adapter passes tests/contracts/ticketing.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
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


# ITIL's usual matrix of impact and urgency.
PRIORITY: dict[tuple[Impact, Urgency], Priority] = {
    (Impact.EVERYBODY, Urgency.CANNOT_WORK): Priority.CRITICAL,
    (Impact.EVERYBODY, Urgency.HINDERED): Priority.HIGH,
    (Impact.EVERYBODY, Urgency.CAN_WAIT): Priority.MODERATE,
    (Impact.TEAM, Urgency.CANNOT_WORK): Priority.HIGH,
    (Impact.TEAM, Urgency.HINDERED): Priority.MODERATE,
    (Impact.TEAM, Urgency.CAN_WAIT): Priority.LOW,
    (Impact.PERSON, Urgency.CANNOT_WORK): Priority.MODERATE,
    (Impact.PERSON, Urgency.HINDERED): Priority.MODERATE,
    (Impact.PERSON, Urgency.CAN_WAIT): Priority.LOW,
}


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
    assignment_group: str
    attachments: tuple[Attachment, ...] = field(default=())

    @property
    def priority(self) -> Priority:
        if self.kind is TicketKind.SECURITY_INCIDENT:
            return Priority.CRITICAL  # whatever else is known: a stranger may be inside already
        return PRIORITY[self.impact, self.urgency]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketView:
    """A ticket as its system shows it now."""

    ref: TicketRef
    key: str
    kind: TicketKind
    state: TicketState
    summary: str
    priority: Priority
    assignment_group: str
    opened_at: datetime
    updated_at: datetime
    comments: tuple[Comment, ...]


class TicketSystem(Protocol):
    """Where incidents and service requests live. Calls are synchronous and may raise TicketSystemUnavailable."""

    def open(self, draft: TicketDraft) -> TicketRef:
        """Same `draft.key`, same ticket. Raises TicketRejected."""

    def find(self, key: str) -> TicketRef | None:
        """The ticket that was opened under this key, or None."""

    def view(self, ref: TicketRef) -> TicketView:
        """Raises TicketNotFound."""

    def comment(self, ref: TicketRef, *, key: str, author: str, text: str, public: bool) -> None:
        """Add a comment; the same `key` again adds nothing. Raises TicketNotFound, TicketRejected."""

    def reopen(self, ref: TicketRef, *, reason: str) -> None:
        """Put a resolved ticket to work again; an open one stays as it is. Raises TicketNotFound, TicketRejected."""

    def withdraw(self, ref: TicketRef, *, reason: str) -> None:
        """The requester no longer needs it. Raises TicketNotFound, TicketRejected."""
