"""An answer inside a form that sounds a little like a security incident: it stays an answer, with the report one tap away.

Answers tell what happened, when and where, as reports do, and say nothing of the matter itself. Of real reports (dev set)
88 in 100 are surer than `CERTAIN`, of the answers in conversations that people had with the bot one in 570."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actions.turn import Choice, Turn, choice

CERTAIN: Final = 0.95  # chance of an incident from which an answer is a report all the same
POSSIBLE: Final = 0.65  # from which the report is offered
_INCIDENT: Final = "report_security_incident"


def is_mere(message: Mapping[str, Any]) -> bool:
    """Whether a parsed message that was taken for a report is too unsure of it to end a form."""
    pressed = str(message.get("text") or "").startswith("/")
    taken_for = message.get("intent") or {}
    return not pressed and taken_for.get("name") == _INCIDENT and _chance(message) < CERTAIN


def way_out(turn: Turn) -> list[Choice]:
    """The button beside the form's next question; none where nothing sounded like an incident."""
    offered = POSSIBLE <= _chance(turn.message) < CERTAIN
    return [choice(f"intent_{_INCIDENT}", f"/{_INCIDENT}")] if offered else []


def _chance(message: Mapping[str, Any]) -> float:
    ranking = message.get("intent_ranking") or ()
    return max((float(each["confidence"]) for each in ranking if each.get("name") == _INCIDENT), default=0.0)
