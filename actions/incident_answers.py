"""What everybody asks right after they have reported an incident, answered by what was reported; the team reads it all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from babel.dates import format_time

from actions.said import was_said
from actions.turn import Turn
from servicedesk.handover.criteria import FACTOR_LOST
from servicedesk.security_steps import (
    DATA_BREACH,
    GENERAL,
    LOST_DEVICE,
    PAYMENT,
    POSTER,
    STRANGER,
    first_steps,
)
from servicedesk.security_talk import (
    BANK,
    BOSS,
    CALLED,
    CONFRONT,
    ENOUGH,
    GUARDS,
    INTRUDER,
    NETWORK,
    NUMBER,
    OTHERS,
    PASSWORD,
    PULL_OUT,
    RECALL,
    REMOVE,
    STATUS,
    SWITCH_OFF,
    WORK,
    questions_in,
)
from servicedesk.store import StoreUnavailable

ANOTHER_NUMBER = "utter_incident_called_where"  # asked once
# The response to a question, by what was reported; "" is any other kind, None what the team must answer.
ANSWERS: dict[str, dict[str, str | None]] = {
    ENOUGH: {
        "": "utter_incident_enough",
        PAYMENT: "utter_incident_bank",
        STRANGER: "utter_incident_guards",
    },
    BOSS: {
        "": "utter_incident_boss",
        DATA_BREACH: "utter_incident_boss_data_breach",
        PAYMENT: "utter_incident_boss_payment",
    },
    OTHERS: {
        "": "utter_incident_others",
        DATA_BREACH: "utter_incident_others_data_breach",
        STRANGER: "utter_incident_others_stranger",
        POSTER: "utter_incident_others_stranger",
    },
    NETWORK: {
        "": "utter_incident_network",
        DATA_BREACH: "utter_incident_network_data_breach",
        **dict.fromkeys((LOST_DEVICE, PAYMENT, STRANGER, POSTER)),
    },
    SWITCH_OFF: {
        "": "utter_incident_leave_on",
        DATA_BREACH: "utter_incident_network_data_breach",
        **dict.fromkeys((LOST_DEVICE, PAYMENT, STRANGER, POSTER)),
    },
    WORK: {
        "": "utter_incident_work",
        DATA_BREACH: "utter_incident_work_data_breach",
        LOST_DEVICE: "utter_incident_work_lost_device",
        **dict.fromkeys((PAYMENT, STRANGER, POSTER)),
    },
    REMOVE: {"": "utter_incident_remove", LOST_DEVICE: None, POSTER: "utter_incident_take_down"},
    NUMBER: {"": "utter_incident_number"},
    INTRUDER: {
        "": "utter_incident_intruder",
        **dict.fromkeys((DATA_BREACH, LOST_DEVICE, PAYMENT, STRANGER, POSTER)),
    },
    PULL_OUT: {
        "": "utter_incident_pull_out",
        DATA_BREACH: None,
        LOST_DEVICE: None,
        POSTER: "utter_incident_take_down",
    },
    RECALL: {"": None, DATA_BREACH: "utter_incident_recall", PAYMENT: "utter_incident_bank"},
    GUARDS: {"": "utter_incident_guards"},
    # Whom one does not see, one can only write to.
    CONFRONT: {
        "": "utter_incident_others",
        STRANGER: "utter_incident_confront",
        POSTER: "utter_incident_confront",
        DATA_BREACH: "utter_incident_others_data_breach",
    },
    BANK: {"": "utter_incident_bank"},
}


def answered(turn: Turn, reference: str, words: str) -> list[str]:
    """Say what these questions can be answered with, each for itself; the names of what was said."""
    said = list(dict.fromkeys(_answers(turn, reference, words)))
    for response in said:
        turn.say(response, reference=reference, **_values(turn, reference, response))
    return said


def reported(turn: Turn, reference: str) -> str:
    """What kind of incident it is, by its report; where that tells nothing, by what was written since."""
    report = str(turn.services.cases.form(reference)["words"])
    kind = first_steps(report)
    if kind != GENERAL:
        return kind
    typed = (event for event in turn.tracker.events if event.get("event") == "user")
    later = "\n".join(str(event.get("text") or "") for event in typed)
    return first_steps(later[max(later.rfind(report), 0) :])


def is_stopped(turn: Turn) -> bool:
    """Whether the report has stopped self-service, so that IT changes the password together with them."""
    conversation = turn.conversation
    if conversation.account is None:
        return False
    try:
        return bool(turn.services.risk.of(conversation.account, turn.whole_message, conversation.id))
    except StoreUnavailable:
        return False  # the first steps are said all the same


def _answers(turn: Turn, reference: str, words: str) -> Iterator[str]:
    kind = reported(turn, reference)
    for question in questions_in(words):
        response: str | None
        if question == CALLED:
            response = _call(turn, reference)
        elif question == STATUS:
            response = "utter_incident_status"
        elif question == PASSWORD:
            response = _password(turn, kind)
        else:
            kinds = ANSWERS[question]
            response = kinds.get(kind, kinds[""])
        if response:
            yield response


def _call(turn: Turn, reference: str) -> str:
    report = str(turn.services.cases.form(reference)["words"])
    lost = FACTOR_LOST in turn.services.handover.criteria.stops_in(report)
    if turn.conversation.account is not None and not lost:
        return "utter_incident_called"
    return "utter_incident_called_there" if was_said(turn, ANOTHER_NUMBER) else ANOTHER_NUMBER


def _password(turn: Turn, kind: str) -> str | None:
    if kind == DATA_BREACH:
        return None
    return "utter_incident_password" if is_stopped(turn) else "utter_incident_change_password"


def _values(turn: Turn, reference: str, response: str) -> dict[str, Any]:
    if response != "utter_incident_status":
        return {}
    case = turn.services.cases.as_it_is_now(turn.services.cases.get(reference))
    at = format_time(case.opened_at.astimezone(), format="short", locale=turn.locale)
    return {"state": turn.label(f"state_{case.state.value}"), "time": at}
