"""An answer inside a form that sounds a little like a security incident, or like distress: it stays an answer, with the
report, or the help, one tap away.

Answers tell what happened, when and where, as reports do, and say nothing of the matter itself. Of real reports (dev set)
88 in 100 are surer than `CERTAIN`, of the answers in conversations that people had with the bot one in 570. Of what people
in distress write (tests/understanding/distress) 69 in 100 are as sure as `IN_NEED` and 83 are offered the way out, of 674
answers in such conversations none and two."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from actions.turn import Choice, Turn, choice
from bot.nlu.wishes import DISTRESS
from servicedesk.security_steps import GENERAL, first_steps
from servicedesk.security_talk import quotes_a_warning

CERTAIN: Final = 0.95  # chance of an incident from which an answer is a report all the same
POSSIBLE: Final = 0.65  # from which the report is offered
IN_NEED: Final = 0.5  # chance of distress from which an answer is a cry for help
MAY_BE_NEED: Final = 0.25  # from which help is offered
ERROR: Final = "error"  # of facts.yml
_INCIDENT: Final = "report_security_incident"


def is_mere(message: Mapping[str, Any], asked: Collection[str] = ()) -> bool:
    """Whether a parsed message that was taken for a report, or for distress, is too unsure of it to end a form; `asked` are
    the facts that the open question asks for."""
    pressed = str(message.get("text") or "").startswith("/")
    name = (message.get("intent") or {}).get("name")
    if pressed or name not in (_INCIDENT, DISTRESS):
        return False
    if name == DISTRESS:
        return _need(message) < IN_NEED
    return _chance(message) < CERTAIN or _is_quoted(message, asked)


def way_out(turn: Turn) -> list[Choice]:
    """The button beside the form's next question; none where nothing sounded like an incident or distress."""
    if turn.intent == DISTRESS and MAY_BE_NEED <= _need(turn.message) < IN_NEED:
        return [choice(f"intent_{DISTRESS}", f"/{DISTRESS}")]
    offered = POSSIBLE <= _chance(turn.message) < CERTAIN
    # Past `CERTAIN` and still in the form, it was an error's text.
    quoted = turn.intent == _INCIDENT and bool(turn.typed) and turn.tracker.active_loop_name is not None
    return [choice(f"intent_{_INCIDENT}", f"/{_INCIDENT}")] if offered or quoted else []


def _is_quoted(message: Mapping[str, Any], asked: Collection[str]) -> bool:
    """Browsers and programs warn of thieves and attackers. Where it was asked what the screen says, such words alone report
    nothing; what was done, sent or lost does (servicedesk/security_steps.yml)."""
    text = str(message.get("text") or "")
    return ERROR in asked and (first_steps(text) == GENERAL or quotes_a_warning(text))


def _chance(message: Mapping[str, Any]) -> float:
    ranking = message.get("intent_ranking") or ()
    return max((float(each["confidence"]) for each in ranking if each.get("name") == _INCIDENT), default=0.0)


def _need(message: Mapping[str, Any]) -> float:
    return float(message.get(DISTRESS) or (message.get("intent") or {}).get("confidence") or 0.0)
