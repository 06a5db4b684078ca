"""A person is offered, and the employee says yes: plainly, or with more told in the same breath."""

from __future__ import annotations

from actions.answers import BEFORE_ANY_ARTICLE
from actions.article import note
from actions.handover_begun import PERSON, hand_over_now
from actions.matter import matter_of
from actions.turn import Events, Turn
from bot.nlu.wishes import COMPLAINT
from bot.nlu.yes_and import rest_of_yes
from servicedesk.complaint_talk import wish_in
from servicedesk.feedback import Verdict


def typed_yes(turn: Turn) -> Events | None:
    """A yes to the offer of a person, with more told in the same breath; None where the message is no such thing."""
    if not turn.is_first or turn.slot("awaiting") != PERSON or turn.intent in BEFORE_ANY_ARTICLE:
        return None
    if rest_of_yes(turn.typed) or _wants_of_a_complaint(turn):
        return accept_person(turn)
    return None


def _wants_of_a_complaint(turn: Turn) -> bool:
    """ "Yes, but I want a manager to ring me": what a complaint wants done is no condition that we could refuse."""
    return _is_of_a_complaint(turn) and bool(wish_in(rest_of_yes(turn.typed, but=True) or ""))


def accept_person(turn: Turn) -> Events:
    matter = matter_of(turn)
    if matter.shown:
        note(turn, Verdict.PERSON, matter.shown, question=matter.question)
    return hand_over_now(turn, same=_is_of_a_complaint(turn))


def _is_of_a_complaint(turn: Turn) -> bool:
    return (turn.slot("understood") or {}).get("intent") == COMPLAINT
