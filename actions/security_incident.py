"""A security incident: P1 at once, the first steps in the same breath, the details afterwards."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.forms import FormValidationAction

from actions.handover import SKIPPED, open_case
from actions.turn import DeskAction, Events, Turn
from servicedesk.security_steps import first_steps
from servicedesk.ticketing.port import Impact, TicketKind, Urgency


class ActionSecurityIncident(DeskAction):
    action = "action_security_incident"

    def act(self, turn: Turn) -> Events:
        words = turn.typed or turn.slot("question") or ""
        reference = open_case(
            turn,
            words=words,
            kind=TicketKind.SECURITY_INCIDENT.value,
            category="security",
            reason="security incident reported",
            impact=Impact.PERSON,
            urgency=Urgency.CANNOT_WORK,
        )
        if reference:
            turn.say("utter_incident_opened", reference=reference)
        turn.say(f"utter_incident_steps_{first_steps(words)}")
        return [
            SlotSet("case_reference", reference),
            SlotSet("incident_details", None),
            SlotSet("awaiting", None),
        ]


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
