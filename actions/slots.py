"""The slots of the dialogue's forms by name, and what is done with any of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rasa_sdk.events import EventType, SlotSet

from actions.form_answers import SKIPPED
from actions.turn import Turn

HANDOVER_SLOTS: Final = (
    "handover_problem",
    "handover_details",
    "handover_contact",
    "handover_urgency",
    "handover_preview",
)
REQUEST_SLOTS: Final = ("request_what", "request_details", "request_when", "request_preview")
BECAUSE: Final = "handover_because"  # why a person takes over, decided when the handover began


def forget(slots: Iterable[str]) -> list[EventType]:
    return [SlotSet(slot, None) for slot in slots]


def said(turn: Turn, slot: str) -> str:
    value = turn.slot(slot)
    return "" if value in (None, SKIPPED) else str(value)
