"""The wish that has to wait: two in one message are both seen (bot/nlu/wishes.py), one goes first.

The other is named at once, offered when the first is through or has been cancelled, and taken up from the employee's own
words, as if they had been typed just now."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered

from actions.turn import Events, Turn

SLOT = "also"  # the wishes that wait, the next one first: as in the message's `also`
OFFERED = "also"  # the slot `awaiting` while a plain "yes" would take up the next one
TAKEN_UP = ":also"  # ends the key of a message that was one
MOST = 3
SHOWN_CHARACTERS = 160
# Of these one may have several in a day, and only the words tell which.
MANIFOLD = ("kb_question", "service_request")
_TELLING_WORD = re.compile(r"\w{4,}")

Wish = dict[str, Any]


def remember_and_offer(
    turn: Turn,
    events: Events,
    *,
    also: list[Wish] | None = None,
    opens_form: bool = False,
    silently: bool = False,
) -> Events:
    """After an action that returned `events`: keep what waits, say that it was seen, offer it where nothing is going on.
    `also` are the wishes beside the one of the message, where not all that it seems to hold are some."""
    if any(
        event["event"] == "user" for event in events
    ):  # one was just taken up: its own action will see to the rest
        return []
    before = _slot_after(turn, events, SLOT) or []
    new = list((turn.message.get("also") or ()) if also is None else also) if turn.is_first else []
    waiting = _waiting(turn, before, new)
    remembered = [SlotSet(SLOT, waiting or None)] if waiting != before else []
    if not waiting:
        return remembered
    if silently:
        return remembered
    if opens_form or _is_busy(turn, events):
        if new:
            turn.say("utter_wish_noted", words=_shown(waiting[0]))
        return remembered
    turn.say("utter_wish_offer", words=_shown(waiting[0]))
    return [*remembered, SlotSet("awaiting", OFFERED)]


def take_up(turn: Turn) -> Events:
    """The wish that waits becomes the newest message, understood as it was when it was written."""
    waiting = turn.slot(SLOT) or []
    if not waiting:
        turn.say("utter_button_done")
        return []
    if (
        not turn.conversation.private
    ):  # which rooms it may be talked about in is decided anew, and with its words
        turn.say("utter_go_private", payload=waiting[0]["text"])
        return [SlotSet(SLOT, waiting[1:] or None), SlotSet("awaiting", None)]
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("awaiting", None),
        SlotSet(SLOT, waiting[1:] or None),
        ActionExecuted("action_listen"),
        _as_message(turn, waiting[0]),
    ]


def with_what_waited(turn: Turn, words: str) -> str:
    """These words of a request, and beside them what was cut off from their messages as a wish of its own and was not taken
    up as one: what looked like a second wish may be the reason for the first."""
    typed = [event for event in turn.tracker.events if event.get("event") == "user"]
    taken_up = {str(event.get("text")) for event in typed if _is_taken_up(event)}
    for event in typed:
        parsed, whole = event.get("parse_data") or {}, str(event.get("text") or "")
        wish = str(parsed.get("wish") or "")
        left = [each for each in parsed.get("also") or () if str(each["text"]) not in taken_up]
        if wish and left and wish in words and whole not in words:
            words = words.replace(wish, whole, 1)
    return words


def leave(turn: Turn) -> Events:
    """The wish that waits is not wanted after all."""
    turn.say("utter_deny_what")
    return [SlotSet(SLOT, (turn.slot(SLOT) or [])[1:] or None), SlotSet("awaiting", None)]


def _waiting(turn: Turn, before: list[Wish], new: list[Wish]) -> list[Wish]:
    """A wish that the employee has come back to by now waits no longer."""
    still = [wish for wish in before if not (turn.is_first and _is_same(turn, wish))]
    return [*new, *still][:MOST]


def _is_taken_up(event: dict[str, Any]) -> bool:
    return str((event.get("metadata") or {}).get("key") or "").endswith(TAKEN_UP)


def _is_same(turn: Turn, wish: Wish) -> bool:
    if turn.intent != wish["intent"]:
        return False
    if turn.intent not in MANIFOLD or not turn.typed:
        return True
    return bool(_telling_words(turn.typed) & _telling_words(wish["text"]))


def _telling_words(text: str) -> set[str]:
    return set(_TELLING_WORD.findall(text.casefold()))


def _is_busy(turn: Turn, events: Events) -> bool:
    """Whether a form, a code or a question of ours is still open."""
    if any(event["event"] == "followup" for event in events):
        return True
    loops = [event.get("name") for event in events if event["event"] == "active_loop"]
    if loops[-1] if loops else (turn.tracker.active_loop or {}).get("name"):
        return True
    if _slot_after(turn, events, "awaiting") not in (None, OFFERED):
        return True
    view = turn.services.verification.state(turn.conversation.id)
    return view is not None and view.state == "open" and view.paused_until is None


def _slot_after(turn: Turn, events: Events, name: str) -> Any:
    set_now = [
        event.get("value") for event in events if event["event"] == "slot" and event.get("name") == name
    ]
    return set_now[-1] if set_now else turn.slot(name)


def _shown(wish: Wish) -> str:
    words = " ".join(str(wish["text"]).split()).rstrip(" .,;:!")
    return words if len(words) <= SHOWN_CHARACTERS else words[: SHOWN_CHARACTERS - 1].rstrip() + "…"


def _as_message(turn: Turn, wish: Wish) -> dict[str, Any]:
    intent = {"name": wish["intent"], "confidence": wish.get("confidence", 1.0)}
    understood = {
        "intent": intent,
        "intent_ranking": [intent],
        "entities": wish.get("entities") or [],
        "articles": wish.get("articles") or [],
        "language": turn.language,
    }
    said: dict[str, Any] = UserUttered(
        wish["text"], parse_data=understood, input_channel=turn.tracker.get_latest_input_channel()
    )
    metadata = turn.message.get("metadata") or {}
    key = metadata.get("key") or turn.message.get("message_id")
    said["metadata"] = {**metadata, "key": f"{key}{TAKEN_UP}"}  # what it does, it does once, too (F11)
    return said
