"""A security incident: P1 at once, the first steps in the same breath, the details afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.forms import FormValidationAction

from actions.desk_action import DeskAction
from actions.form_answers import SKIPPED
from actions.handover import open_case
from actions.turn import Events, Turn
from servicedesk.case_records import OPEN
from servicedesk.security_steps import first_steps
from servicedesk.store import StoreUnavailable
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

WITH_A_PASSWORD = ("phishing", "lost_device", "account")  # kinds whose first steps speak of changing it
SAME_INCIDENT = timedelta(
    hours=2
)  # within this, another report in the same conversation is about the same thing


class ActionSecurityIncident(DeskAction):
    action, opens_form = "action_security_incident", True

    def act(self, turn: Turn) -> Events:
        about = turn.typed or turn.slot("question") or ""
        words = turn.whole_message or about  # what else was said in the same breath may matter to the team
        open_already = _open_incident(turn)
        if open_already:
            turn.services.cases.add_comment(
                open_already, conversation=turn.conversation.id, key=turn.key, text=words
            )
            turn.say("utter_incident_known", reference=open_already)
            turn.say(_steps(turn, about))
            return [
                ActiveLoop(None),
                SlotSet("case_reference", open_already),
                SlotSet("incident_details", None),
            ]
        case = open_case(
            turn,
            words=words,
            kind=TicketKind.SECURITY_INCIDENT.value,
            category="security",
            because={"security_incident": {}},
            impact=Impact.PERSON,
            urgency=Urgency.CANNOT_WORK,
        )
        if case:
            _void_proof(turn)
            turn.say("utter_incident_opened", reference=case.reference)
        turn.say(_steps(turn, about))
        return [
            SlotSet("case_reference", case.reference if case else None),
            SlotSet("incident_details", None),
            SlotSet("awaiting", None),
        ]


def _steps(turn: Turn, about: str) -> str:
    """Where the report itself has stopped self-service, "change your password" would send people against a wall: IT does
    it with them. Whoever is not proven can still do it on the reset page, which does not know of the report."""
    kind = first_steps(about)
    if kind in WITH_A_PASSWORD and _is_stopped(turn):
        return f"utter_incident_steps_stopped_{kind}"
    return f"utter_incident_steps_{kind}"


def _is_stopped(turn: Turn) -> bool:
    conversation = turn.conversation
    if conversation.account is None:
        return False
    try:
        return bool(turn.services.risk.of(conversation.account, turn.whole_message, conversation.id))
    except StoreUnavailable:
        return False  # the first steps are said all the same


def _void_proof(turn: Turn) -> None:
    """A code or a link that is out may be in a stranger's hands by now."""
    turn.services.verification.cancel(turn.conversation.id)
    if turn.conversation.account:
        turn.services.links.void_all(turn.conversation.account)


def _open_incident(turn: Turn) -> str | None:
    """The incident that this conversation has just reported: what comes now belongs to it, and is no second one."""
    since = turn.services.clock.now() - SAME_INCIDENT
    for case in turn.services.cases.of_conversation(turn.conversation.id):
        if case.kind is TicketKind.SECURITY_INCIDENT and case.opened_at > since and case.state in OPEN:
            return case.reference
    return None


class AskIncidentDetails(DeskAction):
    action = "action_ask_incident_form_incident_details"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_incident_details")
        return []


class ValidateIncidentForm(FormValidationAction):
    def name(self) -> str:
        return "validate_incident_form"

    def validate_incident_details(self, value: Any, *turn: Any) -> dict[str, Any]:
        return {"incident_details": value}


class ActionIncidentDetails(DeskAction):
    action = "action_incident_details"

    def act(self, turn: Turn) -> Events:
        details, reference = turn.slot("incident_details"), turn.slot("case_reference")
        if reference and details not in (None, SKIPPED):
            turn.services.cases.add_comment(
                reference, conversation=turn.conversation.id, key=turn.key, text=str(details)
            )
            turn.say("utter_incident_details_added", reference=reference)
        else:
            turn.say("utter_thank")
        return [SlotSet("incident_details", None), SlotSet("case_reference", None)]
