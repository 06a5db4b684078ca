"""The Rasa component: articles on a message, and never a broken parse."""

from __future__ import annotations

import inspect
import json
import typing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.kb import encoder as encoders
from bot.kb import search as searches
from bot.kb.component import ArticleSearch
from bot.kb.ranking import Ranking
from tests.bot.kb.conftest import BrokenEncoder, WordEncoder


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    (tmp_path / "model").mkdir()
    return LocalModelStorage(tmp_path / "model")


@pytest.fixture
def config(articles_dir: Path, cache_dir: Path) -> dict[str, Any]:
    return {"articles_dir": str(articles_dir), "cache_dir": str(cache_dir)}


@pytest.fixture
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), "test")


@pytest.fixture(autouse=True)
def engine(encoder: WordEncoder, ranking: Ranking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "shared_encoder", lambda: encoder)
    monkeypatch.setattr(searches, "load", lambda: ranking)


@pytest.fixture
def component(config: dict[str, Any], storage: LocalModelStorage, context: ExecutionContext) -> ArticleSearch:
    resource = Resource("ArticleSearch")
    ArticleSearch.create(config, storage, resource, context).train(TrainingData())
    return ArticleSearch.load(config, storage, resource, context)


def _message(text: str, **more: Any) -> Message:
    return Message({"text": text, "language": "en", **more})


def test_a_message_gets_at_most_three_articles_in_the_output(component: ArticleSearch) -> None:
    message = component.process([_message("cannot add a printer")])[0]
    first = message.get("articles")[0]
    assert first.keys() == {"id", "language", "title", "score", "section"}
    assert (first["id"], first["language"], first["section"]) == ("printer-add", "en", 1)
    assert len(message.get("articles")) <= 3
    assert "articles" in message.output_properties
    json.dumps(message.get("articles"))


def test_the_messages_own_vector_is_used(component: ArticleSearch, encoder: WordEncoder) -> None:
    vector = encoder.query(["printer"])[0]
    encoder.texts.clear()
    component.process([_message("cannot add a printer", sentence_embedding=vector)])
    assert encoder.texts == []


@pytest.mark.parametrize("text", ["/affirm", "/", ""])
def test_buttons_are_passed_over(component: ArticleSearch, text: str) -> None:
    assert component.process([_message(text)])[0].get("articles") is None


@pytest.mark.parametrize("language", ["other", None, "fi"])
def test_other_languages_get_an_empty_list(component: ArticleSearch, language: str | None) -> None:
    assert component.process([_message("cannot add a printer", language=language)])[0].get("articles") == []


def test_a_message_without_text_is_left_alone(component: ArticleSearch) -> None:
    assert component.process([Message({"intent": "greet"})])[0].get("articles") is None


@pytest.mark.parametrize("vector", [np.zeros(3, np.float32), "no vector", np.full(384, np.nan, np.float32)])
def test_a_failing_search_does_not_break_the_parse(component: ArticleSearch, vector: object) -> None:
    message = component.process([_message("cannot add a printer", sentence_embedding=vector)])[0]
    assert isinstance(message.get("articles"), list)


def test_a_broken_engine_leaves_the_words(
    config: dict[str, Any],
    storage: LocalModelStorage,
    context: ExecutionContext,
    broken_encoder: BrokenEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoders, "shared_encoder", lambda: broken_encoder)
    component = ArticleSearch.load(config, storage, Resource("x"), context)
    assert component.process([_message("cannot add a printer")])[0].get("articles")[0]["id"] == "printer-add"


def test_a_missing_folder_gives_an_empty_list(
    cache_dir: Path, storage: LocalModelStorage, context: ExecutionContext, tmp_path: Path
) -> None:
    config = {"articles_dir": str(tmp_path / "none"), "cache_dir": str(cache_dir)}
    component = ArticleSearch.load(config, storage, Resource("x"), context)
    assert component.process([_message("cannot add a printer")])[0].get("articles") == []


def test_training_fills_the_cache(component: ArticleSearch, encoder: WordEncoder) -> None:
    assert encoder.texts
    encoder.texts.clear()
    component.process([_message("printer")])
    assert encoder.texts == ["printer"]


@pytest.mark.parametrize("value", ["", None, 3])
def test_a_wrong_setting_is_refused(value: object) -> None:
    with pytest.raises(InvalidConfigException, match="articles_dir"):
        ArticleSearch.validate_config({"articles_dir": value})


@pytest.mark.parametrize("name", ["create", "load", "train", "process", "process_training_data"])
def test_rasa_finds_the_types_that_it_needs(name: str) -> None:
    method = getattr(ArticleSearch, name)
    hints = typing.get_type_hints(method)
    needed = [
        parameter for parameter in inspect.signature(method).parameters if parameter not in ("self", "kwargs")
    ]
    assert "return" in hints
    assert set(needed) <= hints.keys()
