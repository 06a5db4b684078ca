"""What the handover and an order have in common: facts are asked for until enough is known, then the case is shown."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import case_facts, preview, suspicion
from actions.article import Asides
from actions.case_facts import SLOT, CaseFacts
from actions.form_answers import NOTHING_TO_SAY, SKIPPED, FormAnswers
from actions.preview_named import objections
from actions.preview_words import commands, is_send
from actions.turn import SURE, Turn, services_of_this_process, turn_of

# Wishes that leave a form where they are sure; "it is a bit urgent" is not one for the status of a ticket.
LEAVING: Final = ("ticket_status", "help", "bot_challenge")


class FactsForm(Asides, FormAnswers):
    """A question in the middle is answered, "just send it" ends the questions."""

    slots: ClassVar[tuple[str, ...]]  # in the order in which they are asked, the preview last
    fact_slots: ClassVar[tuple[str, ...]]  # those that ask for facts; set once nothing is left to ask

    @abstractmethod
    def facts(self, turn: Turn) -> CaseFacts:
        """As they stand."""

    @abstractmethod
    def asking(self, turn: Turn, facts: CaseFacts, slot: str) -> CaseFacts:
        """With the next question of this slot open, if there is one."""

    @abstractmethod
    def lines(self, turn: Turn, facts: CaseFacts) -> list[preview.Line]:
        """What the preview shows."""

    @abstractmethod
    def not_needed(self, turn: Turn) -> set[str]:
        """Slots that are not asked for."""

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        policy = services_of_this_process().handover.facts
        # What the case is about is no answer yet: there a report, or distress, is one from the usual chance on.
        message = tracker.latest_message or {}
        statement = not text.startswith("/") and not policy.is_question(text)
        open_facts = (tracker.get_slot(SLOT) or {}).get("asked") or ()
        mere = suspicion.is_mere(message, open_facts)
        if asked != self.slots[0] and (mere or (statement and _is_unsure(message))):
            return True
        if asked == self.slots[-1] and (commands(text) or self._objects(tracker, text)):
            return True  # "2: since Tuesday"
        intent = ((tracker.latest_message or {}).get("intent") or {}).get("name")
        asks_why = intent == "help" and policy.asks_why(text)  # "why do you ask?" is no wish for our menu
        if asked not in (*self.fact_slots, self.slots[-1]):
            return False
        return (asks_why and asked in self.fact_slots) or case_facts.tells(tracker, policy, text)

    def _objects(self, tracker: Tracker, text: str) -> bool:
        """Whether this takes back a line that is shown; an alarm or "cancel" goes first, whatever it is about."""
        intent = ((tracker.latest_message or {}).get("intent") or {}).get("name")
        if intent in case_facts.NEVER_AN_ANSWER or text.startswith("/"):
            return False
        turn = self.turn(tracker, CollectingDispatcher())
        return bool(objections(text, preview.named(self.lines(turn, self.facts(turn)))))

    def adding(
        self, tracker: Tracker, dispatcher: CollectingDispatcher, asked: str, text: str
    ) -> list[EventType]:
        if asked in (*self.fact_slots, self.slots[-1]):
            return super().adding(tracker, dispatcher, asked, text)
        turn = self.turn(tracker, dispatcher)
        return [SlotSet(asked, None), self.facts(turn).with_added(text).remembered]

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Only what nobody has told."""
        not_needed = await asyncio.to_thread(lambda: self.not_needed(self.turn(tracker, dispatcher)))
        return [slot for slot in domain_slots if slot not in not_needed]

    async def validated_facts(
        self, slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        if value is None or tracker.get_slot("requested_slot") != slot:
            return {slot: value}  # filled in where nothing is asked
        if value == SKIPPED or is_send(str(value)):
            return self.rest_skipped(slot)
        if str(value).startswith("/") or await self.is_aside(dispatcher, tracker):
            return {slot: None}  # a button of another message, or a question of its own
        return await asyncio.to_thread(self._answered, slot, str(value), tracker, dispatcher)

    async def validated_preview(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        read: Callable[[str], dict[str, Any]] = partial(self.previewed, tracker, dispatcher)
        return await preview.validated(self.slots[-1], value, tracker, read)

    def previewed(self, tracker: Tracker, dispatcher: CollectingDispatcher, answer: str) -> dict[str, Any]:
        turn = self.turn(tracker, dispatcher)
        facts = self.facts(turn)
        return preview.answered(turn, facts, self.lines(turn, facts), answer, self.slots[-1])

    def rest_skipped(self, current: str) -> dict[str, Any]:
        """The questions from the current one on, where its answer was "just send it": what was said before stays."""
        return dict.fromkeys(self.slots[self.slots.index(current) :], SKIPPED)

    def _answered(
        self, slot: str, value: str, tracker: Tracker, dispatcher: CollectingDispatcher
    ) -> dict[str, Any]:
        turn = self.turn(tracker, dispatcher)
        facts = self._with(turn, self.facts(turn), value)
        open_ = self.asking(turn, facts, slot).asked
        return {slot: None if open_ else NOTHING_TO_SAY, SLOT: facts.plain}

    def _with(self, turn: Turn, facts: CaseFacts, value: str) -> CaseFacts:
        if value == NOTHING_TO_SAY:
            said = turn.typed or turn.label("dont_know")  # the button says nothing else
            known = turn.services.handover.facts.is_not_known(said)
            return case_facts.answered(turn, facts, said) if known else case_facts.skipped(facts)
        if case_facts.asks_back(turn, facts, value):
            return case_facts.asked_back(facts, value)
        return case_facts.answered(turn, facts, value)

    def turn(self, tracker: Tracker, dispatcher: CollectingDispatcher) -> Turn:
        return turn_of(tracker, dispatcher, services_of_this_process())


def _is_unsure(message: Mapping[str, Any]) -> bool:
    taken_for = message.get("intent") or {}
    return taken_for.get("name") in LEAVING and float(taken_for.get("confidence") or 0.0) < SURE
