"""A case out of a conversation: its packet is gathered, written and queued (servicedesk/cases.py)."""

from __future__ import annotations

import logging
from typing import Any, Final

from actions import case_facts, preview
from actions.case_facts import CaseFacts
from actions.matter import matter_of
from actions.problem import words_of
from actions.turn import Turn
from actions.wishes import with_what_waited
from servicedesk.cases import Case, CaseRequest
from servicedesk.errors import Tier0Error
from servicedesk.handover.packet import Basis, Seen
from servicedesk.ticketing.port import Impact, Urgency

SAYS_SOMETHING: Final = 3  # words; fewer are a yes or a no

logger = logging.getLogger(__name__)


def open_case(
    turn: Turn,
    *,
    because: dict[str, dict[str, Any]],
    words: str | None = None,
    kind: str | None = None,
    category: str | None = None,
    facts: CaseFacts | None = None,
    answers: dict[str, str] | None = None,
    seen: Seen = Seen.NOT_SHOWN,
    impact: Impact | None = None,
    urgency: Urgency | None = None,
    urgency_from: Basis | None = None,
) -> Case | None:
    """The new case, or None after telling the employee that nothing could be saved.

    The same turn opens the same case, however often it is tried (F7)."""
    understood = turn.slot("understood") or {}
    struck = tuple(each for each in (facts.struck if facts else ()) if each.strip())
    left = case_facts.open_of(turn, facts) if facts else case_facts.Open()
    entities = {**(understood.get("entities") or {}), **turn.entities()}
    request = CaseRequest(
        conversation=turn.conversation.id,
        key=f"{turn.key}:{kind or 'case'}",
        language=turn.language,
        words=with_what_waited(turn, (turn.typed or turn.slot("question") or "") if words is None else words),
        because=because,
        kind=kind,
        category=category,
        intent=str(understood.get("intent") or turn.intent),
        confidence=float(understood.get("confidence") or turn.confidence),
        entities={name: value for name, value in entities.items() if value not in struck},
        facts=case_facts.of_packet(turn, facts) if facts else (),
        unknown=left.asked,
        not_asked=left.not_asked,
        taken_back=left.taken_back,
        not_meant=matter_of(turn).turned_down,
        wrote_on=_wrote_on(turn),
        answers=answers or {},
        seen=seen,
        struck=struck,
        impact=impact,
        urgency=urgency,
        urgency_from=urgency_from,
    )
    try:
        return turn.services.cases.open(request)
    except Tier0Error:
        logger.exception("a case could not be saved")
        turn.say("utter_case_not_saved")
        return None


def seen(turn: Turn, slot: str) -> Seen:
    """Whether the preview, whose slot this is, was read: "just send it" at a question leaves it out."""
    return Seen.CHECKED if turn.slot(slot) == preview.SEND else Seen.UNSEEN


def _wrote_on(turn: Turn) -> tuple[str, ...]:
    """The articles after which the employee wrote on without a verdict: the one shown last among them, if they did."""
    matter = matter_of(turn)
    last = (matter.shown["id"],) if matter.shown and _typed_since_the_article(turn) else ()
    return tuple(map(str, (*matter.passed, *last)))


def _typed_since_the_article(turn: Turn) -> bool:
    for event in reversed(turn.tracker.events):
        said = str((event.get("metadata") or {}).get("utter_action") or "")
        if event.get("event") == "bot" and said.startswith("utter_article"):
            return False
        if event.get("event") == "user" and len(words_of(event).split()) >= SAYS_SOMETHING:
            return True
    return False
