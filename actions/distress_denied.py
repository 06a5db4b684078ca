"""What sounded like distress was none, and the employee says so: the matter goes on as if nobody had named help."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions import suspicion
from actions.handover_begun import HELPER
from actions.interrupted import AS_AN_ANSWER, HELPED, as_message, gone_on, interrupted
from actions.turn import Events, Turn
from bot.nlu.wishes import DISTRESS
from servicedesk.distress_talk import beside_the_denial, is_denial

AWAITING = HELPER  # a plain "yes" sends for a person at once
LEFT = "left"  # in the slot `understood`: what was going on, the open form's name included
PUT_ASIDE = ("awaiting", "question", "understood")  # a form's own slots keep what they hold


def denied(turn: Turn) -> Events | None:
    """ "What? I am fine": back to the form, where what sounded like distress was an answer, or on with the matter; None
    where this says no such thing."""
    if not turn.is_first or turn.slot("awaiting") != AWAITING or not is_denial(turn.whole_message):
        return None
    if turn.intent == DISTRESS and not suspicion.is_mere(turn.message):
        return None
    turn.say("utter_distress_denied")
    known = turn.slot("understood") or {}
    left: dict[str, Any] = known.get(LEFT) or {}
    back = [SlotSet(slot, left.get(slot)) for slot in PUT_ASIDE]
    form = interrupted(turn, HELPED) if left.get("form") else None
    if form:
        return [*back, *gone_on(turn, form, more=beside_the_denial(turn.whole_message))]
    if not left.get("question"):  # the matter began with the words that sounded like distress
        back = [*back, SlotSet("question", turn.slot("question"))]
    return [*back, *as_message(turn, turn.whole_message, AS_AN_ANSWER, articles=turn.articles)]
