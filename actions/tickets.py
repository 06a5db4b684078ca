"""The employee's own tickets: how they are doing, and adding to, reopening or withdrawing one."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import repeated, same_ticket, ticket_answers
from actions.case_facts import NEVER_AN_ANSWER
from actions.desk_action import DeskAction
from actions.form_answers import FormAnswers
from actions.incident_talk import open_incident
from actions.proof import resume
from actions.security_incident import NO_INCIDENT, not_an_incident
from actions.turn import Events, Turn, choice
from actions.words import Words
from bot.nlu.form_words import addition
from servicedesk.bootstrap import Services
from servicedesk.case_records import OPEN
from servicedesk.cases import Case, CaseNotFound
from servicedesk.conversations import Conversation
from servicedesk.ticket_buttons import TicketAnswer

SHOWN = 5
ACTIONS = ("reopen", "withdraw")  # the buttons of the form itself
ANSWERS = frozenset(each.value for each in TicketAnswer)
UPDATE_FORM = "update_form"
DONE = (SlotSet("update_text", None), SlotSet("case_reference", None), SlotSet("awaiting", None))


class ActionTicketStatus(DeskAction):
    action = "action_ticket_status"

    def act(self, turn: Turn) -> Events:
        cases = own_cases(turn.services, turn.conversation)
        wanted = turn.entity("ticket_number")
        if wanted:
            cases = [case for case in cases if _is(case, wanted)]
        if not cases:
            _say_none(turn, wanted)
            resume(turn)
            return [SlotSet("awaiting", None)]
        if any(case.stale for case in cases):
            turn.say("utter_tickets_last_known")
        turn.say("utter_tickets", list="\n".join(ticket_line(turn, case) for case in cases[:SHOWN]))
        resume(turn)
        if (turn.tracker.active_loop or {}).get("name"):
            return []  # its question is asked again, and `awaiting` may say which one that is
        return [SlotSet("awaiting", None), *ticket_answers.ask_of_settled(turn, cases[:SHOWN])]


class ActionPrepareUpdate(DeskAction):
    """Finds out which ticket is meant, then what shall happen to it."""

    action = "action_prepare_update"

    def act(self, turn: Turn) -> Events:
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
            cases = [case for case in cases if _is(case, wanted)]
        if not cases:
            _say_none(turn, wanted)
            return [SlotSet("awaiting", None)]
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
        intent = ((tracker.latest_message or {}).get("intent") or {}).get("name")
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


def own_cases(services: Services, conversation: Conversation) -> list[Case]:
    """Newest first: of the proven person, or of this conversation where nobody is proven."""
    if conversation.proven and conversation.account:
        return list(services.cases.of_account(conversation.account))
    return list(services.cases.of_conversation(conversation.id))


def _say_none(turn: Turn, wanted: str | None) -> None:
    if wanted:
        turn.say("utter_ticket_unknown", number=wanted)
    else:
        turn.say("utter_tickets_none")


def _is(case: Case, wanted: str) -> bool:
    return wanted.upper() in (case.reference, (case.number or "").upper())


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
