"""Handing over to L1: at most three questions, each skippable, a look at what is sent, then a case with a reference."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import case_facts, complaints, late_facts, preview, repeated, suspicion
from actions.answers import VERDICT
from actions.article import note
from actions.case_facts import CaseFacts
from actions.desk_action import DeskAction
from actions.facts_form import FactsForm
from actions.form_answers import NOTHING_TO_SAY, SKIPPED
from actions.handover_begun import because, prepared, understood_of
from actions.handover_case import (
    BLOCKED,
    asking,
    basis_of,
    category_of,
    facts_of,
    lines_of,
    typed_urgency,
    urgency_in_words,
    urgency_of,
)
from actions.matter import matter_of, over
from actions.opened_case import open_case, seen
from actions.opening import opening
from actions.preview_words import commands
from actions.problem import WORDS_THAT_TELL
from actions.said import was_said
from actions.slots import BECAUSE, HANDOVER_SLOTS, forget, said
from actions.turn import Events, Turn, services_of_this_process
from servicedesk.feedback import Verdict
from servicedesk.handover.packet import CONTACT, Source

FACTS = case_facts.SLOT
FORM = "handover_form"


class ActionPrepareHandover(DeskAction):
    """Fills in what the employee has already said, so that nobody is asked twice."""

    action, opens_form = "action_prepare_handover", True

    def act(self, turn: Turn) -> Events:
        if turn.tracker.active_loop_name == FORM and said(turn, "handover_problem"):
            return _already_on_its_way(turn)
        matter = matter_of(turn)
        if matter.shown and turn.slot("awaiting") == VERDICT:
            note(turn, Verdict.PERSON, matter.shown, question=matter.question)
        events = prepared(turn)
        return repeated.asked(turn, events) or events


class ActionHandOver(DeskAction):
    action = "action_hand_over"

    def act(self, turn: Turn) -> Events:
        problem, facts = said(turn, "handover_problem"), facts_of(turn)
        if turn.slot("handover_preview") == repeated.AWAITING:
            return [*forget(HANDOVER_SLOTS[1:]), *repeated.ask_after_form(turn, problem)]
        impact, urgency = BLOCKED.get(urgency_of(turn, facts), (None, None))
        answers = {
            **matter_of(turn).answers,
            CONTACT: said(turn, "handover_contact"),
            "Can the person work in the meantime": urgency_in_words(turn, facts),
        }
        was_seen = seen(turn, "handover_preview")
        case = open_case(
            turn,
            words=problem,
            category=category_of(turn).id,
            because=because(turn),
            facts=facts,
            answers={question: answer for question, answer in answers.items() if answer},
            seen=was_seen,
            impact=impact,
            urgency=urgency,
            urgency_from=basis_of(turn, facts),
        )
        asked: Events = []
        if case:
            # A person has it now: the code that was waited for is no longer wanted.
            turn.services.verification.cancel(turn.conversation.id)
            if turn.conversation.account:
                turn.services.links.void_all(turn.conversation.account)
            turn.say(
                "utter_handed_over",
                reference=case.reference,
                group=case.assignment_group,
                opening=opening(turn, case.opens_at),
            )
            asked = late_facts.ask(turn, case, facts, was_seen)
        done = [
            SlotSet("awaiting", None),
            SlotSet("fallbacks", 0.0),
            SlotSet("question", None),
            SlotSet(BECAUSE, None),
            over(),
        ]
        return [*forget((*HANDOVER_SLOTS, FACTS)), *done, SlotSet("understood", None), *asked]


class AskHandoverProblem(DeskAction):
    action = "action_ask_handover_form_handover_problem"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_problem")
        return []


class AskHandoverDetails(DeskAction):
    action = "action_ask_handover_form_handover_details"

    def act(self, turn: Turn) -> Events:
        facts = asking(turn, facts_of(turn))
        before, question = case_facts.introduction(turn, facts), case_facts.question(turn, facts)
        choices = suspicion.way_out(turn)
        if category_of(turn).id == complaints.CATEGORY:
            if not facts.before and not was_said(turn, "utter_complaint"):
                before = turn.label("complaint_first")
            if complaints.WHICH not in facts.told:
                choices = [*complaints.case_choices(turn), *choices]
        turn.say("utter_ask_handover_details", before=before, question=question, choices=choices)
        return [facts.remembered]


class AskHandoverContact(DeskAction):
    action = "action_ask_handover_form_handover_contact"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_contact")
        return []


class AskHandoverUrgency(DeskAction):
    action = "action_ask_handover_form_handover_urgency"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_urgency", choices=suspicion.way_out(turn))
        return []


class AskHandoverPreview(DeskAction):
    action = "action_ask_handover_form_handover_preview"

    def act(self, turn: Turn) -> Events:
        facts = facts_of(turn)
        preview.show(turn, facts, lines_of(turn, facts), group=category_of(turn).assignment_group)
        return [facts.remembered]


class ValidateHandoverForm(FactsForm):
    slots, fact_slots = HANDOVER_SLOTS, ("handover_details",)

    def name(self) -> str:
        return "validate_handover_form"

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        """ "It can wait" cancels nothing here, and whoever wants to be called by a person has said what they want."""
        if complaints.asks_wish(tracker, asked) and not text.startswith("/"):
            mere = suspicion.is_mere(tracker.latest_message or {})
            return mere or _intent(tracker) not in case_facts.NEVER_AN_ANSWER
        policy = services_of_this_process().handover.facts
        said = asked == "handover_urgency" and policy.urgency_of(text)
        return bool(said) or super().tells(tracker, asked, text)

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """The button of one of their cases tells which one a complaint is about."""
        found = await super().get_extraction_events(dispatcher, tracker, domain)
        if tracker.get_slot("requested_slot") != "handover_details":
            return found
        case = await asyncio.to_thread(complaints.chosen, self.turn(tracker, dispatcher))
        return found if case is None else [*found, SlotSet("handover_details", NOTHING_TO_SAY)]

    def _with(self, turn: Turn, facts: CaseFacts, value: str) -> CaseFacts:
        """ "Are you reading this? Ring me!" is what the person wants, all of it, and no question to be put off."""
        if facts.asked == (complaints.WISH,) and value != NOTHING_TO_SAY:
            return case_facts.answered(turn, facts, value).with_told({complaints.WISH: value}, Source.ASKED)
        return super()._with(turn, facts, value)

    def facts(self, turn: Turn) -> CaseFacts:
        return facts_of(turn)

    def asking(self, turn: Turn, facts: CaseFacts, slot: str) -> CaseFacts:
        return asking(turn, facts)

    def lines(self, turn: Turn, facts: CaseFacts) -> list[preview.Line]:
        return lines_of(turn, facts)

    def not_needed(self, turn: Turn) -> set[str]:
        """Who it is is asked only where the channel does not prove it."""
        slots = {"handover_contact"} if turn.conversation.proven else set()
        if turn.slot("handover_problem") is None:
            return slots
        if category_of(turn).id == complaints.CATEGORY:
            slots.add("handover_urgency")  # "can you work meanwhile" is no answer to a complaint
        facts = facts_of(turn)
        told = {
            "handover_details": not asking(turn, facts).asked,
            "handover_urgency": turn.slot("handover_urgency") is None and facts.urgency,
        }
        return {*slots, *(slot for slot, known in told.items() if known)}

    def validate_handover_contact(self, value: Any, *turn: Any) -> dict[str, Any]:
        return self.rest_skipped("handover_contact") if value == SKIPPED else {"handover_contact": value}

    async def validate_handover_problem(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if tracker.get_slot("requested_slot") != "handover_problem":
            return {"handover_problem": value}  # known already: the newest message is about something else
        if value == SKIPPED:
            return self.rest_skipped("handover_problem")
        again = await asyncio.to_thread(repeated.told_in_form, tracker, dispatcher, str(value))
        ended = {**dict.fromkeys(HANDOVER_SLOTS, SKIPPED), "handover_preview": repeated.AWAITING}
        return {**(ended if again else {}), "handover_problem": value, **understood_of(tracker)}

    async def validate_handover_details(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        turn = self.turn(tracker, dispatcher)
        case = await asyncio.to_thread(complaints.chosen, turn)
        if case is not None:
            facts = facts_of(turn).with_told({complaints.WHICH: case}, Source.ASKED)
            return {"handover_details": None, FACTS: facts.plain}
        return await self.validated_facts("handover_details", value, dispatcher, tracker)

    async def validate_handover_urgency(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if (
            value in (None, NOTHING_TO_SAY, SKIPPED)
            or tracker.get_slot("requested_slot") != "handover_urgency"
        ):
            return {"handover_urgency": value}
        if await self.is_aside(dispatcher, tracker):
            return {"handover_urgency": None}
        return await asyncio.to_thread(self._urgency_read, value, tracker, dispatcher)

    async def validate_handover_preview(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return await self.validated_preview(value, dispatcher, tracker)

    def previewed(self, tracker: Tracker, dispatcher: CollectingDispatcher, answer: str) -> dict[str, Any]:
        turn = self.turn(tracker, dispatcher)
        urgency = turn.services.handover.facts.urgency_of(answer)
        if urgency and len(answer.split()) <= case_facts.SHORT and not commands(answer):
            return {"handover_preview": None, "handover_urgency": urgency}
        slots = super().previewed(tracker, dispatcher, answer)
        if slots.get("handover_urgency"):
            slots["handover_urgency"] = typed_urgency(turn, slots["handover_urgency"])
        return slots

    def _urgency_read(self, value: Any, tracker: Tracker, dispatcher: CollectingDispatcher) -> dict[str, Any]:
        """ "Several of us are stuck" tells who else is affected, too."""
        turn = self.turn(tracker, dispatcher)
        code = typed_urgency(turn, value)
        words = turn.label(f"urgency_{code}") if value in BLOCKED else str(value)
        facts = case_facts.heard(turn, facts_of(turn), words, Source.ASKED, keep=False)
        return {"handover_urgency": code, FACTS: facts.plain}


def _intent(tracker: Tracker) -> str:
    return str(((tracker.latest_message or {}).get("intent") or {}).get("name") or "")


def _already_on_its_way(turn: Turn) -> Events:
    """Who wants a person once more, in the middle of it, begins nothing anew; what they say beside it goes along."""
    more = turn.typed if len(turn.typed.split()) > WORDS_THAT_TELL else ""
    facts = facts_of(turn)
    return [case_facts.heard(turn, facts, more, Source.ADDED, keep=True).remembered] if more else []
