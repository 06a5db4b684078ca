"""Answers from the knowledge base, and what the employee says of them.

The search ran beside the intent, on the same embedding (bot/kb/component.py): its hits come with the message."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from actions.article import show
from actions.handover import hand_over_now, understood
from actions.proof import resume
from actions.turn import DeskAction, Events, Turn
from servicedesk.feedback import Verdict

MAX_ARTICLES = 2  # two failed answers are enough: then a person (design.md)
NEXT_BEST = 0.2  # score from which the second article is worth showing


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
        _note(turn, Verdict.SOLVED)
        turn.say("utter_kb_solved")
        resume(turn)
        return [SlotSet("kb_hits", None), SlotSet("question", None), SlotSet("awaiting", None)]


class ActionKbNotSolved(DeskAction):
    action = "action_kb_not_solved"

    def act(self, turn: Turn) -> Events:
        _note(turn, Verdict.NOT_SOLVED)
        hits, following = turn.slot("kb_hits") or [], int(turn.slot("kb_next") or 0)
        more = hits[following:MAX_ARTICLES]
        if (
            more
            and float(more[0].get("score") or 0.0) >= NEXT_BEST
            and show(turn, more[0], intro="utter_kb_next")
        ):
            return [SlotSet("kb_next", float(following + 1))]
        return offer_person(turn, "utter_kb_no_more")


def answer_from(turn: Turn, question: str, hits: list[dict[str, Any]]) -> Events:
    """Show the best article for the question, or say that there is none; remember what may come next."""
    remember = [
        SlotSet("question", question),
        SlotSet("understood", understood(turn)),
        SlotSet("kb_hits", hits),
        SlotSet("fallbacks", 0.0),
    ]
    if hits and show(turn, hits[0]):
        _note(turn, Verdict.SHOWN, hit=hits[0], question=question)
        resume(turn)
        return [*remember, SlotSet("kb_next", 1.0), SlotSet("awaiting", "kb_feedback")]
    _note(turn, Verdict.UNANSWERED, question=question)
    offered = offer_person(turn, "utter_kb_unknown")
    resume(turn)
    return [*remember, *offered]


def offer_person(turn: Turn, response: str) -> Events:
    turn.say(response)
    return [SlotSet("awaiting", "person")]


def decline_feedback(turn: Turn) -> Events:
    """A typed "no" after an article: it did not help."""
    return ActionKbNotSolved(turn.services).act(turn)


def accept_person(turn: Turn) -> Events:
    if turn.slot("kb_hits"):
        _note(turn, Verdict.PERSON)
    return hand_over_now(turn)


def _note(
    turn: Turn, verdict: Verdict, *, hit: dict[str, Any] | None = None, question: str | None = None
) -> None:
    if hit is None:
        hits, following = turn.slot("kb_hits") or [], int(turn.slot("kb_next") or 0)
        hit = (
            hits[following - 1] if 0 < following <= len(hits) and verdict is not Verdict.UNANSWERED else None
        )
    turn.services.feedback.record(
        conversation=turn.conversation.id,
        language=turn.language,
        question=question or turn.slot("question") or "",
        article=hit["id"] if hit else None,
        section=int(hit.get("section") or 0) if hit else None,
        verdict=verdict,
    )
