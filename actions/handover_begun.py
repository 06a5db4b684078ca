"""How a handover begins: the problem as far as it is known, why a person takes over, and the form that asks for the rest."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import case_facts, repeated
from actions.matter import matter_of
from actions.problem import WORDS_THAT_TELL, goes_on, told
from actions.slots import BECAUSE, HANDOVER_SLOTS, forget
from actions.turn import Events, Turn

PERSON = "person"  # the slot `awaiting` while a person is offered
HELPER = "helper"  # the slot `awaiting` while a person is offered to somebody in distress


def hand_over_now(turn: Turn, *, same: bool = False) -> Events:
    """Start the handover from within another action, of the `same` matter whatever the newest words sound like; from a
    shared room it goes on in the private chat (S1)."""
    if not turn.conversation.private:
        turn.say("utter_go_private", payload="/talk_to_human")
        return [SlotSet("awaiting", None)]
    events = prepared(turn, same=same)
    return repeated.asked(turn, events) or [*events, FollowupAction("handover_form")]


def begin_handover(
    turn: Turn,
    problem: str,
    *,
    because: dict[str, dict[str, Any]],
    intent: str = "talk_to_human",
    entities: dict[str, str] | None = None,
) -> Events:
    """Now, too, with a problem known from before and sorted by its words: the newest message is about something else.
    `intent` and `entities` are what the problem was understood as, where it was."""
    if not turn.conversation.private:
        turn.say("utter_go_private", payload="/talk_to_human")
        return [ActiveLoop(None), SlotSet("awaiting", None)]
    return [
        ActiveLoop(None),
        *forget((*HANDOVER_SLOTS, case_facts.SLOT)),
        SlotSet("awaiting", None),
        SlotSet(BECAUSE, because),
        SlotSet("handover_problem", problem),
        SlotSet("understood", {"intent": intent, "confidence": 1.0, "entities": entities or {}}),
        FollowupAction("handover_form"),
    ]


def prepared(turn: Turn, *, same: bool = False) -> Events:
    """The problem as far as it is known: the wish for a person itself, or what was talked about just before."""
    own = turn.typed if len(turn.typed.split()) > WORDS_THAT_TELL else None
    begins = bool(own) and not same and not goes_on(turn, str(own))
    stuck = None if own else _stuck_proof(turn)
    known = own if begins else "\n".join(each for each in (told(turn), stuck) if each)
    events: Events = [
        ActiveLoop(None),
        *forget((*HANDOVER_SLOTS, case_facts.SLOT)),
        SlotSet("awaiting", None),
        SlotSet(BECAUSE, _why(turn)),
    ]
    if known:
        events.append(SlotSet("handover_problem", known))
    if begins or not turn.slot("understood"):
        events.append(SlotSet("understood", understood(turn)))
    return events


def understood(turn: Turn) -> dict[str, Any]:
    """What was made of the message, for L1 to see."""
    return {"intent": turn.intent, "confidence": round(turn.confidence, 2), "entities": turn.entities()}


def understood_of(tracker: Tracker) -> dict[str, Any]:
    """The problem decides the category, not what was said after it."""
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    entities = {str(each.get("entity")): str(each.get("value")) for each in message.get("entities") or ()}
    confidence = round(float(intent.get("confidence") or 0.0), 2)
    return {"understood": {"intent": intent.get("name"), "confidence": confidence, "entities": entities}}


def _why(turn: Turn) -> dict[str, dict[str, Any]]:
    """Why a person takes over, as far as the moment tells at which it was decided."""
    matter = matter_of(turn)
    awaiting = turn.slot("awaiting")
    why: dict[str, dict[str, Any]] = {}
    if awaiting == HELPER:
        why["distress"] = {}
    if turn.intent == "complaint" or (turn.slot("understood") or {}).get("intent") == "complaint":
        why["complaint"] = {}
    if matter.failed:
        why["answers_failed"] = {"count": len(matter.failed)}
    elif _is_offered(turn) and matter.passed:
        why["not_helped"] = {"count": len(matter.passed)}
    if (
        matter.begun
        and turn.services.clock.now() - matter.begun_at >= turn.services.handover.criteria.longest
    ):
        minutes = int((turn.services.clock.now() - matter.begun_at).total_seconds() // 60)
        why["takes_long"] = {"minutes": minutes}
    failed = int(turn.slot("fallbacks") or 0)
    if failed >= turn.services.handover.criteria.not_understood:
        why["not_understood"] = {"count": failed}
    if _stuck_proof(turn):
        why["cannot_prove"] = {}
    if not _is_offered(turn) and (turn.intent == "talk_to_human" or not why):
        why["asked_for_person"] = {}
    return why or {"no_answer" if matter.question else "offered": {}}


def _is_offered(turn: Turn) -> bool:
    """Whether the machine has offered it, and this is the yes: nobody has asked for a person then. A button that says yes
    carries the same wish as the one that asks."""
    asks = turn.intent == "talk_to_human" and bool(turn.typed)
    return turn.slot("awaiting") in (PERSON, HELPER) and not asks


def because(turn: Turn) -> dict[str, dict[str, Any]]:
    return turn.slot(BECAUSE) or {"asked_for_person": {}}


def _stuck_proof(turn: Turn) -> str | None:
    """Somebody who asks for a person while a code is waited for cannot get at the code."""
    view = turn.services.verification.state(turn.conversation.id)
    if view is None or view.state != "open":
        return None
    return f"{turn.label('no_factor')}: {turn.label(f'purpose_{view.purpose}')}"
