"""A case out of a conversation: its packet is gathered, written and queued (servicedesk/cases.py)."""

from __future__ import annotations

import logging
from typing import Any

from actions import case_facts, preview
from actions.case_facts import CaseFacts
from actions.turn import Turn
from actions.wishes import with_what_waited
from servicedesk.cases import Case, CaseRequest
from servicedesk.errors import Tier0Error
from servicedesk.handover.packet import Seen
from servicedesk.ticketing.port import Impact, Urgency

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
) -> Case | None:
    """The new case, or None after telling the employee that nothing could be saved.

    The same turn opens the same case, however often it is tried (F7)."""
    understood = turn.slot("understood") or {}
    struck = tuple(each for each in (facts.struck if facts else ()) if each.strip())
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
        unknown=tuple(kind.label for kind in case_facts.missing(turn, facts)) if facts else (),
        answers=answers or {},
        seen=seen,
        struck=struck,
        impact=impact,
        urgency=urgency,
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
