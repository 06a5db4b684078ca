"""Rasa component: in which language the message is."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.components.message import LANGUAGE, LANGUAGE_CONFIDENCE, metadata_of, words_of
from bot.nlu.language import LANGUAGES, OTHER, LanguageGuess, identify


# No featuriser to Rasa: those must also go through all training examples, for which nobody needs this.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageIdentifier(GraphComponent):
    """Sets `language` (nb, sv, de, en or other) and `language_confidence`.

    In a dialogue the connector has decided already, knowing the conversation: its word stands.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
        # The word table is read, or built, now and not at the first message.
        identify("hei")
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = words_of(message)
            if text is None:
                continue
            guess = _decided(metadata_of(message)) or identify(text)
            message.set(LANGUAGE, guess.language, add_to_output=True)
            message.set(LANGUAGE_CONFIDENCE, guess.confidence, add_to_output=True)
        return messages


def _decided(metadata: dict[str, Any]) -> LanguageGuess | None:
    language, confidence = metadata.get(LANGUAGE), metadata.get(LANGUAGE_CONFIDENCE)
    if language not in (*LANGUAGES, OTHER):
        return None
    return LanguageGuess(language, float(confidence) if isinstance(confidence, (int, float)) else 1.0)
