"""What is said about the incident that this conversation has just reported stays with it, whatever else it looks like."""

from __future__ import annotations

from datetime import timedelta

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.turn import Events, Turn
from servicedesk.case_records import OPEN
from servicedesk.security_talk import is_denial, question_in
from servicedesk.ticketing.port import TicketKind

SAME_INCIDENT = timedelta(
    hours=2
)  # within this, another report in the same conversation is about the same thing
NEVER = "distress"  # the intent that goes before everything else


def open_incident(turn: Turn) -> str | None:
    """The incident that this conversation has just reported: what comes now belongs to it, and is no second one."""
    since = turn.services.clock.now() - SAME_INCIDENT
    for case in turn.services.cases.of_conversation(turn.conversation.id):
        if case.kind is TicketKind.SECURITY_INCIDENT and case.opened_at > since and case.state in OPEN:
            return case.reference
    return None


def about_the_incident(turn: Turn) -> Events | None:
    """On to the incident, where the message says that it is none or asks about it; None where it says neither."""
    if not turn.is_first or turn.intent == NEVER or not is_about_one(turn.whole_message):
        return None
    reference = open_incident(turn)
    if reference is None:
        return None
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("case_reference", reference),
        SlotSet("incident_details", turn.whole_message),
        FollowupAction("action_incident_details"),
    ]


def is_about_one(text: str) -> bool:
    """Whether these words, with an incident open, are about it."""
    return is_denial(text) or question_in(text) is not None
