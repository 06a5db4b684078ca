"""What a handover knows of its case before it is one: category, facts and urgency, and the lines of its preview."""

from __future__ import annotations

from typing import Any, Final

from actions import case_category, case_facts, complaints, preview
from actions.case_facts import CaseFacts
from actions.form_answers import SKIPPED
from actions.slots import said
from actions.turn import Turn
from actions.wishes import with_what_waited
from bot.nlu.form_words import can_work
from servicedesk.categories import Category, categorise
from servicedesk.handover.packet import Basis
from servicedesk.ticketing.port import Impact, Urgency

# What the urgency button says, as impact and urgency. "Several of us are stuck" is the one case where others matter.
BLOCKED: Final[dict[str, tuple[Impact, Urgency]]] = {
    "1": (Impact.PERSON, Urgency.CANNOT_WORK),
    "2": (Impact.PERSON, Urgency.HINDERED),
    "3": (Impact.PERSON, Urgency.CAN_WAIT),
    "team": (Impact.TEAM, Urgency.CANNOT_WORK),
}
TELLING: Final = ("error", "program")  # facts that say what it is about
URGENCY_OF: Final = {"no": "1", "can_wait": "3"}  # what is typed instead


def facts_of(turn: Turn) -> CaseFacts:
    """As they stand, or as they are before anything was asked."""
    wanted = turn.services.handover.facts.of(category_of(turn).id)
    kept = case_facts.kept(turn)
    if kept is not None:
        return kept.for_another(wanted)
    facts = case_facts.begun(turn, wanted, said(turn, "handover_problem"))
    return complaints.with_wish(turn, facts) if category_of(turn).id == complaints.CATEGORY else facts


def asking(turn: Turn, facts: CaseFacts) -> CaseFacts:
    """The last question is kept for whether work goes on, unless that was told."""
    return case_facts.asking(turn, facts, facts.needed, reserved=0 if urgency_of(turn, facts) else 1)


def category_of(turn: Turn) -> Category:
    """The one that the case will have, by all that was told of it so far: an objection to a wrong guess counts, too."""
    understood = turn.slot("understood") or {}
    intent, entities = str(understood.get("intent") or turn.intent), understood.get("entities") or {}
    words = said(turn, "handover_problem")
    first = categorise(intent, entities, words.split("\n", 1)[0])
    if intent in first.intents:
        return first
    facts = case_facts.kept(turn)
    later = (*(facts.told.get(name, "") for name in TELLING), *facts.added) if facts else ()
    return case_category.of_fault(intent, entities, [*words.split("\n"), *later])


def lines_of(turn: Turn, facts: CaseFacts) -> list[preview.Line]:
    return preview.lines_of(
        turn,
        facts,
        [
            (
                "handover_problem",
                turn.label("line_problem"),
                with_what_waited(turn, said(turn, "handover_problem")),
            ),
            ("handover_contact", turn.label("line_contact"), said(turn, "handover_contact")),
            ("handover_urgency", turn.label("line_urgency"), urgency_in_words(turn, facts)),
        ],
    )


def urgency_of(turn: Turn, facts: CaseFacts) -> str:
    """As answered, else as the words have told it."""
    value = turn.slot("handover_urgency")
    return facts.urgency if value in (None, SKIPPED) else str(value)


def basis_of(turn: Turn, facts: CaseFacts) -> Basis:
    """What the urgency rests on: whoever answers "typing codes by hand" has said none of the three."""
    value = urgency_of(turn, facts)
    if value:
        return Basis.TOLD if value in BLOCKED else Basis.IN_WORDS
    return Basis.NOT_ANSWERED if _urgency_was_asked(turn) else Basis.NOT_ASKED


def _urgency_was_asked(turn: Turn) -> bool:
    """In this form: it was begun anew after whatever was asked before."""
    for event in reversed(turn.tracker.events):
        if event.get("event") == "active_loop" and event.get("name"):
            return False
        if (event.get("metadata") or {}).get("utter_action") == "utter_ask_handover_urgency":
            return True
    return False


def urgency_in_words(turn: Turn, facts: CaseFacts) -> str:
    value = urgency_of(turn, facts)
    return turn.label(f"urgency_{value}") if value in BLOCKED else value


def typed_urgency(turn: Turn, value: Any) -> Any:
    """What a button would have said, where the words say it too."""
    policy = turn.services.handover.facts
    if policy.yes_or_no(str(value)) is False:
        return URGENCY_OF["no"]
    return URGENCY_OF.get(can_work(str(value)) or "") or policy.urgency_of(str(value)) or value
