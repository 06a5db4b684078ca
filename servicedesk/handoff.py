"""The escalation form: everything that L1 would have asked for, in one text (design.md, "Handing over").

Fixed parts are English, because any agent may take the ticket; the employee's own words stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from servicedesk.redaction import redact
from servicedesk.ticketing.port import Impact, Priority, TicketKind, Urgency

TRANSCRIPT_MESSAGES = 40
NOT_VERIFIED = "not verified: call back on the recorded number, two agents"  # S7
CALL_BACK = (
    "verified by the channel only: call back on the recorded number before you change an account or a factor"
)

KINDS = {
    TicketKind.INCIDENT: "Incident",
    TicketKind.SERVICE_REQUEST: "Service request",
    TicketKind.SECURITY_INCIDENT: "Security incident",
    TicketKind.COMPLAINT: "Complaint",
}
IMPACTS = {Impact.EVERYBODY: "everybody", Impact.TEAM: "several people", Impact.PERSON: "one person"}
URGENCIES = {
    Urgency.CANNOT_WORK: "cannot work",
    Urgency.HINDERED: "works with difficulty",
    Urgency.CAN_WAIT: "can wait",
}
LANGUAGE_NAMES = {"nb": "Norwegian", "sv": "Swedish", "de": "German", "en": "English"}
VERDICTS = {"shown": "shown, nothing said of it", "person": "wanted a person instead"}
AUTHORS = {"employee": "Employee", "bot": "Tier0 (machine)", "agent": "Agent", "notice": "Notice (machine)"}


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
    verdict: str  # of feedback.Verdict
    version: str = ""  # that was shown
    shown_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message of the transcript, redacted."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EscalationForm:
    reference: str
    opened_at: datetime
    kind: TicketKind
    category: str
    category_label: str
    impact: Impact
    urgency: Urgency
    priority: Priority
    assignment_group: str
    reason: str  # why it was handed over
    person: Person
    proven: bool
    proven_by: str  # "signed in to slack"
    channel: str
    language: str
    words: str  # the request as the employee put it
    understood: Understood | None
    answers: Mapping[str, str]
    tried: tuple[str, ...]
    articles: tuple[ShownArticle, ...]
    related_outage: str
    open_cases: tuple[str, ...]
    checks: tuple[str, ...]
    transcript: tuple[Line, ...]
    answer_url: str

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


def checks_to_make(*, proven: bool, careful: bool, category: str) -> tuple[str, ...]:
    """What an agent must do before doing what is asked (S7, U1, U7)."""
    if not proven or careful:
        return (NOT_VERIFIED,)
    about_access = category.startswith(("access.", "request.access", "request.account", "security"))
    return (CALL_BACK,) if about_access else ()


def render_text(form: EscalationForm) -> str:
    """The ticket's description: plain text, readable from top to bottom."""
    urgency = f"impact: {IMPACTS[form.impact]}, urgency: {URGENCIES[form.urgency]}"
    head = [
        f"{KINDS[form.kind]} {form.reference}: {form.category_label}",
        f"P{form.priority.value} ({urgency}). Group: {form.assignment_group}.",
        f"Handed over because: {form.reason or 'not said'}",
    ]
    sections = [
        ("CHECK FIRST", _list(form.checks)),
        ("WHO", _who(form)),
        (f"REQUEST, in the employee's own words ({_language(form.language)})", _quoted(form.words)),
        (
            "ANSWERS TO OUR QUESTIONS",
            _list(f"{question}: {answer}" for question, answer in form.answers.items()),
        ),
        ("UNDERSTOOD AS", _understood(form.understood)),
        ("TRIED ALREADY", _list(form.tried)),
        ("ARTICLES SHOWN (UTC)", _list(_article(article) for article in form.articles)),
        ("RELATED OUTAGE", [form.related_outage] if form.related_outage else []),
        ("OTHER OPEN CASES OF THIS PERSON", _list(form.open_cases)),
        ("ANSWER INTO THE CHAT", [form.answer_url] if form.answer_url else []),
        (f"TRANSCRIPT (UTC, newest {len(form.transcript)}, secrets taken out)", _transcript(form.transcript)),
    ]
    parts = ["\n".join(head), *("\n".join([title, *lines]) for title, lines in sections if lines)]
    return "\n\n".join(parts)


def to_json(form: EscalationForm) -> dict[str, Any]:
    """The form as plain JSON values, for the desk and for tools that read the ticket's attachment."""
    plain: dict[str, Any] = _plain(asdict(form))
    return {**plain, "requester_name": form.requester_name, "contact": form.contact, "summary": form.summary}


def clean(text: str) -> str:
    """Redacted once more: whatever brought the text here, a ticket holds no secret (D3)."""
    return redact(text).text


def shorten(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _who(form: EscalationForm) -> list[str]:
    person = form.person
    account = ", ".join(part for part in (person.username, person.email) if part)
    place = ", ".join(part for part in (person.department, person.site, person.country) if part)
    return [
        form.requester_name + (f" ({account})" if account else ""),
        *([place] if place else []),
        f"Identity: {'proven, ' + form.proven_by if form.proven else 'NOT PROVEN'}",
        f"Writes {_language(form.language)}" + (f" in {form.channel}" if form.channel else ""),
        *([f"Account: {'; '.join(person.account_state)}"] if person.account_state else []),
        *([f"Note: {person.note}"] if person.note else []),
    ]


def _understood(understood: Understood | None) -> list[str]:
    if understood is None or not understood.intent:
        return []
    entities = ", ".join(f"{name}: {value}" for name, value in understood.entities.items())
    return [f"{understood.intent} ({understood.confidence:.0%})" + (f"; {entities}" if entities else "")]


def _article(article: ShownArticle) -> str:
    version = f", {article.version}" if article.version else ""
    at = f"{article.shown_at:%H:%M} " if article.shown_at else ""
    verdict = VERDICTS.get(article.verdict, article.verdict.replace("_", " "))
    return f"{at}{article.id} ({article.language}{version}): {verdict}"


def _transcript(lines: Iterable[Line]) -> list[str]:
    return [
        f"{line.at:%H:%M} {AUTHORS.get(line.author, line.author)}: {_indented(line.text)}" for line in lines
    ]


def _indented(text: str) -> str:
    return "\n    ".join(text.splitlines())


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines()] or ["> (nothing was written)"]


def _list(lines: Iterable[str]) -> list[str]:
    return [f"- {_indented(line)}" for line in lines if line]


def _language(language: str) -> str:
    return LANGUAGE_NAMES.get(language, language)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
