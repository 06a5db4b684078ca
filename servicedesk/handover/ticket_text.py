"""The escalation packet as the ticket's description: plain text, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from babel.dates import format_datetime

from servicedesk.handover.packet import (
    WROTE_ON,
    Basis,
    EscalationPacket,
    Fact,
    Line,
    Seen,
    ShownArticle,
    SimilarCase,
    Source,
    Understood,
)
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

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
BASES = {
    Basis.TOLD: "",
    Basis.NOT_ASKED: " (assumed, not asked)",
    Basis.NOT_ANSWERED: " (assumed: asked and not answered)",
    Basis.IN_WORDS: " (assumed; the answer stands under FACTS)",
    Basis.RULE: "",
}
VERDICTS = {
    "shown": "shown, nothing said of it",
    WROTE_ON: "shown; the employee wrote on",
    "person": "wanted a person instead",
}
AUTHORS = {"employee": "Employee", "bot": "Tier0 (machine)", "agent": "Agent", "notice": "Notice (machine)"}
SEEN = {
    Seen.CHECKED: "The requester has read and sent this.",
    Seen.UNSEEN: "Sent at once: the requester did not look it through.",
    Seen.NOT_SHOWN: "Sent without being shown to the requester.",
}
SOURCES = {
    Source.ASKED: "",
    Source.TOLD: " (from what was written)",
    Source.ADDED: " (added by the requester)",
    Source.CORRECTED: " (corrected by the requester)",
}


def render_text(packet: EscalationPacket) -> str:
    """The ticket's description: plain text, readable from top to bottom."""
    head = [
        f"{KINDS[packet.kind]} {packet.reference}: {packet.category_label}",
        f"P{packet.priority.value} ({_why(packet)}). Group: {packet.assignment_group}, desk: {packet.desk}.",
        f"Opened: {_day(packet.opened_at)}",
        f"Handed over because: {packet.reason or 'not said'}",
        *([f"L1 opens {_day(packet.opens_at)}"] if packet.opens_at else []),
        SEEN[packet.seen],
    ]
    sections = [
        ("CHECK FIRST", _list(packet.checks)),
        ("WHO", _who(packet)),
        (f"REQUEST, in the employee's own words ({_language(packet.language)})", _quoted(packet.words)),
        ("FACTS", _list([*map(_fact, packet.facts), *_answers(packet)])),
        ("ASKED AND NOT ANSWERED", _list(packet.unknown)),
        ("NEEDED AND NOT ASKED", _list(packet.not_asked)),
        ("TAKEN BACK BY THE REQUESTER", _list(packet.taken_back)),
        ("UNDERSTOOD AS", _understood(packet)),
        ("TRIED ALREADY", _list(packet.tried)),
        ("ARTICLES SHOWN (UTC)", _list(_article(article) for article in packet.articles)),
        ("OUTAGE", [packet.related_outage] if packet.related_outage else []),
        ("SIMILAR OPEN CASES OF OTHERS", _list(map(_similar, packet.similar))),
        ("OTHER OPEN CASES OF THIS PERSON", _list(packet.open_cases)),
        ("ANSWER INTO THE CHAT", [packet.answer_url] if packet.answer_url else []),
        (
            f"TRANSCRIPT (UTC, newest {len(packet.transcript)}, secrets taken out)",
            _transcript(packet.transcript),
        ),
    ]
    parts = ["\n".join(head), *("\n".join([title, *lines]) for title, lines in sections if lines)]
    return "\n\n".join(parts)


def _who(packet: EscalationPacket) -> list[str]:
    person = packet.person
    account = ", ".join(part for part in (person.username, person.email) if part)
    place = ", ".join(part for part in (person.department, person.site, person.country) if part)
    return [
        packet.requester_name + (f" ({account})" if account else ""),
        *([place] if place else []),
        f"Identity: {packet.proven_by if packet.proven else 'NOT PROVEN'}",
        f"Writes {_language(packet.language)}" + (f" in {packet.channel}" if packet.channel else ""),
        *([f"Account: {'; '.join(person.account_state)}"] if person.account_state else []),
        *([f"Note: {person.note}"] if person.note else []),
    ]


def _why(packet: EscalationPacket) -> str:
    """Why this priority. Where the kind alone decides it, how much it hurts was neither asked nor weighed."""
    if packet.urgency_from is Basis.RULE:
        others = "; several people are affected" if packet.impact is not Impact.PERSON else ""
        return f"by rule for every {KINDS[packet.kind].lower()}{others}"
    return (
        f"impact: {IMPACTS[packet.impact]}, urgency: {URGENCIES[packet.urgency]}{BASES[packet.urgency_from]}"
    )


def _understood(packet: EscalationPacket) -> list[str]:
    return [*_taken_for(packet.understood), *(f"not: {title}" for title in packet.not_meant)]


def _taken_for(understood: Understood | None) -> list[str]:
    if understood is None or not understood.intent:
        return []
    entities = ", ".join(f"{name}: {value}" for name, value in understood.entities.items())
    return [f"{understood.intent} ({understood.confidence:.0%})" + (f"; {entities}" if entities else "")]


def _answers(packet: EscalationPacket) -> Iterable[str]:
    return (f"{question}: {answer}" for question, answer in packet.answers.items())


def _fact(fact: Fact) -> str:
    return f"{fact.label}: {fact.value}{SOURCES[fact.source]}"


def _similar(case: SimilarCase) -> str:
    number = case.number or "not numbered by the ticket system yet"
    place = f", {case.site}" if case.site else ""
    return f"{case.reference} ({number}): since {case.opened_at:%Y-%m-%d %H:%M} UTC{place}"


def _article(article: ShownArticle) -> str:
    version = f", {article.version}" if article.version else ""
    at = f"{article.shown_at:%H:%M} " if article.shown_at else ""
    verdict = VERDICTS.get(article.verdict, article.verdict.replace("_", " "))
    return f"{at}{article.id} ({article.language}{version}): {verdict}"


def _transcript(lines: Iterable[Line]) -> list[str]:
    return [
        f"{line.at:%H:%M} {AUTHORS.get(line.author, line.author)}: {_indented(line.text)}" for line in lines
    ]


def _day(at: datetime) -> str:
    return f"{format_datetime(at, 'EEE yyyy-MM-dd HH:mm', locale='en')} UTC"


def _indented(text: str) -> str:
    return "\n    ".join(text.splitlines())


def _quoted(text: str) -> list[str]:
    return [f"> {line}" for line in text.splitlines()] or ["> (nothing was written)"]


def _list(lines: Iterable[str]) -> list[str]:
    return [f"- {_indented(line)}" for line in lines if line]


def _language(language: str) -> str:
    return LANGUAGE_NAMES.get(language, language)
