"""The employee's own tickets: how they are doing, and adding to, reopening or withdrawing one."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.forms import FormValidationAction

from actions.desk_action import DeskAction
from actions.incident_talk import open_incident
from actions.proof import resume
from actions.security_incident import NO_INCIDENT, not_an_incident
from actions.turn import Events, Turn, choice
from bot.nlu.form_words import addition
from servicedesk.case_records import OPEN
from servicedesk.cases import Case, CaseNotFound

SHOWN = 5
ACTIONS = ("reopen", "withdraw")


class ActionTicketStatus(DeskAction):
    action = "action_ticket_status"

    def act(self, turn: Turn) -> Events:
        cases = own_cases(turn)
        wanted = turn.entity("ticket_number")
        if wanted:
            cases = [case for case in cases if _is(case, wanted)]
        if not cases:
            _say_none(turn, wanted)
            resume(turn)
            return [SlotSet("awaiting", None)]
        if any(case.stale for case in cases):
            turn.say("utter_tickets_last_known")
        turn.say("utter_tickets", list="\n".join(_line(turn, case) for case in cases[:SHOWN]))
        resume(turn)
        return [SlotSet("awaiting", None)]


class ActionPrepareUpdate(DeskAction):
    """Finds out which ticket is meant, then what shall happen to it."""

    action = "action_prepare_update"

    def act(self, turn: Turn) -> Events:
        pressed, done = turn.entity("ticket_action"), turn.slot("case_reference")
        if pressed == NO_INCIDENT:
            return _no_incident(turn)
        if pressed in ACTIONS and done:
            return [SlotSet("update_text", pressed), FollowupAction("action_update_ticket")]
        cases = own_cases(turn)
        wanted = turn.entity("ticket_reference") or turn.entity("ticket_number")
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
            FollowupAction("update_form"),
        ]


class AskUpdateText(DeskAction):
    action = "action_ask_update_form_update_text"

    def act(self, turn: Turn) -> Events:
        reference = str(turn.slot("case_reference"))
        found = [case for case in own_cases(turn) if case.reference == reference]
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
        reference, said = str(turn.slot("case_reference")), str(turn.slot("update_text") or "")
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


def _no_incident(turn: Turn) -> Events:
    reference = open_incident(turn)
    if reference is None:
        turn.say("utter_button_done")
        return []
    return not_an_incident(turn, reference, turn.typed)


def own_cases(turn: Turn) -> list[Case]:
    """Newest first: of the proven person, or of this conversation where nobody is proven."""
    if turn.conversation.proven and turn.conversation.account:
        return list(turn.services.cases.of_account(turn.conversation.account))
    return list(turn.services.cases.of_conversation(turn.conversation.id))


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


def _line(turn: Turn, case: Case) -> str:
    return turn.text(
        "utter_ticket_line",
        reference=case.reference,
        number=f"({case.number})" if case.number else "",
        summary=case.summary,
        state=turn.label(f"state_{case.state.value}"),
        date=format_date(case.opened_at, format="medium", locale=turn.locale),
    )
