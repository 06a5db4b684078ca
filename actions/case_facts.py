"""What L1 would ask about a case: what of it is known and from where, what is asked next, and what stays unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.problem import messages_since, words_of
from actions.turn import Turn
from bot.labels.model import labeller
from servicedesk.handover import reading
from servicedesk.handover.facts import NAME, FactKind, Facts, Wanted
from servicedesk.handover.packet import Fact, Source
from servicedesk.handover.reading import Said

SLOT = "case_facts"
FACTS = "facts"  # the labeller that reads clauses
NEVER_AN_ANSWER = ("distress", "report_security_incident", "cancel")  # whatever else the words say
TWICE = 2  # the same question, never a third time
NOT_KNOWN = "Employee does not know"
A_QUESTION = 3  # words; "what?" is nothing that L1 could answer
SHORT = 3  # words; at the preview "only me" is an answer, a sentence only where its words tell


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseFacts:
    """The facts of one case, while it is written. Facts are ids of facts.yml."""

    needed: tuple[str, ...]  # the most useful first
    nice: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)  # of those that were not in the story
    asked: tuple[str, ...] = ()  # the question that is open
    before: tuple[tuple[str, ...], ...] = ()  # the questions that were answered
    skipped: tuple[str, ...] = ()  # nobody wants to be asked for these again
    urgency: str = ""  # the code of the button, where the words said it
    struck: tuple[str, ...] = ()  # what was taken back at the preview
    taken_back: tuple[str, ...] = ()  # the facts that were struck then
    added: tuple[str, ...] = ()  # what belongs to no fact
    beside: tuple[str, ...] = ()  # of that, what stood in an answer to a question of ours
    asked_back: bool = False  # the question that is open was answered with a question

    @property
    def remembered(self) -> EventType:
        return SlotSet(SLOT, self.plain)

    @property
    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.needed if name not in self.told)

    def asking(self, among: Iterable[str], *, at_once: int) -> CaseFacts:
        """With a question open for the next of these facts: what was not asked yet comes first."""
        if self.asked:
            return self
        closed = (*self.skipped, *self.taken_back)
        open_ = [name for name in among if name in self.missing and name not in closed]
        open_ = [name for name in open_ if self._times(name) < TWICE]
        return replace(self, asked=tuple(sorted(open_, key=self._times)[:at_once]), asked_back=False)

    def for_another(self, wanted: Wanted) -> CaseFacts:
        """The same case in another category, where that has turned out; what was told of it stays."""
        needed, nice = (tuple(kind.id for kind in kinds) for kinds in (wanted.needed, wanted.nice))
        if needed == self.needed or self.asked:
            return self
        kept = [name for name in (*self.needed, *self.nice) if name in self.told]
        more = [name for name in kept if name not in needed and name not in nice]
        return replace(self, needed=needed, nice=(*nice, *more))

    def _times(self, name: str) -> int:
        return sum(name in question for question in self.before)

    def without(self, identifier: str) -> CaseFacts:
        gone = self.told.get(identifier, "")
        told = {name: value for name, value in self.told.items() if name != identifier}
        return replace(
            self, told=told, struck=(*self.struck, gone), taken_back=(*self.taken_back, identifier)
        )

    def corrected(self, identifier: str, text: str) -> CaseFacts:
        return self.with_told({identifier: text}, Source.CORRECTED)

    def with_told(self, told: Mapping[str, str], source: Source) -> CaseFacts:
        sources = {**self.sources, **dict.fromkeys(told, source.value)}
        return replace(self, told={**self.told, **told}, sources=sources)

    def with_added(self, *texts: str) -> CaseFacts:
        """The same is not added twice, nor what a fact says already."""
        added, said = list(self.added), {same(each) for each in (*self.added, *self.told.values())}
        for text in texts:
            if text and same(text) not in said:
                added.append(text)
                said.add(same(text))
        return replace(self, added=tuple(added))

    def with_beside(self, text: str) -> CaseFacts:
        """What an answer says besides: kept, and not taken for an addition of its own."""
        return replace(self.with_added(text), beside=(*self.beside, text)) if text else self

    @property
    def asked_for(self) -> frozenset[str]:
        """Whatever was asked for so far, the question that is open included."""
        return frozenset(name for question in (*self.before, self.asked) for name in question)


def begun(turn: Turn, wanted: Wanted, words: str, *, ordered: Iterable[FactKind] = ()) -> CaseFacts:
    """What the story tells, before anybody asked."""
    policy = turn.services.handover.facts
    said = _said(turn, words)
    needed = (*wanted.needed, *ordered)
    return CaseFacts(
        needed=tuple(kind.id for kind in needed),
        nice=tuple(kind.id for kind in wanted.nice),
        told=reading.story((*needed, *wanted.nice), said, turn.language, labeller(FACTS)),
        urgency=_newest_urgency(policy, (text for text, _ in said)),
    )


def kept(turn: Turn) -> CaseFacts | None:
    stored = turn.slot(SLOT)
    if not stored:
        return None
    lists = ("needed", "nice", "asked", "skipped", "struck", "taken_back", "added", "beside")
    before = tuple(tuple(question) for question in stored.get("before") or ())
    return CaseFacts(
        **{**stored, **{name: tuple(stored.get(name) or ()) for name in lists}, "before": before}
    )


def question(turn: Turn, facts: CaseFacts) -> str:
    """What is asked for, as one short question in the employee's language."""
    kinds = turn.services.handover.facts.kinds
    first, *more = [kinds[name].ask[turn.language] for name in facts.asked if name in kinds] or [""]
    link = turn.label("and_also")
    return " ".join([first, *(f"{link} {each[:1].lower()}{each[1:]}" for each in more)])


def asking(turn: Turn, facts: CaseFacts, among: Iterable[str], *, reserved: int) -> CaseFacts:
    """With the next question open, if there is one; `reserved` is how many are kept for what follows."""
    policy = turn.services.handover.facts
    left = policy.questions - reserved - len(facts.before)
    return facts.asking(among, at_once=policy.at_once) if left > 0 else facts


def introduction(turn: Turn, facts: CaseFacts) -> str:
    """What stands before the question."""
    if facts.asked_back:
        return turn.label("facts_asked_back")
    name = "facts_more" if facts.before else "facts_first"
    return turn.label(name if len(facts.asked) > 1 else f"{name}_one")


def answered(turn: Turn, facts: CaseFacts, text: str) -> CaseFacts:
    """With what this answer tells. What was asked for and is not told may be asked for once more."""
    policy = turn.services.handover.facts
    asked = [policy.kinds[name] for name in facts.asked if name in policy.kinds]
    # Whose name it is, nobody knows who was not asked for one.
    others = [kind for kind in _kinds(policy, facts) if kind not in asked and kind.short != NAME]
    said = (text, _entities(turn.message))
    read = reading.answer(policy, asked, others, said, turn.language, labeller(FACTS))
    known = {name: _beside(facts.told.get(name), words) for name, words in read.told.items()}
    if read.points_back:
        known |= _recalled(turn, [kind for kind in asked if kind.id not in facts.told])
    facts = facts.with_told(known, Source.ASKED).with_beside(read.rest)
    return _closed(facts, urgency=policy.urgency_of(text) or facts.urgency)


def skipped(facts: CaseFacts) -> CaseFacts:
    """Who passes over a question is not asked it again."""
    return _closed(facts, skipped=(*facts.skipped, *facts.asked))


def asks_back(turn: Turn, facts: CaseFacts, text: str) -> bool:
    """Whether the answer is a question of its own, which tells nothing of what was asked for."""
    policy = turn.services.handover.facts
    asked = [policy.kinds[name] for name in facts.asked if name in policy.kinds]
    return policy.is_question(text) and not reading.is_told(policy, asked, text, labeller(FACTS))


def asked_back(facts: CaseFacts, text: str) -> CaseFacts:
    """L1 gets the employee's question; ours stays open once more."""
    question = text if len(text.split()) >= A_QUESTION else ""
    kept_open = facts.with_beside(question)
    return _closed(kept_open) if facts.asked_back else replace(kept_open, asked_back=True)


def heard(turn: Turn, facts: CaseFacts, text: str, source: Source, *, keep: bool) -> CaseFacts:
    """With what these words tell that nobody has told yet; with `keep` the others are added, for nothing is lost."""
    policy = turn.services.handover.facts
    open_ = [kind for kind in _kinds(policy, facts) if kind.id not in facts.told and kind.short != NAME]
    short = len(text.split()) <= SHORT
    asked = [
        kind
        for kind in open_
        if short and kind.id in facts.missing and reading.is_told(policy, [kind], text, labeller(FACTS))
    ]
    others = [kind for kind in open_ if kind not in asked]
    # What nobody asked for and L1 does not need goes to the end, so that the numbers of the lines stay.
    guesser = labeller(FACTS) if facts.missing else None
    read = reading.answer(policy, asked, others, (text, {}), turn.language, guesser)
    facts = facts.with_told(read.told, source)
    return facts.with_added(read.rest) if keep else facts


def tells(tracker: Tracker, policy: Facts, text: str) -> bool:
    """Whether these words answer what was asked, or at the preview what is missing: "since Monday, only me" is neither a
    ticket's status nor an outage."""
    stored = tracker.get_slot(SLOT) or {}
    asked = stored.get("asked") or [each for each in stored.get("needed") or () if each not in stored["told"]]
    kinds = [policy.kinds[name] for name in asked if name in policy.kinds]
    intent = ((tracker.latest_message or {}).get("intent") or {}).get("name")
    if intent in NEVER_AN_ANSWER or text.startswith("/") or policy.is_question(text):
        return False
    return reading.is_told(policy, kinds, text, labeller(FACTS))


def known(turn: Turn, facts: CaseFacts) -> list[tuple[FactKind, str]]:
    """In the order in which L1 would ask."""
    policy = turn.services.handover.facts
    return [(kind, facts.told[kind.id]) for kind in _kinds(policy, facts) if kind.id in facts.told]


def missing(turn: Turn, facts: CaseFacts) -> tuple[FactKind, ...]:
    """What L1 needs, nobody has told and nobody has struck: who takes a line back does not want to be asked for it."""
    kinds = turn.services.handover.facts.kinds
    return tuple(kinds[name] for name in facts.missing if name in kinds and name not in facts.taken_back)


def same(text: str) -> str:
    """Two texts that are shown as one have the same of these."""
    return " ".join(text.split()).strip(" .!").casefold()


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """What L1 needs and the packet does not have, as labels of facts: each in one of these."""

    asked: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()


def open_of(turn: Turn, facts: CaseFacts) -> Open:
    kinds = turn.services.handover.facts.kinds
    back = [name for name in dict.fromkeys(facts.taken_back) if name in kinds and name not in facts.told]
    left = missing(turn, facts)
    return Open(
        asked=tuple(kind.label for kind in left if kind.id in facts.asked_for),
        not_asked=tuple(kind.label for kind in left if kind.id not in facts.asked_for),
        taken_back=tuple(kinds[name].label for name in back),
    )


def of_packet(turn: Turn, facts: CaseFacts) -> tuple[Fact, ...]:
    policy = turn.services.handover.facts
    told = (
        Fact(
            ids=(kind.id,),
            label=kind.label,
            value=NOT_KNOWN if policy.is_not_known(value) else value,
            source=Source(facts.sources.get(kind.id, Source.TOLD.value)),
        )
        for kind, value in known(turn, facts)
    )
    return (*told, *(_beside_the_facts(facts, each) for each in facts.added))


def _beside_the_facts(facts: CaseFacts, text: str) -> Fact:
    if text in facts.beside:
        return Fact(ids=(), label="Also said", value=text, source=Source.ASKED)
    return Fact(ids=(), label="Added", value=text, source=Source.ADDED)


def _recalled(turn: Turn, kinds: Iterable[FactKind]) -> dict[str, str]:
    """ "As I wrote" is what was written."""
    told: list[Said] = [
        (words, {})
        for each in turn.tracker.events
        if each.get("event") == "user" and (words := words_of(each))
    ]
    found = {kind.id: reading.recalled(kind, told[:-1], labeller(FACTS)) for kind in kinds}
    return {name: words for name, words in found.items() if words}


def _closed(facts: CaseFacts, **changes: Any) -> CaseFacts:
    return replace(facts, asked=(), asked_back=False, before=(*facts.before, facts.asked), **changes)


def _beside(before: str | None, words: str) -> str:
    """What was told twice stands there twice, unless it is the same."""
    return words if not before or before in words else before if words in before else f"{before}; {words}"


def _kinds(policy: Facts, facts: CaseFacts) -> list[FactKind]:
    return [policy.kinds[name] for name in (*facts.needed, *facts.nice) if name in policy.kinds]


def _newest_urgency(policy: Facts, texts: Iterable[str]) -> str:
    said = [code for text in texts if (code := policy.urgency_of(text))]
    return said[-1] if said else ""


def _said(turn: Turn, words: str) -> list[Said]:
    """What the employee wrote since these words, they included."""
    found: list[Said] = [
        (str(event["text"]), _entities(event.get("parse_data") or {}))
        for event in messages_since(turn, words)
    ]
    return found or [(words, (turn.slot("understood") or {}).get("entities") or {})]


def _entities(parsed: Mapping[str, Any]) -> dict[str, str]:
    """As they are written in the message, else as the machine calls them."""
    text = str(parsed.get("text") or "")
    return {
        str(each.get("entity")): text[each.get("start") or 0 : each.get("end") or 0] or str(each.get("value"))
        for each in reversed(parsed.get("entities") or ())
    }
