"""Somebody vouches in chat for somebody else: asking for it, and the answer of who was asked (servicedesk/approvals)."""

from __future__ import annotations

import logging

from actions.desk_action import DeskAction
from actions.turn import Choice, Events, Turn, choice
from servicedesk.approvals.requests import CONTINUE, Outcome
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account

logger = logging.getLogger(__name__)

SAID = {
    Outcome.GIVEN: "utter_vouched",
    Outcome.DECLINED: "utter_vouch_declined",
    Outcome.WRONG: "utter_vouch_wrong",
    Outcome.OVER: "utter_vouch_over",
    Outcome.REFUSED: "utter_vouch_over",
}


class ActionApprovalAnswer(DeskAction):
    action = "action_approval_answer"

    def act(self, turn: Turn) -> Events:
        try:
            answer = turn.services.approvals.answer(
                turn.conversation, turn.entity("approval") or "", turn.entity("number")
            )
        except DirectoryError:
            logger.exception("an approval could not be checked")
            turn.say("utter_try_again")  # the answer is no; the request waits for as long as it is good
            return []
        turn.say(SAID[answer.outcome], name=answer.requester)
        return []


def ask_to_vouch(turn: Turn, account: Account, purpose: str, others: list[Choice]) -> None:
    """Raises FactorNotUsable, CodesExhausted, SelfServicePaused."""
    asked = turn.services.approvals.ask(account, purpose=purpose, conversation=turn.conversation)
    turn.say(
        "utter_code_approval",
        name=asked.approver,
        number=asked.number,
        choices=[choice("vouched", CONTINUE), *others, choice("cancel", "/cancel")],
    )


def say_waiting(turn: Turn, others: list[Choice]) -> None:
    turn.say(
        "utter_vouch_waiting", choices=[choice("vouched", CONTINUE), *others, choice("cancel", "/cancel")]
    )
