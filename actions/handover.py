"""Handing over to L1: at most three questions, each skippable, then a case with a reference at once."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import VERDICT
from actions.article import Asides, note
from actions.desk_action import DeskAction
from actions.form_answers import FormAnswers
from actions.matter import matter_of, over
from actions.turn import Events, Turn, services_of_this_process, turn_of
from bot.nlu.form_words import can_work
from servicedesk.cases import CaseRequest
from servicedesk.errors import Tier0Error
from servicedesk.feedback import Verdict
from servicedesk.ticketing.port import Impact, Urgency

logger = logging.getLogger(__name__)

SKIPPED = "-"
HANDOVER_SLOTS = ("handover_problem", "handover_details", "handover_contact", "handover_urgency")
WORDS_THAT_TELL = 7  # "I want to talk to a person" says nothing yet; a longer wish carries its reason

# What the urgency button says, as impact and urgency. "Several of us are stuck" is the one case where others matter.
BLOCKED: dict[str, tuple[Impact, Urgency]] = {
    "1": (Impact.PERSON, Urgency.CANNOT_WORK),
    "2": (Impact.PERSON, Urgency.HINDERED),
    "3": (Impact.PERSON, Urgency.CAN_WAIT),
    "team": (Impact.TEAM, Urgency.CANNOT_WORK),
}
URGENCY_OF = {"no": "1", "can_wait": "3"}  # what is typed instead


class ActionPrepareHandover(DeskAction):
    """Fills in what the employee has already said, so that nobody is asked twice."""

    action, opens_form = "action_prepare_handover", True

    def act(self, turn: Turn) -> Events:
        matter = matter_of(turn)
        if matter.shown and turn.slot("awaiting") == VERDICT:
            note(turn, Verdict.PERSON, matter.shown, question=matter.question)
        return prepared(turn)


class ActionHandOver(DeskAction):
    action = "action_hand_over"

    def act(self, turn: Turn) -> Events:
        problem = _said(turn, "handover_problem")
        impact, urgency = BLOCKED.get(str(turn.slot("handover_urgency")), (Impact.PERSON, Urgency.HINDERED))
        answers = {
            **matter_of(turn).answers,
            "Says to be, reach at (NOT verified)": _said(turn, "handover_contact"),
            "Since when, which device, error text": _said(turn, "handover_details"),
            "Can the person work in the meantime": _in_words(turn),
        }
        reference = open_case(
            turn,
            words=problem,
            reason="asked for a person",
            answers={question: answer for question, answer in answers.items() if answer},
            impact=impact,
            urgency=urgency,
        )
        if reference:
            # A person has it now: the code that was waited for is no longer wanted.
            turn.services.verification.cancel(turn.conversation.id)
            if turn.conversation.account:
                turn.services.links.void_all(turn.conversation.account)
            turn.say("utter_handed_over", reference=reference, group=turn.services.cases.group_of(reference))
        done = [
            SlotSet("awaiting", None),
            SlotSet("fallbacks", 0.0),
            SlotSet("question", None),
            over(),
        ]
        return [*forget(HANDOVER_SLOTS), *done, SlotSet("understood", None)]


class AskHandoverProblem(DeskAction):
    action = "action_ask_handover_form_handover_problem"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_problem")
        return []


class AskHandoverDetails(DeskAction):
    action = "action_ask_handover_form_handover_details"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_details")
        return []


class AskHandoverContact(DeskAction):
    action = "action_ask_handover_form_handover_contact"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_contact")
        return []


class AskHandoverUrgency(DeskAction):
    action = "action_ask_handover_form_handover_urgency"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_urgency")
        return []


class ValidateHandoverForm(Asides, FormAnswers):
    """A question in the middle is answered, "just send it" ends the questions."""

    added_to = dict.fromkeys(("handover_contact", "handover_urgency"), "handover_details")

    def name(self) -> str:
        return "validate_handover_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Who it is is asked only where the channel does not prove it."""
        if await asyncio.to_thread(_is_proven, tracker, dispatcher):
            return [slot for slot in domain_slots if slot != "handover_contact"]
        return domain_slots

    def validate_handover_contact(self, value: Any, *turn: Any) -> dict[str, Any]:
        return {**rest_skipped(value, HANDOVER_SLOTS, "handover_contact"), "handover_contact": value}

    def validate_handover_problem(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        skipped = rest_skipped(value, HANDOVER_SLOTS, "handover_problem")
        return {**skipped, "handover_problem": value, **({} if skipped else _understood_of(tracker))}

    async def validate_handover_details(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        aside = await self.is_aside(dispatcher, tracker)
        return {
            **rest_skipped(value, HANDOVER_SLOTS, "handover_details"),
            "handover_details": None if aside else value,
        }

    async def validate_handover_urgency(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        aside = await self.is_aside(dispatcher, tracker)
        return {"handover_urgency": None if aside else _typed_urgency(value)}


def _typed_urgency(value: Any) -> Any:
    """What a button would have said, where the words say it too."""
    return URGENCY_OF.get(can_work(str(value)) or "", value)


def prepared(turn: Turn) -> Events:
    """The problem as far as it is known: the wish for a person itself, or what was talked about just before."""
    own = turn.typed if len(turn.typed.split()) > WORDS_THAT_TELL else None
    known = own or _stuck_proof(turn) or turn.slot("question")
    events: Events = [ActiveLoop(None), *forget(HANDOVER_SLOTS), SlotSet("awaiting", None)]
    if known:
        events.append(SlotSet("handover_problem", known))
    if own or not turn.slot("understood"):
        events.append(SlotSet("understood", understood(turn)))
    return events


def _stuck_proof(turn: Turn) -> str | None:
    """Somebody who asks for a person while a code is waited for cannot get at the code."""
    view = turn.services.verification.state(turn.conversation.id)
    if view is None or view.state != "open":
        return None
    return f"{turn.label('no_factor')}: {turn.label(f'purpose_{view.purpose}')}"


def understood(turn: Turn) -> dict[str, Any]:
    """What was made of the message, for L1 to see."""
    return {"intent": turn.intent, "confidence": round(turn.confidence, 2), "entities": turn.entities()}


def hand_over_now(turn: Turn) -> Events:
    """Start the handover from within another action; from a shared room it goes on in the private chat (S1)."""
    if not turn.conversation.private:
        turn.say("utter_go_private", payload="/talk_to_human")
        return [SlotSet("awaiting", None)]
    return [*prepared(turn), FollowupAction("handover_form")]


def open_case(
    turn: Turn,
    *,
    reason: str,
    words: str | None = None,
    kind: str | None = None,
    category: str | None = None,
    answers: dict[str, str] | None = None,
    impact: Impact | None = None,
    urgency: Urgency | None = None,
) -> str | None:
    """The new case's reference, or None after telling the employee that nothing could be saved.

    The same turn opens the same case, however often it is tried (F7)."""
    understood = turn.slot("understood") or {}
    request = CaseRequest(
        conversation=turn.conversation.id,
        key=f"{turn.key}:{kind or 'case'}",
        language=turn.language,
        words=words or turn.typed or turn.slot("question") or "",
        reason=reason,
        kind=kind,
        category=category,
        intent=str(understood.get("intent") or turn.intent),
        confidence=float(understood.get("confidence") or turn.confidence),
        entities={**(understood.get("entities") or {}), **turn.entities()},
        answers=answers or {},
        impact=impact,
        urgency=urgency,
    )
    try:
        return turn.services.cases.open(request).reference
    except Tier0Error:
        logger.exception("a case could not be saved")
        turn.say("utter_case_not_saved")
        return None


def _understood_of(tracker: Tracker) -> dict[str, Any]:
    """The problem decides the category, not what was said after it."""
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    entities = {str(each.get("entity")): str(each.get("value")) for each in message.get("entities") or ()}
    confidence = round(float(intent.get("confidence") or 0.0), 2)
    return {"understood": {"intent": intent.get("name"), "confidence": confidence, "entities": entities}}


def _is_proven(tracker: Tracker, dispatcher: CollectingDispatcher) -> bool:
    return turn_of(tracker, dispatcher, services_of_this_process()).conversation.proven


def rest_skipped(value: Any, slots: tuple[str, ...], current: str) -> dict[str, Any]:
    """The questions from the current one on, where its answer was "just send it": what was said before stays."""
    return dict.fromkeys(slots[slots.index(current) :], SKIPPED) if value == SKIPPED else {}


def forget(slots: tuple[str, ...]) -> Events:
    return [SlotSet(slot, None) for slot in slots]


def _said(turn: Turn, slot: str) -> str:
    value = turn.slot(slot)
    return "" if value in (None, SKIPPED) else str(value)


def _in_words(turn: Turn) -> str:
    value = _said(turn, "handover_urgency")
    return turn.label(f"urgency_{value}") if value in BLOCKED else value
