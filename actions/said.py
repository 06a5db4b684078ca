"""Whether something was said before in this conversation, so that it is not said twice."""

from __future__ import annotations

from actions.turn import Turn


def was_said(turn: Turn, response: str, reference: str | None = None) -> bool:
    """Whether this was said in the conversation before; with a `reference`, since that incident was talked of first."""
    events = list(turn.tracker.events)
    if reference:
        about = (
            at for at, event in enumerate(events) if event.get("event") == "bot" and reference in _text(event)
        )
        events = events[next(about, len(events)) :]
    said = (event for event in events if event.get("event") == "bot")
    return any((event.get("metadata") or {}).get("utter_action") == response for event in said)


def _text(event: dict[str, object]) -> str:
    return str(event.get("text") or "")
