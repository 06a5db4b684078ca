"""Answers from the knowledge base, and what the employee says of them.

The search ran beside the intent, on the same embedding (bot/kb/component.py): its hits come with the message."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.answers import answered, chosen, not_solved
from actions.article import note
from actions.desk_action import DeskAction
from actions.handover_begun import understood
from actions.matter import matter_of, over
from actions.problem import asked_anew, has_begun
from actions.proof import resume
from actions.turn import Events, Turn
from servicedesk.feedback import Verdict


class ActionAnswer(DeskAction):
    action = "action_answer"

    def act(self, turn: Turn) -> Events:
        # A pressed "help with a problem" asks about the words that were not understood before it.
        question = turn.typed or turn.slot("question")
        hits = turn.articles if turn.typed else list(matter_of(turn).hits)
        if not question:
            turn.say("utter_kb_what_question")
            return []
        return answer_from(turn, question, hits)


class ActionKbSolved(DeskAction):
    action = "action_kb_solved"

    def act(self, turn: Turn) -> Events:
        matter = matter_of(turn)
        if matter.shown:
            note(turn, Verdict.SOLVED, matter.shown, question=matter.question)
        turn.say("utter_kb_solved")
        resume(turn)
        return [over(), SlotSet("question", None), SlotSet("awaiting", None)]


class ActionKbNotSolved(DeskAction):
    action = "action_kb_not_solved"

    def act(self, turn: Turn) -> Events:
        return not_solved(turn)


class ActionKbChoice(DeskAction):
    """One of the articles that may be meant, or none of them."""

    action = "action_kb_choice"

    def act(self, turn: Turn) -> Events:
        return chosen(turn, turn.entity("article"))


def answer_from(turn: Turn, question: str, hits: list[dict[str, Any]]) -> Events:
    """Show the best article for the question, ask which is meant, or say that there is none; remember what may come next."""
    matter = asked_anew(turn, question, hits)
    remember = [
        SlotSet("question", question),
        *([SlotSet("understood", understood(turn))] if has_begun(turn, matter, question) else []),
        SlotSet("fallbacks", 0.0),
    ]
    events = answered(turn, matter)
    resume(turn)
    return [*remember, *events]
