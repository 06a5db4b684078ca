"""Password reset and account unlock: only ever for oneself (U1)."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.desk_action import DeskAction
from actions.handover_begun import understood
from actions.problem import goes_on
from actions.proof import RETRY, begin
from actions.turn import Events, Turn


class ActionPasswordReset(DeskAction):
    action = "action_password_reset"

    def act(self, turn: Turn) -> Events:
        return _start(turn, "reset")


class ActionAccountUnlock(DeskAction):
    action = "action_account_unlock"

    def act(self, turn: Turn) -> Events:
        return _start(turn, "unlock")


def _start(turn: Turn, purpose: str) -> Events:
    if turn.entity("other_person"):
        turn.say("utter_other_person", own_payload=RETRY[purpose])
    else:
        begin(turn, purpose)
    return [SlotSet("awaiting", None), *_problem(turn)]


def _problem(turn: Turn) -> Events:
    """ "Outlook keeps asking for my password" is what L1 needs to read where the reset is given up for a person."""
    if not turn.typed or goes_on(turn, turn.typed):
        return []
    return [SlotSet("question", turn.typed), SlotSet("understood", understood(turn))]
