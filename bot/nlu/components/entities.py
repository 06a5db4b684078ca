"""Rasa component: names and numbers in the message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.components.message import LANGUAGE, words_of
from bot.nlu.entities import find
from bot.nlu.language import LANGUAGES


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityRules(GraphComponent):
    """Sets `entities` as Rasa has them. Stands behind the language in the pipeline."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityRules:
        for language in LANGUAGES:
            find("", language)  # builds the pipelines now and not at the first message
        return cls()

    @classmethod
    def required_packages(cls) -> list[str]:
        return ["spacy"]

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = words_of(message)
            if text is None:
                continue
            entities = [
                {
                    "entity": e.kind,
                    "start": e.start,
                    "end": e.end,
                    "value": e.value,
                    "extractor": "EntityRules",
                }
                for e in find(text, message.get(LANGUAGE, "en"))
            ]
            message.set(ENTITIES, entities, add_to_output=True)
        return messages
