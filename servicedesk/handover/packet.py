"""The escalation packet: everything that L1 would have asked for, as one typed form for every handover.

Fixed parts are English, because any agent may take the ticket; the employee's own words stay as they are. As JSON it goes
with the ticket (packet_json.py, docs/handover.md); ticket_text.py writes it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from servicedesk.handover.criteria import Reason
from servicedesk.redaction import redact
from servicedesk.ticketing.port import Impact, Priority, TicketKind, Urgency

VERSION = 2  # of the JSON: a field that goes or changes its meaning makes it 3, a new one does not
TRANSCRIPT_MESSAGES = 40
CONTACT = (
    "Says to be, reach at (NOT verified)"  # among the answers, of somebody whom the channel does not prove
)
STRUCK = "[struck by the requester]"
WROTE_ON = "wrote_on"  # of an article: shown, no verdict, and the employee wrote on


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who asks, as far as it is proven. Fields are empty where it is not, or the directory was down."""

    name: str = ""
    username: str = ""
    email: str = ""
    department: str = ""
    site: str = ""
    country: str = ""
    account_state: tuple[str, ...] = ()  # as the directory showed it when the case was opened
    note: str = ""  # "the directory did not answer"
    vip: bool = False
    careful: bool = False  # privileged, VIP, or the directory could not tell (S7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    intent: str
    confidence: float  # 0 to 1
    entities: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownArticle:
    id: str
    language: str
    verdict: str  # of feedback.Verdict, or WROTE_ON
    version: str = ""  # that was shown
    shown_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message of the transcript, redacted."""

    at: datetime
    author: str
    text: str


class Source(str, Enum):
    """How a fact came to be known."""

    ASKED = "asked"  # in an answer to one of our questions
    TOLD = "told"  # in what was written before anybody asked
    ADDED = "added"  # by the requester, unasked: when the packet was shown, or later
    CORRECTED = "corrected"  # by the requester, when the packet was shown


class Basis(str, Enum):
    """What the urgency rests on."""

    TOLD = "told"  # by the employee, or what has happened says it
    NOT_ASKED = "not_asked"  # assumed, as for all of its category
    NOT_ANSWERED = "not_answered"  # assumed: asked, and passed over
    IN_WORDS = "in_words"  # assumed: the answer stands among the answers, and says none of the three
    RULE = "rule"  # the kind alone decides the priority: priorities.yml


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    ids: tuple[str, ...]  # of facts.yml; none of what belongs to none of them
    label: str
    value: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class SimilarCase:
    """Somebody else's open case that may have the same cause. None of their words: requesters may read the ticket."""

    reference: str
    number: str
    opened_at: datetime
    site: str


class Seen(str, Enum):
    """Whether the requester has read what is sent."""

    CHECKED = "checked"  # read it, and sent it
    UNSEEN = "unseen"  # "just send it"
    NOT_SHOWN = "not_shown"  # urgent, or nobody was there to read it


@dataclass(frozen=True, kw_only=True, slots=True)
class EscalationPacket:
    version: int
    reference: str
    opened_at: datetime
    kind: TicketKind
    category: str
    category_label: str
    impact: Impact
    urgency: Urgency
    priority: Priority
    assignment_group: str
    desk: str  # of hours.yml
    because: tuple[Reason, ...]  # why it was handed over: criteria.yml
    person: Person
    proven: bool
    proven_by: str  # exactly: "signed in to slack; no second factor used in this conversation"
    channel: str
    language: str
    words: str  # the request as the employee put it
    understood: Understood | None
    facts: tuple[Fact, ...]
    unknown: tuple[str, ...]  # what was asked and not answered: labels of facts
    answers: Mapping[str, str]  # to questions of the conversation that are no facts of the category
    seen: Seen
    tried: tuple[str, ...]
    articles: tuple[ShownArticle, ...]
    related_outage: str
    open_cases: tuple[str, ...]  # the requester's own
    similar: tuple[SimilarCase, ...]
    checks: tuple[str, ...]  # what an agent does first
    opens_at: datetime | None  # when L1 is there next; None: now
    transcript: tuple[Line, ...]
    answer_url: str
    # Since version 2; a packet of version 1 has none of them.
    urgency_from: Basis = Basis.TOLD
    not_asked: tuple[str, ...] = ()  # what the category needs, and nobody was asked for: labels of facts
    taken_back: tuple[str, ...] = ()  # what the requester struck and gave no new value for: labels of facts
    not_meant: tuple[str, ...] = ()  # titles of articles that the employee turned down

    @property
    def reason(self) -> str:
        return "; ".join(reason.text for reason in self.because)

    @property
    def requester_name(self) -> str:
        return self.person.name or ("proven person, name unknown" if self.proven else "not proven")

    @property
    def contact(self) -> str:
        """How L1 reaches the person. No telephone number: the one to call is the one in the directory (S7)."""
        ways = [f"Tier0 chat ({self.channel})" if self.channel else "", self.person.email]
        return ", ".join(way for way in ways if way) or "not known"

    @property
    def summary(self) -> str:
        """One line: what it is about, then the employee's own first words."""
        first = next((line.strip() for line in self.words.splitlines() if line.strip()), "")
        return shorten(f"{self.category_label}: {first}" if first else self.category_label, 160)


def clean(text: str) -> str:
    """Redacted once more: whatever brought the text here, a ticket holds no secret (D3)."""
    return redact(text).text


def shorten(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
