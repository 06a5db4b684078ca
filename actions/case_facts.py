"""What L1 would ask about a case: what of it was told in the conversation, what is asked, and what stays unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.turn import Turn
from servicedesk.handover.facts import FactKind, Facts
from servicedesk.handover.packet import Fact, Source

SLOT = "case_facts"
NEVER_AN_ANSWER = ("distress", "report_security_incident", "cancel")  # whatever else the words say


Answers = Sequence[tuple["CaseFacts", str]]  # what was asked together, and the answer to it


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseFacts:
    """The facts of one case, while it is written."""

    wanted: tuple[str, ...]  # ids of facts.yml, the most telling first
    told: Mapping[str, str]  # by id: before anybody asked
    asked: tuple[str, ...]  # in one question, answered in one message
    struck: tuple[str, ...] = ()  # what was taken back at the preview
    added: tuple[str, ...] = field(default=())

    @property
    def remembered(self) -> EventType:
        return SlotSet(SLOT, asdict(self))

    def without(self, identifier: str) -> CaseFacts:
        gone = self.told.get(identifier, "")
        told = {name: value for name, value in self.told.items() if name != identifier}
        return replace(self, told=told, struck=(*self.struck, gone))

    def corrected(self, identifier: str, text: str) -> CaseFacts:
        return replace(self, told={**self.told, identifier: text})


def begun(turn: Turn, wanted: Sequence[FactKind], words: str, *, later: Sequence[FactKind] = ()) -> CaseFacts:
    """What is known of these facts so far, and which of them to ask for; those of `later` have their own question."""
    everything = (*wanted, *later)
    told = turn.services.handover.facts.told(everything, _said(turn, words))
    missing = [kind.id for kind in wanted if kind.id not in told]
    at_once = turn.services.handover.facts.at_once
    return CaseFacts(wanted=tuple(kind.id for kind in everything), told=told, asked=tuple(missing[:at_once]))


def kept(turn: Turn) -> CaseFacts | None:
    stored = turn.slot(SLOT)
    if not stored:
        return None
    names = ("wanted", "asked", "struck", "added")
    return CaseFacts(**{**stored, **{name: tuple(stored.get(name) or ()) for name in names}})


def question(turn: Turn, facts: CaseFacts) -> str:
    """What is asked for, as a list in the employee's language."""
    kinds = turn.services.handover.facts.kinds
    return "\n".join(f"- {kinds[name].ask[turn.language]}" for name in facts.asked if name in kinds)


def tells(tracker: Tracker, facts: Facts, text: str) -> bool:
    """Whether these words answer what was asked: "since Monday, only me" is neither a ticket's status nor an outage."""
    stored = tracker.get_slot(SLOT) or {}
    kinds = [facts.kinds[name] for name in stored.get("asked") or () if name in facts.kinds]
    intent = ((tracker.latest_message or {}).get("intent") or {}).get("name")
    if intent in NEVER_AN_ANSWER or text.startswith("/") or text.rstrip().endswith("?"):
        return False
    return any(kind.told_in(text, {}) for kind in kinds)


def names(turn: Turn, facts: CaseFacts) -> str:
    """What the line is called that has the answer to the question."""
    kinds = turn.services.handover.facts.kinds
    return ", ".join(kinds[name].name[turn.language] for name in facts.asked if name in kinds)


def of_packet(turn: Turn, facts: CaseFacts, answers: Answers) -> tuple[Fact, ...]:
    kinds = turn.services.handover.facts.kinds
    told = (
        Fact(ids=(name,), label=kinds[name].label, value=value, source=Source.TOLD)
        for name, value in facts.told.items()
        if name in kinds
    )
    asked = (
        Fact(
            ids=each.asked,
            label="; ".join(kinds[name].label for name in each.asked if name in kinds),
            value=answer,
            source=Source.ASKED,
        )
        for each, answer in answers
        if answer and each.asked
    )
    added = (Fact(ids=(), label="Added", value=each, source=Source.ADDED) for each in facts.added)
    return (*told, *asked, *added)


def missing(turn: Turn, facts: CaseFacts, answers: Answers) -> tuple[FactKind, ...]:
    """What nobody told. An answer to several questions at once counts for those that it can be seen to answer, and for
    those of which nothing can be seen."""
    texts = _understood(turn, [*(answer for _, answer in answers), *facts.added])
    return tuple(kind for kind in _kinds(turn, facts) if not _is_known(kind, facts, answers, texts))


def _is_known(
    kind: FactKind, facts: CaseFacts, answers: Answers, texts: Sequence[tuple[str, Mapping[str, str]]]
) -> bool:
    if kind.id in facts.told:
        return True
    if any(kind.told_in(text, entities) for text, entities in texts):
        return True
    return any(
        kind.id in asked.asked and answer and (len(asked.asked) == 1 or not kind.recognisable)
        for asked, answer in answers
    )


def _kinds(turn: Turn, facts: CaseFacts) -> Iterator[FactKind]:
    kinds = turn.services.handover.facts.kinds
    return (kinds[name] for name in facts.wanted if name in kinds)


def _said(turn: Turn, words: str) -> list[tuple[str, Mapping[str, str]]]:
    """What the employee wrote since these words, they included."""
    typed = [event for event in turn.tracker.events if event.get("event") == "user" and _is_typed(event)]
    first = max((at for at, event in enumerate(typed) if event["text"] == words), default=len(typed))
    found: list[tuple[str, Mapping[str, str]]] = [
        (str(event["text"]), _entities(event)) for event in typed[first:]
    ]
    return found or [(words, (turn.slot("understood") or {}).get("entities") or {})]


def _understood(turn: Turn, texts: Sequence[str]) -> list[tuple[str, Mapping[str, str]]]:
    """These answers, with the entities that were found in them when they were written."""
    found = {
        str(event["text"]): _entities(event)
        for event in turn.tracker.events
        if event.get("event") == "user" and _is_typed(event)
    }
    return [(text, found.get(text, {})) for text in texts if text]


def _is_typed(event: Mapping[str, Any]) -> bool:
    return bool(event.get("text")) and not str(event["text"]).startswith("/")


def _entities(event: Mapping[str, Any]) -> dict[str, str]:
    entities = (event.get("parse_data") or {}).get("entities") or ()
    return {str(each.get("entity")): str(each.get("value")) for each in reversed(entities)}
