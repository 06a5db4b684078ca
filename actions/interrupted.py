"""What an alarm, or numbers for somebody in distress, broke into, as it stood before the message that raised it: a form
with its answers, a finished preview, an order. Read from the conversation itself, so that no slot has to be kept for
something that hardly ever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered

from actions.turn import Events, Turn

RAISED = ("utter_incident_opened", "utter_incident_known")  # what is said first to an alarm
HELPED = ("utter_distress",)  # and to distress
FORMS = ("handover_form", "request_form", "update_form")  # those that are gone on with
AS_AN_ANSWER = "kb_question"  # an intent that every form lets through to its question
_THROUGH = (
    "utter_handed_over",
    "utter_request_sent",
    "utter_cancelled",
    "utter_ticket_attached",
    "utter_incident_denied_back",
)
_NOT_OURS = ("requested_slot", "incident_details")


@dataclass(frozen=True, kw_only=True, slots=True)
class Interrupted:
    form: str
    asked: str | None  # the slot whose question was open
    slots: Mapping[str, Any]
    words: str  # the message that was taken for an alarm


def interrupted(turn: Turn, raised: tuple[str, ...] = RAISED) -> Interrupted | None:
    """By the newest alarm, or what else was said `raised`, that came while a form was open; None where none did, or that
    form is through since."""
    return _read(turn, raised)[1]


def standing(turn: Turn) -> Interrupted | None:
    """What the newest message would have been an answer to."""
    return _read(turn, RAISED)[0]


def _read(turn: Turn, raised: tuple[str, ...]) -> tuple[Interrupted | None, Interrupted | None]:
    slots: dict[str, Any] = {}
    form = None
    before: Interrupted | None = None
    found: Interrupted | None = None
    for event in turn.tracker.events:
        kind = event.get("event")
        if kind == "session_started":
            slots, form, before, found = {}, None, None, None
        elif kind == "slot":
            slots[event["name"]] = event.get("value")
        elif kind == "active_loop":
            form = event.get("name")
        elif kind == "user":
            before = _standing(form, slots, str(event.get("text") or ""))
        elif kind == "bot":
            said = (event.get("metadata") or {}).get("utter_action")
            found = (before or found) if said in raised else None if said in _THROUGH else found
    return before, found


def gone_on(turn: Turn, left: Interrupted, *, more: str = "") -> Events:
    """Back to that form; the message that was no alarm is the answer to the question that was open, and so is what was said
    `more` with the denial."""
    stood = {
        name: left.slots.get(name) for name in (*turn.tracker.slots, *left.slots) if name not in _NOT_OURS
    }
    return [
        ActiveLoop(left.form),
        *(SlotSet(name, value) for name, value in stood.items() if turn.slot(name) != value),
        SlotSet("incident_details", None),
        SlotSet("requested_slot", left.asked),
        *as_message(turn, f"{left.words}. {more}" if more else left.words, AS_AN_ANSWER),
    ]


def as_message(
    turn: Turn,
    words: str,
    intent: str,
    *,
    articles: Sequence[Mapping[str, Any]] = (),
    entities: Mapping[str, str] | None = None,
) -> Events:
    """These words as the newest message, taken for this; `articles` and `entities` were found for them."""
    understood = {"name": intent, "confidence": 1.0}
    parsed = {
        "intent": understood,
        "intent_ranking": [understood],
        "entities": [{"entity": name, "value": value} for name, value in (entities or {}).items()],
        "articles": list(articles),
        "language": turn.language,
    }
    said: dict[str, Any] = UserUttered(
        words, parse_data=parsed, input_channel=turn.tracker.get_latest_input_channel()
    )
    metadata = turn.message.get("metadata") or {}
    key = metadata.get("key") or turn.message.get("message_id")
    said["metadata"] = {**metadata, "key": f"{key}:again"}  # what it does, it does once (F11)
    return [ActionExecuted("action_listen"), said]


def _standing(form: str | None, slots: Mapping[str, Any], words: str) -> Interrupted | None:
    if form not in FORMS or words.startswith("/"):
        return None
    return Interrupted(form=str(form), asked=slots.get("requested_slot"), slots=dict(slots), words=words)
