"""An answer to a form's question that is none: nothing to say to this one, or something to add to what was said before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from bot.nlu.form_words import addition, is_skip

NOTHING_TO_SAY = ""  # an answer: the form goes on to its next question
SKIPPED = "-"  # "just send it": of this question and all that would follow


class FormAnswers(FormValidationAction, ABC):
    """Looks at the words before the intent counts, for alone "egal" looks like a cancelled order."""

    added_to: Mapping[
        str, str
    ] = {}  # by the question that is open: the slot that additions go to, if another

    @abstractmethod
    def name(self) -> str: ...

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        found: list[EventType] = await super().get_extraction_events(dispatcher, tracker, domain)
        asked = tracker.get_slot("requested_slot")
        text = str((tracker.latest_message or {}).get("text") or "")
        return [*found, *self._understood(tracker, asked, text)] if asked else found

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        """Whether this text can be seen to answer the question, whatever it looks like to the intent model."""
        return False

    def _understood(self, tracker: Tracker, asked: str, text: str) -> list[EventType]:
        if is_skip(text):
            return [SlotSet(asked, NOTHING_TO_SAY)]
        added = addition(text)
        if added is None:
            return [SlotSet(asked, text)] if self.tells(tracker, asked, text) else []
        slot = self.added_to.get(asked, asked)
        if slot == asked:
            return [SlotSet(asked, added)]
        before = tracker.get_slot(slot)
        said = [before] if before and before != "-" else []
        return [SlotSet(asked, None), SlotSet(slot, "\n".join([*said, added]))]
