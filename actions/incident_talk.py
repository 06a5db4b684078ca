"""What is said about the incident that this conversation has just reported stays with it, whatever else it looks like."""

from __future__ import annotations

from datetime import timedelta

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.case_category import tells_fault
from actions.said import was_said
from actions.turn import BEYOND_DOUBT, SURE, Events, Turn
from bot.kb.answer import is_certain
from bot.nlu.wishes import FAULTS
from servicedesk.case_records import OPEN
from servicedesk.cases import Case
from servicedesk.categories import FALLBACK, categorise
from servicedesk.security_talk import (
    NETWORK,
    PASSWORD,
    RECALL,
    STATUS,
    WORK,
    asks,
    is_another_matter,
    is_denial,
    questions_in,
)
from servicedesk.ticketing.port import TicketKind

SAME_INCIDENT = timedelta(
    hours=2
)  # within this, another report in the same conversation is about the same thing
STILL_TALKED_OF = timedelta(minutes=30)  # within this, what names nothing of its own is about it, too
DENIED_HERE = "utter_incident_denied"  # said to whoever says that it is none
NEVER = "distress"  # the intent that goes before everything else
# Wishes with a journey of their own: of these, words of the incident only look like them where nothing else is said.
ELSEWHERE = (
    "password_reset", "account_unlock", "service_request", "change_language", "ticket_update", "cancel",
)  # fmt: skip
VAGUE = ("kb_question", "nlu_fallback", "complaint", "out_of_scope", "talk_to_human")
OWN_ANSWER = (
    "complaint",
    "out_of_scope",
)  # where they are sure, they are meant for us and not for the security team
ALSO_ASKED_OTHERWISE = {NETWORK, PASSWORD, RECALL, STATUS, WORK}  # "how do I get into the Wi-Fi here?"
ENOUGH_WORDS = 4


def open_incident(turn: Turn) -> str | None:
    """The incident that this conversation has just reported: what comes now belongs to it, and is no second one."""
    case = _open(turn)
    return case.reference if case else None


def about_the_incident(turn: Turn) -> Events | None:
    """On to the incident, where the message says that it is none, asks about it, or is about nothing else; None where it
    is about something else."""
    if not turn.is_first or turn.intent == NEVER or not turn.whole_message:
        return None
    if not is_about_one(turn.whole_message) and turn.intent not in VAGUE:
        return None
    case = _open(turn)
    if case is None or not _concerns(turn, case):
        return None
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("awaiting", None),
        SlotSet("case_reference", case.reference),
        SlotSet("incident_details", turn.whole_message),
        FollowupAction("action_incident_details"),
    ]


def is_about_one(text: str) -> bool:
    """Whether these words, with an incident open, are about it."""
    return is_denial(text) or bool(questions_in(text))


def _concerns(turn: Turn, case: Case) -> bool:
    if is_denial(turn.whole_message):
        return True
    if is_another_matter(turn.whole_message):
        return False
    named = turn.entity("ticket_number")
    if named and named.upper() not in (case.reference, (case.number or "").upper()):
        return False
    # What comes after the denial is no longer about it, unless it says so.
    denied = was_said(turn, DENIED_HERE, case.reference)
    asked = set(questions_in(turn.whole_message))
    if asked:
        elsewhere = turn.intent in ELSEWHERE or (is_certain(turn.articles) and turn.confidence >= SURE)
        return not ((denied or elsewhere) and asked <= ALSO_ASKED_OTHERWISE)
    lately = turn.services.clock.now() - case.opened_at <= STILL_TALKED_OF
    waiting = turn.slot("awaiting") or turn.tracker.active_loop_name
    return lately and not denied and not waiting and _names_nothing_else(turn)


def _names_nothing_else(turn: Turn) -> bool:
    words = turn.whole_message
    if turn.intent == "talk_to_human" or not (asks(words) or len(words.split()) >= ENOUGH_WORDS):
        return False
    # "There were thirty names in that list" sounds like a complaint, too (0.82).
    if turn.intent in OWN_ANSWER and turn.confidence >= BEYOND_DOUBT:
        return False
    if turn.intent in FAULTS and turn.confidence >= SURE and (turn.articles or tells_fault(words)):
        return False
    return categorise("", turn.entities(), words).id == FALLBACK or not is_certain(turn.articles)


def _open(turn: Turn) -> Case | None:
    since = turn.services.clock.now() - SAME_INCIDENT
    for case in turn.services.cases.of_conversation(turn.conversation.id):
        if case.kind is TicketKind.SECURITY_INCIDENT and case.opened_at > since and case.state in OPEN:
            return case
    return None
