"""Rasa component: which articles may answer the message."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.kb.cache import Vector
from bot.kb.languages import LANGUAGES
from bot.kb.search import KnowledgeBase
from bot.nlu.embeddings import engine_name

logger = logging.getLogger(__name__)

ARTICLES = "articles"
_MOST = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class ArticleSearch(GraphComponent):
    """Sets `articles` on a message: at most five of {id, language, title, score, section}, best first.

    Nothing is learned from the training data: training only computes the articles' embeddings into the cache,
    so that the server starts at once. Articles changed later are picked up by the running server.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"articles_dir": "kb_articles", "cache_dir": "var/cache"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        for name in cls.get_default_config():
            if name in config and not (isinstance(config[name], str) and config[name]):
                raise InvalidConfigException(f"ArticleSearch: '{name}' must be the path of a folder")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Another engine needs vectors of its own; Rasa does not see it."""
        return engine_name()

    def __init__(
        self, base: KnowledgeBase | None, config: dict[str, Any], resource: Resource, storage: ModelStorage
    ) -> None:
        self._base = base
        self._config = config
        self._resource = resource
        self._storage = storage

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ArticleSearch:
        cls.validate_config(config)
        return cls(None, config, resource, model_storage)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ArticleSearch:
        cls.validate_config(config)
        return cls(_open(config, wait=False), config, resource, model_storage)

    def train(self, training_data: TrainingData) -> Resource:
        base = _open(self._config, wait=True)
        with self._storage.write_to(self._resource) as folder:
            # Rasa caches a component only when it has stored something.
            ids = sorted({article.id for article in base.articles}) if base else []
            Path(folder, "articles.json").write_text(json.dumps(ids), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str) and text and not text.startswith("/"):
                message.set(ARTICLES, self._find(message, text), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _find(self, message: Message, text: str) -> list[dict[str, Any]]:
        language = message.get("language")
        if self._base is None or language not in LANGUAGES:
            return []
        try:
            hits = self._base.search(text, language, vector=_vector(message), limit=_MOST)
        except Exception:
            # The employee's message is understood without articles too.
            logger.exception("article search failed")
            return []
        return [
            {
                "id": hit.id,
                "language": hit.language,
                "title": hit.title,
                "score": hit.score,
                "section": hit.section,
            }
            for hit in hits
        ]


def _open(config: dict[str, Any], *, wait: bool) -> KnowledgeBase | None:
    settings = {**ArticleSearch.get_default_config(), **config}
    try:
        return KnowledgeBase.open(Path(settings["articles_dir"]), Path(settings["cache_dir"]), wait=wait)
    except Exception:
        # A server without articles still resets passwords and opens tickets.
        logger.exception("the knowledge base could not be opened")
        return None


def _vector(message: Message) -> Vector | None:
    vector = message.get("sentence_embedding")
    return np.asarray(vector, np.float32) if vector is not None else None
