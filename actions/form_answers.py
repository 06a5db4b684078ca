"""An answer to a form's question that is none: nothing to say to this one, or something to add to what was said before."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from bot.nlu.form_words import addition, is_skip

NOTHING_TO_SAY = ""  # an answer: the form goes on to its next question
SKIPPED = "-"  # "just send it": of this question and all that would follow
PASSES = ("/handover_answer", "/request_answer")  # the button that has nothing to say to this question


class FormAnswers(FormValidationAction, ABC):
    """Looks at the words before the intent counts, for alone "egal" looks like a cancelled order."""

    @abstractmethod
    def name(self) -> str: ...

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """A button of another message is no answer in words: it does what it does, and the form asks again."""
        asked = tracker.get_slot("requested_slot")
        text = str((tracker.latest_message or {}).get("text") or "")
        if asked and text.startswith("/") and tracker.get_slot(asked) == text:
            return [SlotSet(asked, None), ActionExecutionRejected(self.form_name())]
        events: list[EventType] = await super().run(dispatcher, tracker, domain)
        return events

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        found: list[EventType] = await super().get_extraction_events(dispatcher, tracker, domain)
        asked = tracker.get_slot("requested_slot")
        text = str((tracker.latest_message or {}).get("text") or "")
        if not asked:
            return found
        return [*found, *await asyncio.to_thread(self._understood, tracker, dispatcher, asked, text)]

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        """Whether this text can be seen to answer the question, whatever it looks like to the intent model."""
        return False

    def adding(
        self, tracker: Tracker, dispatcher: CollectingDispatcher, asked: str, text: str
    ) -> list[EventType]:
        """Where this text goes that shall be added, with this question open."""
        return [SlotSet(asked, text)]

    def _understood(
        self, tracker: Tracker, dispatcher: CollectingDispatcher, asked: str, text: str
    ) -> list[EventType]:
        if is_skip(text) or text in PASSES:
            return [SlotSet(asked, NOTHING_TO_SAY)]
        added = addition(text)
        if added is not None:
            return self.adding(tracker, dispatcher, asked, added)
        return [SlotSet(asked, text)] if self.tells(tracker, asked, text) else []
