"""What everybody asks once their case is sent: how long it takes, and whether somebody calls. Answered from the case as it
stands: who has it, when somebody is there, and what the house aims at (priorities.yml). Nothing is promised beyond that.

The words stand in after_sending.yml; they mean nothing in a conversation that has sent no case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from babel.dates import format_timedelta
from rasa_sdk.events import FollowupAction

from actions.case_facts import NEVER_AN_ANSWER
from actions.opening import opening
from actions.turn import Events, Turn
from servicedesk.cases import Case
from servicedesk.handover.packet import CONTACT
from servicedesk.handover.person import NO_NUMBER
from servicedesk.talk_patterns import patterns_of
from servicedesk.ticketing.port import Priority

FILE: Final = Path(__file__).with_name("after_sending.yml")
ASKING, OTHERWISE, HOW_LONG, CALLED = "asking", "otherwise", "how_long", "called"
ANSWERS: Final = {HOW_LONG: "utter_how_long", CALLED: "utter_who_calls"}
LONGEST: Final = 14  # words; a longer message has more to say than its question
LATELY: Final = timedelta(hours=24)
_SENTENCE_END: Final = re.compile(r"[?!.]+(?:\s+|$)")


def answered(turn: Turn) -> Events | None:
    """The answer to such a question, with whatever is going on left as it is; None where nothing of the kind is asked."""
    if not turn.is_first or turn.intent in NEVER_AN_ANSWER or turn.tracker.active_loop_name:
        return None
    kind = question_in(turn.whole_message)
    case = _newest(turn) if kind else None
    if kind is None or case is None:
        return None
    form = turn.services.cases.form(case.reference)
    now = turn.services.clock.now()
    later = case.opens_at if case.opens_at and case.opens_at > now else None
    target = turn.services.handover.priorities.targets.get(Priority(form["priority"]))
    turn.say(
        ANSWERS[kind],
        reference=case.reference,
        group=case.assignment_group,
        state=turn.label(f"state_{case.state.value}"),
        opening=opening(turn, later),
        target=_target(turn, target),
        calling=turn.label(_calling(form)),
    )
    return [FollowupAction("action_listen")]


def question_in(text: str) -> str | None:
    """`how_long` or `called`; None where the text asks neither."""
    said = " ".join(text.casefold().replace("’", "'").split())
    asks = "?" in said or patterns_of(FILE)[ASKING].search(said)
    if not asks or len(said.split()) > LONGEST or patterns_of(FILE)[OTHERWISE].search(said):
        return None
    parts = [part.strip() for part in _SENTENCE_END.split(said)]
    return next((kind for kind in ANSWERS if any(map(patterns_of(FILE)[kind].search, parts))), None)


def _newest(turn: Turn) -> Case | None:
    """The case that was sent last in this conversation, where it was today and is open."""
    sent = turn.services.cases.of_conversation(turn.conversation.id, limit=1)
    lately = [each for each in sent if turn.services.clock.now() - each.opened_at <= LATELY]
    return next((each for each in lately if each.open), None)


def _calling(form: Mapping[str, Any]) -> str:
    """The label that says at which number L1 would call (S7): the recorded one, else the one that was given here."""
    if form["proven"]:
        return "call_asked" if NO_NUMBER in form["person"]["account_state"] else "call_recorded"
    return "call_given" if any(char.isdigit() for char in form["answers"].get(CONTACT, "")) else "call_asked"


def _target(turn: Turn, target: timedelta | None) -> str:
    if target is None:
        return ""
    time = format_timedelta(target, threshold=2, locale=turn.locale)
    return turn.label("answer_target").format(time=time)
