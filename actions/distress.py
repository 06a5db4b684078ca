"""Somebody in danger, threatened, or at the end of their strength: whom to call, and a person; no article, no cheer.

Which of these it is makes no difference to the answer: it names help for each, so that no guess of ours can leave out the
line that matters. Where it was none of them and the employee says so, the matter goes on as it was."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import wishes
from actions.desk_action import DeskAction
from actions.distress_denied import AWAITING, LEFT, PUT_ASIDE
from actions.form_answers import SKIPPED
from actions.handover_begun import prepared, understood
from actions.problem import newest_words
from actions.proof import resume
from actions.turn import Events, Turn
from servicedesk.directory.errors import DirectoryError

logger = logging.getLogger(__name__)

NO_TIME_TO_ASK = {"handover_details": "", "handover_urgency": "1", "handover_preview": SKIPPED}


class ActionDistress(DeskAction):
    action = "action_distress"

    def act(self, turn: Turn) -> Events:
        """Name those who can help, offer a person, and put aside whatever form was open."""
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
            SlotSet("question", turn.whole_message or newest_words(turn) or None),
            SlotSet("understood", {**understood(turn), LEFT: _left(turn)}),
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
    """Back to exactly where the employee was: what looked like distress may have been a printer."""
    turn.say("utter_distress_declined")
    left: dict[str, Any] = (turn.slot("understood") or {}).get(LEFT) or {}
    back = [SlotSet(slot, left.get(slot)) for slot in PUT_ASIDE]
    if left.get("form"):
        return [*back, FollowupAction(left["form"])]
    resume(turn)
    return back


def _left(turn: Turn) -> dict[str, Any]:
    """What was going on; said twice, it is what went on before the first time."""
    if turn.slot("awaiting") == AWAITING:
        return (turn.slot("understood") or {}).get(LEFT) or {}
    form = (turn.tracker.active_loop or {}).get("name")
    return {"form": form, **{slot: turn.slot(slot) for slot in PUT_ASIDE}}


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
