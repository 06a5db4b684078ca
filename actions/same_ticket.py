"""The answer to "shall I add this to your open ticket?": add it, or open a new one after all."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions import case_facts
from actions.handover import BECAUSE, FACTS, HANDOVER_SLOTS, facts_of, forget, said
from actions.matter import over
from actions.repeated import AWAITING_ORDER, NEW_ORDER
from actions.service_request import REQUEST_SLOTS
from actions.turn import Events, Turn
from servicedesk.cases import CaseNotFound
from servicedesk.handover.addition import render_addition


def attach(turn: Turn, reference: str) -> Events:
    """Their words, facts and what was said since, as one comment."""
    services, talk = turn.services, turn.conversation
    words = said(turn, "handover_problem") or said(turn, "request_what")
    facts = case_facts.of_packet(turn, facts_of(turn)) if said(turn, "handover_problem") else ()
    try:
        case = services.cases.of_requester(reference, conversation=talk.id)
        text = render_addition(
            words=words,
            facts=facts,
            messages=services.conversations.messages(talk.id, limit=50),
            since=case.opened_at,
        )
        services.cases.add_comment(
            reference, conversation=talk.id, key=turn.key, text=text, event="case.attached"
        )
    except CaseNotFound:
        turn.say("utter_ticket_unknown", number=reference)
    else:
        # As after a handover: a person has it, and the code that was waited for is no longer wanted.
        services.verification.cancel(talk.id)
        if talk.account:
            services.links.void_all(talk.account)
        turn.say("utter_ticket_attached", reference=reference, group=case.assignment_group)
    return [
        *forget((*HANDOVER_SLOTS, *REQUEST_SLOTS, FACTS, BECAUSE)),
        *forget(("awaiting", "case_reference", "question", "understood")),
        SlotSet("fallbacks", 0.0),
        over(),
    ]


def open_new(turn: Turn, about: str) -> Events:
    """On to the form, with what was said before the question."""
    order = about == NEW_ORDER or turn.slot("awaiting") == AWAITING_ORDER
    form = "request_form" if order else "handover_form"
    return [*forget(("awaiting", "case_reference")), FollowupAction(form)]
