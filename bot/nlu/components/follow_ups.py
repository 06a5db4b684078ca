"""Rasa component: whether the message may go on about the article before it."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import follow_ups
from bot.nlu.components.message import VECTOR, metadata_of, words_of
from bot.nlu.embeddings import DiskCache, SentenceEncoder, engine_name, shared_encoder
from bot.nlu.intent import IntentModel, code_digest, fit

FOLLOW_UP = "follow_up"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FollowUps(GraphComponent):
    """Sets `follow_up` {name, confidence} on short messages of a dialogue that may be about the article before them.

    Learns from bot/nlu/follow_ups/*.yml, not from intents: it never competes with one.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"cache_dir": "var/cache"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What training depends on and Rasa does not see: its own examples, the model's code, the engine."""
        seen = f"{follow_ups.examples()!r} {code_digest()} {inspect.getsource(follow_ups)}"
        return f"{engine_name()} {hashlib.sha256(seen.encode()).hexdigest()}"

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
        encoder: SentenceEncoder | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self._model = model
        self._encoder = encoder or shared_encoder()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FollowUps:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FollowUps:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(Path(folder)))

    def train(self, training_data: TrainingData) -> Resource:
        said = [example for example in training_data.intent_examples if example.get(TEXT)]
        others = follow_ups.others([m.get(TEXT) for m in said], [m.get(INTENT) for m in said])
        told = [*follow_ups.examples(), *((text, follow_ups.NONE) for text in others)]
        texts = [text for text, _ in told]
        cached = DiskCache(self._encoder, Path(self._config["cache_dir"]) / "embeddings.sqlite")
        self._model = fit(texts, [kind for _, kind in told], cached.query(texts))
        with self._storage.write_to(self._resource) as folder:
            self._model.save(Path(folder))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = words_of(message)
            if text and self._model is not None and "channel" in metadata_of(message):
                found = self._read(self._model, text, message.get(VECTOR))
                if found:
                    message.set(FOLLOW_UP, found, add_to_output=True)
        return messages

    def _read(self, model: IntentModel, text: str, vector: Any) -> dict[str, Any] | None:
        if not follow_ups.can_be(text):
            return None
        vectors = self._encoder.query([text]) if vector is None else np.asarray([vector])
        chances = model.probabilities([text], vectors)[0]
        best = int(np.argmax(chances))
        if model.labels[best] == follow_ups.NONE:
            return None
        return {INTENT_NAME_KEY: model.labels[best], PREDICTED_CONFIDENCE_KEY: float(chances[best])}
