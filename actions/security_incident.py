"""A security incident: P1 at once, the first steps in the same breath, the details afterwards."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import case_facts, suspicion, wishes
from actions.case_facts import CaseFacts
from actions.desk_action import DeskAction
from actions.form_answers import SKIPPED
from actions.handover_begun import begin_handover
from actions.incident_answers import ANOTHER_NUMBER, answered, is_stopped, reported
from actions.incident_talk import DENIED_HERE, NEVER, is_about_one, open_incident
from actions.interrupted import as_message, gone_on, interrupted, standing
from actions.opened_case import open_case
from actions.problem import newest_words, told
from actions.said import was_said
from actions.slots import said
from actions.turn import Events, Turn, choice
from servicedesk.handover.facts import Wanted
from servicedesk.security_steps import (
    DATA_BREACH,
    GENERAL,
    LOST_DEVICE,
    PAYMENT,
    POSTER,
    STRANGER,
    TYPED,
    first_steps,
)
from servicedesk.security_talk import asks, beside_the_denial, is_denial
from servicedesk.ticketing.port import Impact, TicketKind, Urgency

WITH_A_PASSWORD = (
    "phishing",
    TYPED,
    LOST_DEVICE,
    "account",
    "approved",
)  # kinds whose first steps speak of changing it
NO_INCIDENT = "no_incident"  # the button: what is carried as `ticket_action`
# For the security team, in English. What the requester says ends nothing: whoever sits at a hijacked session says the same.
DENIED = "The requester says that this is no security incident: {words}"
FORM = "incident_form"
ASKED = "utter_ask_incident_details"
# What is asked after the first steps: by kind, where it has details of its own; else by what the report has not told.
ASKED_OF = {
    DATA_BREACH: "utter_ask_incident_details_data_breach",
    PAYMENT: "utter_ask_incident_details_payment",
    STRANGER: "utter_ask_incident_details_stranger",
    POSTER: "utter_ask_incident_details_poster",
}
ASKED_WITHOUT = {
    ("since", "device"): "utter_ask_incident_details_since_device",
    ("since",): "utter_ask_incident_details_since",
    ("device",): "utter_ask_incident_details_device",
    (): "utter_ask_incident_details_else",
}
OTHER_STEPS = (
    "plugged_in",
    "plug_in",
    "approved",
    TYPED,
    PAYMENT,
    STRANGER,
    POSTER,
    DATA_BREACH,
    LOST_DEVICE,
    "malware",
)  # kinds of which other steps are due than of the rest
TOLD = ("since", "device", "place", "others")  # facts, kept where the report tells them
TOLD_LATER = (TYPED, PAYMENT)  # where an answer tells it, it cannot wait for the team
WHAT = 4  # words of a report, from which on it tells what happened
A_WISH = 4  # words beside a report: fewer are part of it
PRESSED = "(pressed the button)"


class ActionSecurityIncident(DeskAction):
    action, opens_form = "action_security_incident", True

    def act(self, turn: Turn) -> Events:
        about = turn.typed or newest_words(turn) or turn.slot("question") or ""
        # What else was said in the same breath may matter to the team, and so may what a form was about.
        newest = turn.whole_message or about
        words = "\n".join(dict.fromkeys(filter(None, [said(turn, "handover_problem"), newest])))
        open_already = open_incident(turn)
        if open_already:
            return _said_again(turn, open_already, about)
        case = open_case(
            turn,
            words=words,
            kind=TicketKind.SECURITY_INCIDENT.value,
            category="security",
            because={"security_incident": {}},
            facts=_told_facts(turn, words),
            impact=Impact.PERSON,
            urgency=Urgency.CANNOT_WORK,
        )
        if case:
            _void_proof(turn)
            turn.say("utter_incident_opened", reference=case.reference)
        turn.say(_steps(turn, first_steps(about)))
        return [
            SlotSet("case_reference", case.reference if case else None),
            SlotSet("incident_details", None),
            SlotSet("awaiting", None),
        ]

    def afterwards(self, turn: Turn, events: Events) -> Events:
        """ "Customers, too" beside a report is part of it."""
        also = [each for each in turn.message.get("also") or () if len(str(each["text"]).split()) >= A_WISH]
        return wishes.remember_and_offer(turn, events, also=also, opens_form=self.opens_form)


def _told_facts(turn: Turn, words: str) -> CaseFacts:
    """What the report tells by itself: nobody is asked anything before it is sent."""
    kinds = turn.services.handover.facts.kinds
    wanted = Wanted(needed=(), nice=tuple(kinds[name] for name in TOLD if name in kinds))
    return case_facts.begun(turn, wanted, words)


def _said_again(turn: Turn, reference: str, about: str) -> Events:
    """More about the incident that is open. Where it was said to be none, the message that looks like one again is an
    answer to the form that is gone on with, too: nothing of it is lost to either."""
    words = turn.whole_message or about
    turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=words)
    left = standing(turn) if was_said(turn, DENIED_HERE, reference) else None
    if left:
        return gone_on(turn, left)
    before = reported(turn, reference)
    turn.say("utter_incident_known", reference=reference, choices=[choice("that_is_all", "/just_send")])
    answered(turn, reference, words)
    kind = first_steps(about)
    response = _steps(turn, kind)
    fits = before == GENERAL != kind or (kind != before and kind in OTHER_STEPS)
    if fits and not was_said(turn, response, reference):
        turn.say(response)
    return [
        ActiveLoop(None),
        SlotSet("case_reference", reference),
        SlotSet("incident_details", None),
    ]


def _steps(turn: Turn, kind: str) -> str:
    """Where the report itself has stopped self-service, "change your password" would send people against a wall: IT does
    it with them. Whoever is not proven can still do it on the reset page, which does not know of the report."""
    if kind in WITH_A_PASSWORD and is_stopped(turn):
        return f"utter_incident_steps_stopped_{kind}"
    return f"utter_incident_steps_{kind}"


def _void_proof(turn: Turn) -> None:
    """A code or a link that is out may be in a stranger's hands by now."""
    turn.services.verification.cancel(turn.conversation.id)
    if turn.conversation.account:
        turn.services.links.void_all(turn.conversation.account)


def not_an_incident(turn: Turn, reference: str, words: str) -> Events:
    """The security team is told and goes on; the employee is where they were, as if nothing had come between."""
    note = DENIED.format(words=words or PRESSED)
    turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=note)
    turn.say(DENIED_HERE, reference=reference)
    done = [SlotSet("incident_details", None), SlotSet("case_reference", None)]
    left = interrupted(turn)
    if left:
        turn.say("utter_incident_denied_back")
        return [*done, *gone_on(turn, left)]
    beside = beside_the_denial(words)
    if beside and turn.intent == "service_request":
        return [
            *done,
            ActiveLoop(None),
            SlotSet("requested_slot", None),
            *as_message(turn, beside, turn.intent),
        ]
    turn.say("utter_incident_denied_new")
    known = [told(turn), str(turn.services.cases.form(reference)["words"]), beside]
    lines = dict.fromkeys(line for each in known for line in each.splitlines() if line)
    problem = "\n".join(lines)
    return [*done, *begin_handover(turn, problem, because={"not_an_incident": {"reference": reference}})]


class AskIncidentDetails(DeskAction):
    action = "action_ask_incident_form_incident_details"

    def act(self, turn: Turn) -> Events:
        """Once an incident: what comes after it is an answer, or a question of their own."""
        reference = str(turn.slot("case_reference") or "")
        question = _details_asked(turn, reference) if reference else ASKED
        every = (ASKED, *ASKED_OF.values(), *ASKED_WITHOUT.values())
        if not any(was_said(turn, each, reference) for each in every):
            turn.say(question)
        return []


def _details_asked(turn: Turn, reference: str) -> str:
    """The question for what the report has not told yet."""
    kind = reported(turn, reference)
    if kind in ASKED_OF:
        return ASKED_OF[kind]
    report = turn.services.cases.form(reference)
    if kind == GENERAL or len(str(report["words"]).split()) < WHAT:
        return ASKED
    told = {name for fact in report["facts"] for name in fact["ids"]}
    return ASKED_WITHOUT[tuple(name for name in ("since", "device") if name not in told)]


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
        is_typed = tracker.get_slot("requested_slot") == "incident_details" and not text.startswith("/")
        is_need = intent == NEVER and not suspicion.is_mere(message)
        if is_typed and not is_need and (intent == NEVER or is_about_one(text)):
            found.append(SlotSet("incident_details", text))
        return found

    def validate_incident_details(self, value: Any, *turn: Any) -> dict[str, Any]:
        return {"incident_details": value}


class ActionIncidentDetails(DeskAction):
    action = "action_incident_details"

    def act(self, turn: Turn) -> Events:
        details, reference = turn.slot("incident_details"), turn.slot("case_reference")
        over = [SlotSet("incident_details", None), SlotSet("case_reference", None)]
        if not reference:
            turn.say("utter_thank")
            return over
        if details in (None, SKIPPED):
            turn.say("utter_incident_over", reference=reference)
            return over
        if is_denial(str(details)):
            return not_an_incident(turn, reference, str(details))
        if is_about_one(str(details)) or asks(str(details)):
            return _asked(turn, reference, str(details))
        turn.services.cases.add_comment(
            reference, conversation=turn.conversation.id, key=turn.key, text=str(details)
        )
        _say_what_follows(turn, reference, str(details))
        turn.say("utter_incident_details_added", reference=reference)
        return over if turn.tracker.latest_action_name == FORM else [*over, FollowupAction("action_listen")]


def _say_what_follows(turn: Turn, reference: str, details: str) -> None:
    """ "Yes, I typed my password there": what the first steps left to a question is due now."""
    kind = first_steps(details)
    if kind not in TOLD_LATER or kind == first_steps(str(turn.services.cases.form(reference)["words"])):
        return
    response = _steps(turn, kind)
    if not was_said(turn, response, reference):
        turn.say(response)


def _asked(turn: Turn, reference: str, words: str) -> Events:
    """The team reads the question; what everybody asks is answered at once. The form is not used up by it."""
    turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=words)
    said = answered(turn, reference, words)
    in_form = turn.tracker.latest_action_name == FORM or ANOTHER_NUMBER in said
    turn.say(
        "utter_incident_noted" if said else "utter_incident_question_added",
        reference=reference,
        choices=[choice("that_is_all", "/just_send")] if in_form else [],
    )
    if in_form:
        kept = [SlotSet("incident_details", None), SlotSet("case_reference", reference)]
        return [*kept, FollowupAction(FORM)]
    done = [SlotSet("incident_details", None), SlotSet("case_reference", None)]
    return [*done, FollowupAction("action_listen")]  # no rule knows that this came after another action
