"""A new password, or an unlock, that nobody wanted: whoever says so is no longer asked for a code, and the matter goes on as
the problem that was told first."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.answers import BEFORE_ANY_ARTICLE
from actions.handover_begun import understood
from actions.interrupted import AS_AN_ANSWER, as_message
from actions.problem import messages_since
from actions.turn import Events, Turn
from servicedesk.reset_talk import is_objection, tells_more

_WAITING = ("open", "expired")  # states of a proof that was asked for and not given


def objected(turn: Turn) -> Events | None:
    """The answer to "I have no problem with my password" while a code is waited for; None where nothing says so."""
    if not turn.is_first or turn.tracker.active_loop_name or turn.intent in BEFORE_ANY_ARTICLE:
        return None
    if not is_objection(turn.whole_message):
        return None
    view = turn.services.verification.state(turn.conversation.id)
    if view is None or view.state not in _WAITING:
        return None
    turn.services.verification.cancel(turn.conversation.id)
    first = str(turn.slot("question") or "")
    turn.say("utter_no_reset" if first else "utter_cancelled")
    words, hits = (turn.typed, turn.articles) if tells_more(turn.whole_message) else _told_first(turn, first)
    known = turn.slot("understood") or understood(turn)
    about = SlotSet("understood", {**known, "intent": AS_AN_ANSWER})
    return [about, *(as_message(turn, words, AS_AN_ANSWER, articles=hits) if words else [])]


def _told_first(turn: Turn, first: str) -> tuple[str, list[dict[str, Any]]]:
    """These words, with the articles that were found for them when they were typed."""
    since = messages_since(turn, first) if first else []
    parsed: dict[str, Any] = (since[0].get("parse_data") or {}) if since else {}
    return first, list(parsed.get("articles") or ())
