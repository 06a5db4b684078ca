"""Answers from the knowledge base, and what the employee says of them.

The search ran beside the intent, on the same embedding (bot/kb/component.py): its hits come with the message."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.article import not_solved, note, offer_person, show
from actions.desk_action import DeskAction
from actions.handover import hand_over_now, understood
from actions.proof import resume
from actions.turn import Events, Turn
from servicedesk.feedback import Verdict


class ActionAnswer(DeskAction):
    action = "action_answer"

    def act(self, turn: Turn) -> Events:
        # A pressed "help with a problem" asks about the words that were not understood before it.
        question = turn.typed or turn.slot("question")
        hits = turn.articles if turn.typed else turn.slot("kb_hits") or []
        if not question:
            turn.say("utter_kb_what_question")
            return []
        return answer_from(turn, question, hits)


class ActionKbSolved(DeskAction):
    action = "action_kb_solved"

    def act(self, turn: Turn) -> Events:
        note(turn, Verdict.SOLVED)
        turn.say("utter_kb_solved")
        resume(turn)
        return [SlotSet("kb_hits", None), SlotSet("question", None), SlotSet("awaiting", None)]


class ActionKbNotSolved(DeskAction):
    action = "action_kb_not_solved"

    def act(self, turn: Turn) -> Events:
        return not_solved(turn)


def answer_from(turn: Turn, question: str, hits: list[dict[str, Any]]) -> Events:
    """Show the best article for the question, or say that there is none; remember what may come next."""
    remember = [
        SlotSet("question", question),
        SlotSet("understood", understood(turn)),
        SlotSet("kb_hits", hits),
        SlotSet("fallbacks", 0.0),
    ]
    if hits and show(turn, hits[0]):
        note(turn, Verdict.SHOWN, hit=hits[0], question=question)
        resume(turn)
        return [*remember, SlotSet("kb_next", 1.0), SlotSet("awaiting", "kb_feedback")]
    note(turn, Verdict.UNANSWERED, question=question)
    offered = offer_person(turn, "utter_kb_unknown")
    resume(turn)
    return [*remember, *offered]


def accept_person(turn: Turn) -> Events:
    if turn.slot("kb_hits"):
        note(turn, Verdict.PERSON)
    return hand_over_now(turn)
