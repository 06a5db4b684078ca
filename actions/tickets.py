"""The employee's own tickets: how they are doing, and adding to, reopening or withdrawing one."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import repeated, same_ticket, suspicion, ticket_answers
from actions.answers import offer_person
from actions.case_facts import NEVER_AN_ANSWER
from actions.desk_action import DeskAction
from actions.form_answers import FormAnswers
from actions.handover_begun import hand_over_now, understood
from actions.incident_talk import open_incident
from actions.own_ticket import is_named, own_cases
from actions.person_offered import PERSON
from actions.problem import WORDS_THAT_TELL, goes_on, told
from actions.proof import resume
from actions.security_incident import NO_INCIDENT, not_an_incident
from actions.turn import Events, Turn, choice
from actions.words import Words
from bot.nlu.form_words import addition
from bot.nlu.wishes import DISTRESS
from servicedesk.case_records import OPEN
from servicedesk.cases import Case, CaseNotFound
from servicedesk.ticket_buttons import TicketAnswer

SHOWN = 5
ACTIONS = ("reopen", "withdraw")  # the buttons of the form itself
ANSWERS = frozenset(each.value for each in TicketAnswer)
UPDATE_FORM = "update_form"
PACKET_FORMS = ("handover_form", "request_form")  # whose last question shows what is about to be sent
LIKELY = 3  # the likeliest meanings of a message
DONE = (SlotSet("update_text", None), SlotSet("case_reference", None), SlotSet("awaiting", None))


class ActionTicketStatus(DeskAction):
    action = "action_ticket_status"

    def act(self, turn: Turn) -> Events:
        cases = own_cases(turn.services, turn.conversation)
        wanted = turn.entity("ticket_number")
        if wanted:
            cases = [case for case in cases if is_named(case, wanted)]
        # No rule knows what comes after it, where it came after another action.
        ended = [] if turn.is_first else [FollowupAction("action_listen")]
        if not cases:
            said = _none(turn, wanted)
            resume(turn)
            return [*said, *ended]
        if any(case.stale for case in cases):
            turn.say("utter_tickets_last_known")
        turn.say("utter_tickets", list="\n".join(ticket_line(turn, case) for case in cases[:SHOWN]))
        resume(turn)
        if (turn.tracker.active_loop or {}).get("name"):
            return []  # its question is asked again, and `awaiting` may say which one that is
        return [SlotSet("awaiting", None), *ticket_answers.ask_of_settled(turn, cases[:SHOWN]), *ended]


class ActionPrepareUpdate(DeskAction):
    """Finds out which ticket is meant, then what shall happen to it."""

    action = "action_prepare_update"

    def act(self, turn: Turn) -> Events:
        if _adds_to_the_packet(turn):
            turn.say("utter_add_here")
            return []
        pressed, done = turn.entity("ticket_action"), turn.slot("case_reference")
        if pressed == NO_INCIDENT:
            return _no_incident(turn)
        named = turn.entity("ticket_reference")
        if turn.intent == "ticket_answer" and (named or pressed not in ACTIONS):
            return _pressed(turn, pressed or "")
        if pressed in ACTIONS and done:
            return _carry_out(turn, str(done), pressed)
        wanted = named or turn.entity("ticket_number")
        cases = own_cases(turn.services, turn.conversation)
        if wanted:
            cases = [case for case in cases if is_named(case, wanted)]
        if not cases:
            return _none(turn, wanted)
        if len(cases) > 1:
            turn.say("utter_ticket_which", choices=[_which(case) for case in cases[:SHOWN]])
            return [SlotSet("awaiting", "ticket")]
        return [
            SlotSet("awaiting", None),
            SlotSet("case_reference", cases[0].reference),
            SlotSet("update_text", None),
            FollowupAction(UPDATE_FORM),
        ]


class AskUpdateText(DeskAction):
    action = "action_ask_update_form_update_text"

    def act(self, turn: Turn) -> Events:
        question = ticket_answers.FORM_QUESTIONS.get(turn.slot("awaiting") or "")
        if question:
            turn.say(question)
            return []
        reference = str(turn.slot("case_reference"))
        found = [case for case in own_cases(turn.services, turn.conversation) if case.reference == reference]
        choices = []
        if found:
            possible = "withdraw" if found[0].state in OPEN else "reopen"
            choices = [choice(f"ticket_{possible}", f'/ticket_answer{{"ticket_action": "{possible}"}}')]
        summary = found[0].summary if found else ""
        turn.say("utter_ask_update_text", reference=reference, summary=summary, choices=choices)
        return []


class ValidateUpdateForm(FormAnswers):
    """What somebody says of how they were helped is theirs to say, whatever wish it looks like."""

    def name(self) -> str:
        return "validate_update_form"

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        message = tracker.latest_message or {}
        intent = (message.get("intent") or {}).get("name")
        if intent == DISTRESS and suspicion.is_mere(message):
            return True
        about_help = tracker.get_slot("awaiting") in ticket_answers.FORM_QUESTIONS
        return about_help and intent not in NEVER_AN_ANSWER and not text.startswith("/")

    def validate_update_text(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if value is None:  # as the form begins: the newest message answered another question
            return {"update_text": None}
        intent = ((tracker.latest_message or {}).get("intent") or {}).get("name")
        if intent == "deny" and tracker.get_slot("awaiting") in ticket_answers.FORM_QUESTIONS:
            return {"update_text": ticket_answers.SKIP}
        return {"update_text": addition(str(value)) or value}


class ActionUpdateTicket(DeskAction):
    action = "action_update_ticket"

    def act(self, turn: Turn) -> Events:
        reference, said = str(turn.slot("case_reference")), str(turn.slot("update_text") or "")
        if turn.intent == "ticket_answer" and turn.entity("ticket_reference"):
            # A button of another message, pressed in the middle of the form: it took it for an answer.
            return [*DONE, *_pressed(turn, turn.entity("ticket_action") or "")]
        if turn.slot("awaiting") not in ticket_answers.FORM_QUESTIONS:
            return [*_carry_out(turn, reference, said), SlotSet("awaiting", None)]
        try:
            ticket_answers.answered_form(turn, turn.slot("awaiting"), reference, said)
        except CaseNotFound:
            turn.say("utter_ticket_unknown", number=reference)
        return [*DONE]


def _pressed(turn: Turn, about: str) -> Events:
    """A button that names its ticket, or one whose question is over."""
    reference = turn.entity("ticket_reference")
    if about in (repeated.NEW, repeated.NEW_ORDER):
        return same_ticket.open_new(turn, about)
    if about == repeated.ATTACH and reference:
        return same_ticket.attach(turn, reference)
    if about in ANSWERS and reference:
        return ticket_answers.pressed(turn, TicketAnswer(about), reference)
    turn.say("utter_button_done")
    return []


def _carry_out(turn: Turn, reference: str, said: str) -> Events:
    try:
        turn.say(_update(turn, reference, said) if said else "utter_cancelled", reference=reference)
    except CaseNotFound:
        turn.say("utter_ticket_unknown", number=reference)
    return [SlotSet("update_text", None), SlotSet("case_reference", None)]


def _update(turn: Turn, reference: str, said: str) -> str:
    """Do it; the name of what to say then. Raises CaseNotFound."""
    cases, conversation = turn.services.cases, turn.conversation.id
    if said == "reopen":
        cases.reopen(reference, conversation=conversation, key=turn.key)
        return "utter_ticket_reopened"
    if said == "withdraw":
        cases.withdraw(reference, conversation=conversation, key=turn.key)
        return "utter_ticket_withdrawn"
    cases.add_comment(reference, conversation=conversation, key=turn.key, text=said)
    return "utter_ticket_added"


def _no_incident(turn: Turn) -> Events:
    reference = open_incident(turn)
    if reference is None:
        turn.say("utter_button_done")
        return []
    return not_an_incident(turn, reference, turn.typed)


def _adds_to_the_packet(turn: Turn) -> bool:
    """ "Add something", pressed under another message: what is being written now is meant."""
    in_packet = turn.tracker.active_loop_name in PACKET_FORMS
    is_button = turn.intent == "ticket_update" and not turn.typed
    return in_packet and is_button and not turn.entity("ticket_reference")


def _none(turn: Turn, wanted: str | None) -> Events:
    """Whoever has told what it is about is offered a person for it, and need not tell it again."""
    if wanted:
        turn.say("utter_ticket_unknown", number=wanted)
        return [SlotSet("awaiting", None)]
    story = turn.typed if len(turn.typed.split()) > WORDS_THAT_TELL else ""
    likely = [str(each.get("name")) for each in turn.message.get("intent_ranking") or ()][:LIKELY]
    known = {**understood(turn), **({"intent": "complaint"} if "complaint" in likely else {})}
    busy = (turn.tracker.active_loop or {}).get("name")
    if busy or not (story or told(turn)):
        turn.say("utter_tickets_none")
        return [SlotSet("awaiting", None)]
    if story and turn.slot("awaiting") == PERSON:  # told that before: "I know that, that is the problem"
        return [*hand_over_now(turn), SlotSet("understood", known)]
    events: Events = offer_person(turn, "utter_tickets_none_person")
    if not story or goes_on(turn, story):
        return events
    return [*events, SlotSet("question", story), SlotSet("understood", known)]


def _which(case: Case) -> dict[str, str]:
    payload = f'/ticket_update{{"ticket_reference": "{case.reference}"}}'
    return choice(f"{case.reference}: {case.summary[:40]}", payload)


def ticket_line(words: Words, case: Case) -> str:
    return words.text(
        "utter_ticket_line",
        reference=case.reference,
        number=f"({case.number})" if case.number else "",
        summary=case.summary,
        state=words.label(f"state_{case.state.value}"),
        date=format_date(case.opened_at, format="medium", locale=words.locale),
    )
