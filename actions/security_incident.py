"""A security incident: P1 at once, the first steps in the same breath, the details afterwards."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions.desk_action import DeskAction
from actions.form_answers import SKIPPED
from actions.handover_begun import begin_handover
from actions.incident_talk import NEVER, is_about_one, open_incident
from actions.opened_case import open_case
from actions.turn import Events, Turn
from servicedesk.handover.criteria import FACTOR_LOST
from servicedesk.security_steps import first_steps
from servicedesk.security_talk import CALLED, SWITCH_OFF, beside_the_denial, is_denial, question_in
from servicedesk.store import StoreUnavailable
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

WITH_A_PASSWORD = ("phishing", "lost_device", "account")  # kinds whose first steps speak of changing it
NO_INCIDENT = "no_incident"  # the button: what is carried as `ticket_action`
# For the security team, in English. What the requester says ends nothing: whoever sits at a hijacked session says the same.
DENIED = "The requester says that this is no security incident: {words}"
ANOTHER_NUMBER = "utter_incident_called_where"  # asked once
PRESSED = "(pressed the button)"


class ActionSecurityIncident(DeskAction):
    action, opens_form = "action_security_incident", True

    def act(self, turn: Turn) -> Events:
        about = turn.typed or turn.slot("question") or ""
        words = turn.whole_message or about  # what else was said in the same breath may matter to the team
        open_already = open_incident(turn)
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


def not_an_incident(turn: Turn, reference: str, words: str) -> Events:
    """The security team is told and goes on; the employee's own problem goes to IT like any other."""
    note = DENIED.format(words=words or PRESSED)
    turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=note)
    turn.say("utter_incident_denied", reference=reference)
    problem = f"{turn.services.cases.form(reference)['words']}\n{beside_the_denial(words)}".strip()
    done = [SlotSet("incident_details", None), SlotSet("case_reference", None)]
    return [*done, *begin_handover(turn, problem, because={"not_an_incident": {"reference": reference}})]


class AskIncidentDetails(DeskAction):
    action = "action_ask_incident_form_incident_details"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_incident_details")
        return []


class ValidateIncidentForm(FormValidationAction):
    def name(self) -> str:
        return "validate_incident_form"

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """ "Nobody hacked me" or "will you call me?" is said here, whatever it looks like to the intent model."""
        found: list[EventType] = await super().get_extraction_events(dispatcher, tracker, domain)
        message = tracker.latest_message or {}
        text, intent = str(message.get("text") or ""), (message.get("intent") or {}).get("name")
        is_typed = bool(tracker.get_slot("requested_slot")) and not text.startswith("/")
        if is_typed and intent != NEVER and is_about_one(text):
            found.append(SlotSet("incident_details", text))
        return found

    def validate_incident_details(self, value: Any, *turn: Any) -> dict[str, Any]:
        return {"incident_details": value}


class ActionIncidentDetails(DeskAction):
    action = "action_incident_details"

    def act(self, turn: Turn) -> Events:
        details, reference = turn.slot("incident_details"), turn.slot("case_reference")
        if reference and is_denial(str(details or "")):
            return not_an_incident(turn, reference, str(details))
        if reference and "?" in str(details or ""):
            return _asked(turn, reference, str(details))
        if reference and details not in (None, SKIPPED):
            turn.services.cases.add_comment(
                reference, conversation=turn.conversation.id, key=turn.key, text=str(details)
            )
            turn.say("utter_incident_details_added", reference=reference)
        else:
            turn.say("utter_thank")
        return [SlotSet("incident_details", None), SlotSet("case_reference", None)]


def _asked(turn: Turn, reference: str, words: str) -> Events:
    """The team reads the question; what everybody asks is answered at once. The form is not used up by it."""
    turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=words)
    answer = _answer(turn, reference, question_in(words))
    if answer:
        turn.say(answer)
    turn.say("utter_incident_question_added", reference=reference)
    if answer == ANOTHER_NUMBER or turn.tracker.latest_action_name == "incident_form":
        kept = [SlotSet("incident_details", None), SlotSet("case_reference", reference)]
        return [*kept, FollowupAction("incident_form")]
    done = [SlotSet("incident_details", None), SlotSet("case_reference", None)]
    return [*done, FollowupAction("action_listen")]  # no rule knows that this came after another action


def _answer(turn: Turn, reference: str, question: str | None) -> str | None:
    """The response, or None where the security team must answer."""
    report = str(turn.services.cases.form(reference)["words"])
    if question == SWITCH_OFF:
        return None if first_steps(report) == "lost_device" else "utter_incident_leave_on"
    if question != CALLED:
        return None
    lost = FACTOR_LOST in turn.services.handover.criteria.stops_in(report)
    if turn.conversation.account is not None and not lost:
        return "utter_incident_called"
    return "utter_incident_called_there" if _was_said(turn, ANOTHER_NUMBER) else ANOTHER_NUMBER


def _was_said(turn: Turn, response: str) -> bool:
    said = (event for event in turn.tracker.events if event.get("event") == "bot")
    return any((event.get("metadata") or {}).get("utter_action") == response for event in said)
