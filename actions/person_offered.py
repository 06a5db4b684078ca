"""A person is offered, and the employee says yes: plainly, or with more told in the same breath."""

from __future__ import annotations

from actions.answers import BEFORE_ANY_ARTICLE
from actions.article import note
from actions.handover_begun import PERSON, hand_over_now
from actions.matter import matter_of
from actions.turn import Events, Turn
from bot.nlu.yes_and import rest_of_yes
from servicedesk.feedback import Verdict


def typed_yes(turn: Turn) -> Events | None:
    """A yes to the offer of a person, with more told in the same breath; None where the message is no such thing."""
    if not turn.is_first or turn.slot("awaiting") != PERSON or turn.intent in BEFORE_ANY_ARTICLE:
        return None
    return accept_person(turn) if rest_of_yes(turn.typed) else None


def accept_person(turn: Turn) -> Events:
    matter = matter_of(turn)
    if matter.shown:
        note(turn, Verdict.PERSON, matter.shown, question=matter.question)
    return hand_over_now(turn)
