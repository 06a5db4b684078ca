"""Somebody in danger, threatened, or at the end of their strength: whom to call, and a person; no article, no cheer.

Which of these it is makes no difference to the answer: it names help for each, so that no guess of ours can leave out the
line that matters."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import wishes
from actions.desk_action import DeskAction
from actions.form_answers import SKIPPED
from actions.handover import HELPER, prepared, understood
from actions.turn import Events, Turn
from servicedesk.directory.errors import DirectoryError

logger = logging.getLogger(__name__)

AWAITING = HELPER  # a plain "yes" sends for a person at once
NO_TIME_TO_ASK = {"handover_details": "", "handover_urgency": "1", "handover_preview": SKIPPED}


class ActionDistress(DeskAction):
    action = "action_distress"

    def act(self, turn: Turn) -> Events:
        """Name those who can help, offer a person, and end whatever form was open."""
        found = turn.services.help_lines.of(_country(turn), turn.language)
        turn.say(
            "utter_distress",
            emergency=_dialled(turn, found.emergency),
            listening=", ".join(f"{name} **{number}**" for name, number in found.listening.items()),
            at_work=found.at_work,
        )
        return [
            ActiveLoop(None),
            SlotSet("requested_slot", None),
            SlotSet("question", turn.whole_message or None),
            SlotSet("understood", understood(turn)),
            SlotSet("fallbacks", 0.0),
            SlotSet("awaiting", AWAITING),
        ]

    def afterwards(self, turn: Turn, events: Events) -> Events:
        return wishes.remember_and_offer(turn, events, silently=True)


def send_for_a_person(turn: Turn) -> Events:
    """A case at once: nobody who needs help is asked which device it is about."""
    asked = [SlotSet(slot, value) for slot, value in NO_TIME_TO_ASK.items()]
    return [*prepared(turn), *asked, FollowupAction("handover_form")]


def decline(turn: Turn) -> Events:
    turn.say("utter_distress_declined")
    return [SlotSet("awaiting", None), SlotSet("question", None)]


def _country(turn: Turn) -> str | None:
    if turn.conversation.account is None:
        return None
    try:
        account = turn.services.directory.find(turn.conversation.account)
    except DirectoryError:
        logger.exception("no country: the directory does not answer")
        return None
    return account.country if account else None


def _dialled(turn: Turn, emergency: Mapping[str, str]) -> str:
    """One number alone, or each with what it is for: "110 (fire), 112 (police)"."""
    numbers: dict[str, list[str]] = {}
    for service, number in emergency.items():
        numbers.setdefault(number, []).append(turn.label(f"help_{service}"))
    if len(numbers) == 1:
        return f"**{next(iter(numbers))}**"
    return ", ".join(f"**{number}** ({', '.join(names)})" for number, names in numbers.items())
