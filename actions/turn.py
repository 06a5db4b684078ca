"""One turn of a conversation, as an action sees it.

What is true about the person comes from the store, by the conversation's id (S1, S9); the tracker tells only what was
said."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.words import Words
from servicedesk.bootstrap import Services, current_services
from servicedesk.conversations import LANGUAGES, Conversation

logger = logging.getLogger(__name__)

SURE: Final = 0.8  # confidence, from which words are about what they seem to be about
BEYOND_DOUBT: Final = 0.95  # the same where something else is likelier to begin with

Choice = dict[str, str]
Events = list[EventType]


def choice(label_name: str, payload: str, **values: str) -> Choice:
    """A button: its title is the name of a label in responses/, filled with `values`."""
    return {"label": label_name, "payload": payload, **values}


@dataclass(frozen=True, kw_only=True)
class Turn(Words):
    conversation: Conversation
    tracker: Tracker
    dispatcher: CollectingDispatcher
    services: Services

    def say(self, response: str, *, choices: Sequence[Choice] = (), **values: Any) -> None:
        """Reply with a text of responses/ in the employee's language."""
        self.dispatcher.utter_message(
            response=response, choices=list(choices), language=self.language, **values
        )

    def slot(self, name: str) -> Any:
        return self.tracker.get_slot(name)

    @property
    def message(self) -> dict[str, Any]:
        return self.tracker.latest_message or {}

    @property
    def intent(self) -> str:
        return str((self.message.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        return float((self.message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def typed(self) -> str:
        """What the employee wrote about the wish at hand, or "" where a button was pressed or a code came in."""
        return str(self.message.get("wish") or self.whole_message)

    @property
    def whole_message(self) -> str:
        """All that the employee wrote in the newest message, other wishes included; "" as above."""
        text = str(self.message.get("text") or "")
        return "" if text.startswith("/") else text

    @property
    def is_first(self) -> bool:
        """Whether this is the first action after the message: inside a form, the form itself is."""
        return self.tracker.latest_action_name in (None, "action_listen")

    @property
    def articles(self) -> list[dict[str, Any]]:
        """What the knowledge base found for the newest message, best first."""
        return list(self.message.get("articles") or ())

    @property
    def key(self) -> str:
        """The same for a message and its redelivery: makes what this turn does happen once (F11)."""
        metadata = self.message.get("metadata") or {}
        return f"{self.conversation.id}:{metadata.get('key') or self.message.get('message_id')}"

    def entity(self, name: str) -> str | None:
        """The value of the message's first entity of this name."""
        for entity in self.message.get("entities") or ():
            if entity.get("entity") == name:
                return str(entity.get("value"))
        return None

    def entities(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for entity in self.message.get("entities") or ():
            found.setdefault(str(entity.get("entity")), str(entity.get("value")))
        return found


def services_of_this_process() -> Services:
    return current_services()


def turn_of(tracker: Tracker, dispatcher: CollectingDispatcher, services: Services) -> Turn:
    """Raises StoreUnavailable."""
    conversation = services.conversations.get(tracker.sender_id) or _stranger(tracker, services)
    said = ((tracker.latest_message or {}).get("metadata") or {}).get("language")
    # A language that was chosen a moment ago counts before the one that the message came in.
    order = (conversation.language, said) if conversation.language_chosen else (said, conversation.language)
    language = next((known for known in order if known in LANGUAGES), "en")
    return Turn(
        conversation=conversation,
        language=language,
        tracker=tracker,
        dispatcher=dispatcher,
        services=services,
    )


def _stranger(tracker: Tracker, services: Services) -> Conversation:
    """Somebody on a channel that is not ours (`rasa shell`, say): nothing is proven."""
    opened = services.conversations.open(
        channel=(tracker.get_latest_input_channel() or "unknown")[:16],
        tenant="",
        channel_user=tracker.sender_id,
        account=None,
        private=False,
    )
    logger.warning("a message came over a channel that proves nothing: %s", opened.channel)
    return opened
