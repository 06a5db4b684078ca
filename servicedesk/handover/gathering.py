"""Gathers what L1 wants to know: from the conversation, the directory, feedback and outages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from servicedesk.categories import Category, categorise, category
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation, Conversations
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.feedback import Feedback
from servicedesk.handover.criteria import STOPS, Reason
from servicedesk.handover.packet import (
    STRUCK,
    TRANSCRIPT_MESSAGES,
    VERSION,
    EscalationPacket,
    Fact,
    Line,
    Person,
    Seen,
    ShownArticle,
    Understood,
    about_access,
    checks_to_make,
    clean,
)
from servicedesk.handover.policy import HandoverPolicy
from servicedesk.handover.risk import RiskStops
from servicedesk.handover.similar import similar_cases
from servicedesk.outages import Outages
from servicedesk.sealed_links import without_links
from servicedesk.store import Store
from servicedesk.store.tables import account_changes
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

RECENT = timedelta(hours=24)
OUR_LINE = 300  # characters of what the machine said, in the transcript
FRESH_FACTOR = timedelta(hours=72)  # S2, U6
NO_NUMBER = "no phone number recorded"
NOT_IN_DIRECTORY = "the directory knows no such account"
DIRECTORY_DOWN = "the directory did not answer when this was written: look the account up"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRequest:
    """What shall be handed over. Whatever is left out is found out, or taken from the category."""

    conversation: str | None  # None where nobody wrote: a page or a process reports
    key: str  # the same key, the same case
    language: str
    words: str  # the employee's own
    because: Mapping[str, Mapping[str, Any]]  # why it is handed over: ids of criteria.yml, with their numbers
    kind: str | None = None  # of TicketKind
    category: str | None = None  # of categories.yml
    intent: str = ""
    confidence: float = 0.0
    entities: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    unknown: tuple[str, ...] = ()  # what was asked and not told: labels of facts
    answers: Mapping[str, str] = field(default_factory=dict)
    seen: Seen = Seen.NOT_SHOWN
    struck: tuple[str, ...] = ()  # what the requester took back: it is in no part of the packet
    tried: tuple[str, ...] = ()
    impact: Impact | None = None
    urgency: Urgency | None = None
    account: AccountId | None = None  # for processes that know whom it concerns; never from a text (S1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The packet, and what the case's row needs beside it."""

    packet: EscalationPacket
    account: AccountId | None


class CaseContext:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        conversations: Conversations,
        directory: Directory,
        feedback: Feedback,
        outages: Outages,
        policy: HandoverPolicy,
        risk: RiskStops,
        desk_url: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._conversations = conversations
        self._directory = directory
        self._feedback = feedback
        self._outages = outages
        self._policy = policy
        self._risk = risk
        self._desk_url = desk_url

    def account_of(self, request: CaseRequest) -> AccountId | None:
        """Whom it concerns: the person whom the channel has proven, or whom a process of ours names."""
        conversation = self._conversation(request)
        return request.account or (conversation.account if conversation and conversation.proven else None)

    def gather(self, request: CaseRequest, reference: str, open_cases: tuple[str, ...]) -> Context:
        """May ask the directory, for at most 5 s. Raises StoreUnavailable."""
        now = self._clock.now()
        conversation = self._conversation(request)
        proven = conversation is not None and conversation.proven
        account = self.account_of(request)
        words = clean(request.words)
        found = (
            category(request.category)
            if request.category
            else categorise(request.intent, request.entities, request.words)
        )
        kind = TicketKind(request.kind) if request.kind else found.kind
        impact, urgency = request.impact or found.impact, request.urgency or found.urgency
        person = self._person(account)
        because = self._because(request, found, person, words, account)
        assigned = self._policy.desks.assign(
            found.assignment_group,
            site=person.site,
            country=person.country,
            language=request.language,
            now=now,
        )
        stops = tuple(reason.id for reason in because if reason.id in STOPS)
        packet = EscalationPacket(
            version=VERSION,
            reference=reference,
            opened_at=now,
            kind=kind,
            category=found.id,
            category_label=found.label,
            impact=impact,
            urgency=urgency,
            priority=self._policy.priorities.of(kind, impact, urgency),
            assignment_group=assigned.group,
            desk=assigned.desk,
            because=because,
            person=person,
            proven=proven,
            proven_by=f"signed in to {conversation.channel}" if conversation and proven else "",
            channel=conversation.channel if conversation else "",
            language=request.language,
            words=words,
            understood=_understood(request),
            facts=tuple(replace(fact, value=clean(fact.value)) for fact in request.facts),
            unknown=request.unknown,
            answers={
                clean(question): clean(answer) for question, answer in request.answers.items() if answer
            },
            seen=request.seen,
            tried=(*map(clean, request.tried), *self._changes_today(account)),
            articles=self._articles(conversation),
            related_outage=self._outage(request, words),
            open_cases=open_cases,
            similar=similar_cases(
                self._store,
                self._clock,
                category=found.id,
                entities=request.entities,
                account=account,
                conversation=request.conversation,
            )
            if kind is TicketKind.INCIDENT
            else (),
            checks=(
                *checks_to_make(proven=proven, careful=person.careful, category=found.id),
                *self._policy.criteria.checks_of(stops),
            ),
            opens_at=assigned.opens_at,
            transcript=self._transcript(conversation, request.struck),
            answer_url=f"{self._desk_url}/desk/tickets/{reference}" if conversation else "",
        )
        return Context(packet=packet, account=account)

    def _because(
        self,
        request: CaseRequest,
        found: Category,
        person: Person,
        words: str,
        account: AccountId | None,
    ) -> tuple[Reason, ...]:
        """What the caller says, then what the case itself shows."""
        criteria = self._policy.criteria
        reasons = [criteria.reason(name, **values) for name, values in request.because.items()]
        if person.vip:
            reasons.append(criteria.reason("vip"))
        if request.intent and 0 < request.confidence < criteria.unsure_below:
            reasons.append(criteria.reason("unsure", confidence=f"{request.confidence:.0%}"))
        if criteria.needs_access(words):
            reasons.append(criteria.reason("accessibility"))
        if about_access(found.id):
            reasons.extend(self._risk.of(account, words, request.conversation))
        return tuple({reason.id: reason for reason in reasons}.values())

    def _conversation(self, request: CaseRequest) -> Conversation | None:
        return self._conversations.get(request.conversation) if request.conversation else None

    def _person(self, account: AccountId | None) -> Person:
        if account is None:
            return Person()
        try:
            found = self._directory.find(account)
        except DirectoryError:
            return Person(
                username=account, note=DIRECTORY_DOWN, careful=True
            )  # cannot tell: counts as privileged
        if found is None:
            return Person(username=account, note=NOT_IN_DIRECTORY, careful=True)
        return Person(
            name=found.display_name,
            username=found.username,
            email=found.email,
            department=found.department,
            site=found.site,
            country=found.country,
            account_state=_account_state(found, self._clock.now()),
            vip=found.vip,
            careful=found.privileged or found.vip or found.guest or not found.enabled,
        )

    def _changes_today(self, account: AccountId | None) -> tuple[str, ...]:
        """What self-service did to the account in the last 24 hours."""
        if account is None:
            return ()
        query = (
            select(account_changes.c.kind, account_changes.c.state, account_changes.c.started_at)
            .where(
                account_changes.c.account == account,
                account_changes.c.started_at > self._clock.now() - RECENT,
            )
            .order_by(account_changes.c.started_at)
        )
        with self._store.transaction() as connection:
            rows = connection.execute(query).all()
        return tuple(f"{row.started_at:%H:%M} UTC: self-service {row.kind}: {row.state}" for row in rows)

    def _articles(self, conversation: Conversation | None) -> tuple[ShownArticle, ...]:
        """Each article once, in the order in which they came up, with the version and the verdict of the last showing."""
        if conversation is None:
            return ()
        entries = self._feedback.of_conversation(conversation.id, since=self._clock.now() - RECENT)
        latest = {(entry.article, entry.language): entry for entry in entries if entry.article is not None}
        return tuple(
            ShownArticle(
                id=str(article),
                language=language,
                verdict=entry.verdict.value,
                version=entry.version,
                shown_at=entry.at,
            )
            for (article, language), entry in latest.items()
        )

    def _outage(self, request: CaseRequest, words: str) -> str:
        named = request.entities.get("application", "").lower()
        said = words.lower()
        for outage in self._outages.ongoing():
            if outage.service == named or outage.service in said:
                return f"{outage.service}: {outage.text('en')} (since {outage.starts_at:%Y-%m-%d %H:%M} UTC)"
        return ""

    def _transcript(self, conversation: Conversation | None, struck: tuple[str, ...]) -> tuple[Line, ...]:
        if conversation is None:
            return ()
        messages = self._conversations.messages(conversation.id, limit=TRANSCRIPT_MESSAGES)
        return tuple(
            Line(
                at=each.at,
                author=each.author,
                text=_without(struck, _said_by_us(each.text) if each.author == "bot" else clean(each.text)),
            )
            for each in messages
        )


def _said_by_us(text: str) -> str:
    """Our own wording, "your password is ..." included, is not redacted; articles and previews stand elsewhere in full."""
    shown = without_links(text)
    return shown if len(shown) <= OUR_LINE else f"{shown[: OUR_LINE - 1].rstrip()}…"


def _without(struck: tuple[str, ...], text: str) -> str:
    for each in struck:
        text = text.replace(each, STRUCK)
    return text


def _understood(request: CaseRequest) -> Understood | None:
    if not request.intent:
        return None
    entities = {name: clean(str(value)) for name, value in request.entities.items()}
    return Understood(intent=request.intent, confidence=request.confidence, entities=entities)


def _account_state(account: Account, now: datetime) -> tuple[str, ...]:
    """In words, the unusual first."""
    facts = (
        ("PRIVILEGED", account.privileged),
        ("VIP", account.vip),
        ("guest", account.guest),
        ("disabled", not account.enabled),
        (f"locked ({account.lockouts_today} lockouts in 24 h)", account.locked),
        (f"not locked ({account.lockouts_today} lockouts in 24 h)", not account.locked),
        ("password expired", account.password_expired),
        ("must change password", account.must_change_password),
        ("authenticator enrolled", account.authenticator_since is not None),
        ("no authenticator", account.authenticator_since is None),
        (NO_NUMBER, account.phone is None),
        (
            "PHONE NUMBER CHANGED IN THE LAST 72 H",
            account.phone is not None
            and account.phone.registered_at is not None
            and now - account.phone.registered_at < FRESH_FACTOR,
        ),
        (
            "nobody knows since when the phone number is recorded",
            account.phone is not None and account.phone.registered_at is None,
        ),
        ("lockouts end by themselves only", not account.unlockable),
        ("password kept by another directory", account.managed_elsewhere),
        (
            "AUTHENTICATOR ENROLLED IN THE LAST 72 H",
            account.authenticator_since is not None and now - account.authenticator_since < FRESH_FACTOR,
        ),
    )
    return tuple(text for text, holds in facts if holds)
