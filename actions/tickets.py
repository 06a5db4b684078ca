"""The employee's own tickets: how they are doing, and adding to, reopening or withdrawing one."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.forms import FormValidationAction

from actions.desk_action import DeskAction
from actions.proof import resume
from actions.turn import Events, Turn, choice
from actions.words import Words
from bot.nlu.form_words import addition
from servicedesk.bootstrap import Services
from servicedesk.case_records import OPEN
from servicedesk.cases import Case, CaseNotFound
from servicedesk.conversations import Conversation

SHOWN = 5
ACTIONS = ("reopen", "withdraw")
UPDATE_FORM = "update_form"


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
        return [SlotSet("awaiting", None)]


class ActionPrepareUpdate(DeskAction):
    """Finds out which ticket is meant, then what shall happen to it."""

    action = "action_prepare_update"

    def act(self, turn: Turn) -> Events:
        pressed, done = turn.entity("ticket_action"), turn.slot("case_reference")
        if pressed in ACTIONS and done:
            return _carry_out(turn, str(done), pressed)
        # A button beside the conversation names both: its ticket, and not the one that a form is about.
        named, _, beside = (turn.entity("ticket_reference") or "").partition(":")
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
        if beside in ACTIONS:
            return [*_carry_out(turn, cases[0].reference, beside), *_left(turn), SlotSet("awaiting", None)]
        return [
            SlotSet("awaiting", None),
            SlotSet("case_reference", cases[0].reference),
            SlotSet("update_text", None),
            FollowupAction(UPDATE_FORM),
        ]


class AskUpdateText(DeskAction):
    action = "action_ask_update_form_update_text"

    def act(self, turn: Turn) -> Events:
        reference = str(turn.slot("case_reference"))
        found = [case for case in own_cases(turn.services, turn.conversation) if case.reference == reference]
        choices = []
        if found:
            possible = "withdraw" if found[0].state in OPEN else "reopen"
            choices = [choice(f"ticket_{possible}", f'/ticket_answer{{"ticket_action": "{possible}"}}')]
        summary = found[0].summary if found else ""
        turn.say("utter_ask_update_text", reference=reference, summary=summary, choices=choices)
        return []


class ValidateUpdateForm(FormValidationAction):
    def name(self) -> str:
        return "validate_update_form"

    def validate_update_text(self, value: Any, *turn: Any) -> dict[str, Any]:
        return {"update_text": addition(str(value)) or value}


class ActionUpdateTicket(DeskAction):
    action = "action_update_ticket"

    def act(self, turn: Turn) -> Events:
        return _carry_out(turn, str(turn.slot("case_reference")), str(turn.slot("update_text") or ""))


def _carry_out(turn: Turn, reference: str, said: str) -> Events:
    try:
        turn.say(_update(turn, reference, said), reference=reference)
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


def own_cases(services: Services, conversation: Conversation) -> list[Case]:
    """Newest first: of the proven person, or of this conversation where nobody is proven."""
    if conversation.proven and conversation.account:
        return list(services.cases.of_account(conversation.account))
    return list(services.cases.of_conversation(conversation.id))


def _left(turn: Turn) -> Events:
    """Out of the form about a ticket, where it is open: its next answer would be about no ticket any more."""
    if turn.tracker.active_loop_name != UPDATE_FORM:
        return []
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


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
