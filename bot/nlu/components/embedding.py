"""Rasa component: the message's embedding, once for all that need it."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import wishes
from bot.nlu.components.message import LANGUAGE, VECTOR, words_of
from bot.nlu.embeddings import SentenceEncoder, shared_encoder


# No featuriser to Rasa: those must also go through all training examples, for which nobody needs this.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SentenceEmbedding(GraphComponent):
    """Sets `sentence_embedding` (float32, 384), for the components behind it; it is not in the answer.

    Where a message may hold two wishes its parts will be asked about, too: they are embedded beside it, on the other
    core, and the encoder remembers them.
    """

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        return cls(shared_encoder())

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = words_of(message)
            if text is not None:
                parts = wishes.texts_of_parts(text, message.get(LANGUAGE, "en"))
                message.set(VECTOR, self._encoder.query([text, *parts])[0])
        return messages
