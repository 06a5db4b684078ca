"""Gathers what L1 wants to know: from the conversation, the directory, feedback and outages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from servicedesk.categories import Category, categorise, category
from servicedesk.clock import Clock
from servicedesk.conversations import Conversation, Conversations
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.feedback import Feedback, Verdict
from servicedesk.handover.checks import (
    UNKNOWN_ACCOUNT,
    Number,
    about_access,
    checks_to_make,
    number_of,
)
from servicedesk.handover.criteria import STOPS, Reason
from servicedesk.handover.packet import (
    TRANSCRIPT_MESSAGES,
    VERSION,
    WROTE_ON,
    Basis,
    EscalationPacket,
    Fact,
    Line,
    Person,
    Seen,
    ShownArticle,
    Understood,
    clean,
)
from servicedesk.handover.person import NOT_IN_DIRECTORY, looked_up_in, person_of
from servicedesk.handover.policy import HandoverPolicy
from servicedesk.handover.proof import NO_FACTOR, proof_of
from servicedesk.handover.related import is_said_to_fail
from servicedesk.handover.risk import RiskStops
from servicedesk.handover.similar import similar_cases
from servicedesk.handover.struck import without
from servicedesk.outages import Outages
from servicedesk.sealed_links import without_links
from servicedesk.store import Store
from servicedesk.store.tables import account_changes
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

RECENT = timedelta(hours=24)
OUR_LINE = 300  # characters of what the machine said, in the transcript
CALL_BACK = "call_back"  # the fact that says that they want to be called
ASK_FOR_A_NUMBER = (
    "wants to be called, and no phone number is recorded: ask for one in the chat; it proves nothing"
)
OTHERS = "others"  # the fact that says who else has it


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
    not_asked: tuple[str, ...] = ()  # what is needed and was neither asked nor told
    taken_back: tuple[str, ...] = ()  # what the requester struck
    not_meant: tuple[str, ...] = ()  # titles of the articles that they turned down
    wrote_on: tuple[str, ...] = ()  # ids of articles after which they wrote on
    answers: Mapping[str, str] = field(default_factory=dict)
    seen: Seen = Seen.NOT_SHOWN
    struck: tuple[str, ...] = ()  # what the requester took back: it is in no part of the packet
    tried: tuple[str, ...] = ()
    impact: Impact | None = None
    urgency: Urgency | None = None
    urgency_from: Basis | None = None  # None: told where there is an urgency, else not asked
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
        proof = proof_of(self._store, conversation) if conversation and proven else ""
        looked_up, note = looked_up_in(self._directory, account)
        person = person_of(account, looked_up, note, now)
        facts = tuple(replace(fact, value=clean(fact.value)) for fact in request.facts)
        answers = {clean(question): clean(answer) for question, answer in request.answers.items() if answer}
        impact = self._impact(kind, impact, facts, words, answers)
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
            proven_by=proof,
            channel=conversation.channel if conversation else "",
            language=request.language,
            words=words,
            understood=_understood(request),
            facts=facts,
            unknown=request.unknown,
            not_asked=request.not_asked,
            taken_back=request.taken_back,
            not_meant=request.not_meant,
            urgency_from=self._basis(request, kind),
            answers=answers,
            seen=request.seen,
            tried=(*map(clean, request.tried), *self._changes_today(account)),
            articles=self._articles(conversation, request.wrote_on),
            related_outage=self._outage(request, words) if kind is TicketKind.INCIDENT else "",
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
                *self._checks(looked_up, person, proof, category=found.id),
                *self._call_wanted(looked_up, facts),
                *self._policy.criteria.checks_of(
                    stops, with_number=number_of(looked_up, now) is Number.RECORDED
                ),
            ),
            opens_at=assigned.opens_at,
            transcript=self._transcript(
                conversation, request.struck, kept=(words, *(fact.value for fact in facts), *answers.values())
            ),
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

    def as_told_now(self, packet: EscalationPacket) -> EscalationPacket:
        """The packet, completed since it was sent, with the impact that its facts say now."""
        impact = self._impact(packet.kind, packet.impact, packet.facts, packet.words, packet.answers)
        priority = self._policy.priorities.of(packet.kind, impact, packet.urgency)
        return packet if impact is packet.impact else replace(packet, impact=impact, priority=priority)

    def _impact(
        self,
        kind: TicketKind,
        impact: Impact,
        facts: tuple[Fact, ...],
        words: str,
        answers: Mapping[str, str],
    ) -> Impact:
        """Several people where the fact that asks for others says so, or whatever else was told does plainly. How many an
        order is for is no impact."""
        told = [fact.value for fact in facts if OTHERS in fact.ids]
        beside = [words, *answers.values(), *(fact.value for fact in facts if not fact.ids)]
        others = kind is not TicketKind.SERVICE_REQUEST and self._policy.affected.others(told, beside)
        return min(impact, Impact.TEAM) if others else impact

    def _basis(self, request: CaseRequest, kind: TicketKind) -> Basis:
        if self._policy.priorities.by_rule(kind):
            return Basis.RULE
        return request.urgency_from or (Basis.NOT_ASKED if request.urgency is None else Basis.TOLD)

    def _checks(
        self, account: Account | None, person: Person, proof: str, *, category: str
    ) -> tuple[str, ...]:
        if proof and person.note == NOT_IN_DIRECTORY:
            return (UNKNOWN_ACCOUNT,)
        return checks_to_make(
            account,
            proven=bool(proof),
            careful=person.careful,
            category=category,
            now=self._clock.now(),
            second_factor=bool(proof) and NO_FACTOR not in proof,
        )

    def _call_wanted(self, account: Account | None, facts: tuple[Fact, ...]) -> tuple[str, ...]:
        """Whoever wants to be called and has no number in the directory must be asked for one."""
        wants = any(
            CALL_BACK in fact.ids and self._policy.facts.yes_or_no(fact.value) is not False for fact in facts
        )
        return (ASK_FOR_A_NUMBER,) if wants and account is not None and account.phone is None else ()

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

    def _articles(
        self, conversation: Conversation | None, wrote_on: tuple[str, ...]
    ) -> tuple[ShownArticle, ...]:
        """Each article once, in the order in which they came up, with the version and the verdict of the last showing."""
        if conversation is None:
            return ()
        entries = self._feedback.of_conversation(conversation.id, since=self._clock.now() - RECENT)
        latest = {(entry.article, entry.language): entry for entry in entries if entry.article is not None}
        return tuple(
            ShownArticle(
                id=str(article),
                language=language,
                verdict=WROTE_ON
                if entry.verdict is Verdict.SHOWN and article in wrote_on
                else entry.verdict.value,
                version=entry.version,
                shown_at=entry.at,
            )
            for (article, language), entry in latest.items()
        )

    def _outage(self, request: CaseRequest, words: str) -> str:
        """Whether it is the same fault no words tell; a service that is not said to fail is not named at all."""
        named = request.entities.get("application", "").lower()
        for outage in self._outages.ongoing():
            other_word = outage.service == named and outage.service not in words.lower()
            if other_word or is_said_to_fail(outage.service, words):
                since = f"since {outage.starts_at:%Y-%m-%d %H:%M} UTC"
                return f"possibly related: {outage.service}: {outage.text('en')} ({since})"
        return ""

    def _transcript(
        self, conversation: Conversation | None, struck: tuple[str, ...], *, kept: tuple[str, ...]
    ) -> tuple[Line, ...]:
        if conversation is None:
            return ()
        messages = self._conversations.messages(conversation.id, limit=TRANSCRIPT_MESSAGES)
        lines = [
            Line(
                at=each.at,
                author=each.author,
                text=without_links(each.text) if each.author == "bot" else clean(each.text),
            )
            for each in messages
        ]
        return tuple(
            replace(line, text=_shortened(line.text)) if line.author == "bot" else line
            for line in without(lines, map(clean, struck), kept)
        )


def _shortened(text: str) -> str:
    """What we said; articles and previews stand elsewhere in full. Our own wording, "your password is ..." included, is not
    redacted."""
    return text if len(text) <= OUR_LINE else f"{text[: OUR_LINE - 1].rstrip()}…"


def _understood(request: CaseRequest) -> Understood | None:
    if not request.intent:
        return None
    entities = {name: clean(str(value)) for name, value in request.entities.items()}
    return Understood(intent=request.intent, confidence=request.confidence, entities=entities)
