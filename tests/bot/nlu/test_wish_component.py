"""One message again of a message and its wishes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rasa import prepare

prepare()

from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402

from bot.nlu.components.embedding import SentenceEmbedding  # noqa: E402
from bot.nlu.components.intent import IntentClassifier  # noqa: E402
from bot.nlu.components.wishes import Wishes  # noqa: E402

RESOURCE = Resource("it")
CONTEXT = ExecutionContext(GraphSchema({}))


class Keywords:
    """Stands for the intent model: sure of what a keyword says."""

    labels = ("password_reset", "service_request", "kb_question", "distress")

    def probabilities(self, texts: list[str], vectors: Any) -> Any:
        import numpy as np

        return np.array([self._chances(text) for text in texts], np.float32)

    @staticmethod
    def _chances(text: str) -> list[float]:
        has = [word in text for word in ("password", "screen", "outlook", "despair")]
        return [(0.97 if found else 0.01) / max(sum(has), 1) for found in has]


class NoVectors:
    engine = "none"

    def query(self, texts: Any) -> list[list[float]]:
        return [[0.0]] * len(texts)


def classifier() -> IntentClassifier:
    return IntentClassifier({}, None, RESOURCE, Keywords(), NoVectors())  # type: ignore[arg-type]


def message(text: str, **data: Any) -> Message:
    return Message(data={"text": text, "metadata": {"channel": "web"}, "language": "en", **data})


def test_a_message_with_one_wish_is_left_as_it_is() -> None:
    read = classifier().process([message("I forgot my password")])
    assert len(read) == 1
    [same] = Wishes().process(read)
    assert same is read[0]
    assert same.get("also") is None
    assert same.get("wish") is None


def test_each_wish_is_read_by_the_components_that_follow() -> None:
    entity = {"entity": "device", "value": "screen", "start": 35, "end": 41}
    text = "I forgot my password, and I need a screen"
    whole, first, second = classifier().process([message(text, entities=[entity])])
    assert [each.get("text") for each in (whole, first, second)] == [
        text,
        "I forgot my password",
        "I need a screen",
    ]
    assert first.get("metadata") == whole.get("metadata"), "or the gate takes it for /model/parse"
    assert (first.get("entities"), second.get("entities")) == ([], [entity])


class Recording(NoVectors):
    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def query(self, texts: Any) -> list[list[float]]:
        self.asked.append(list(texts))
        return super().query(texts)


def test_what_will_be_judged_is_embedded_beside_the_message() -> None:
    encoder = Recording()
    read = SentenceEmbedding(encoder).process([message("I forgot my password, and I need a screen")])  # type: ignore[arg-type]
    IntentClassifier({}, None, RESOURCE, Keywords(), encoder).process(read)  # type: ignore[arg-type]
    together, *later = encoder.asked
    assert together == [read[0].get("text"), "I forgot my password", "I need a screen"]
    assert {text for texts in later for text in texts} == set(together[1:]), "the encoder remembers these"


def test_the_message_is_about_the_first_and_keeps_the_others() -> None:
    read = classifier().process([message("I forgot my password, and I need a screen")])
    read[0].set("articles", [{"id": "for-both", "score": 0.9}])
    read[1].set("articles", [{"id": "password-policy", "score": 0.2}])
    read[2].set("articles", [{"id": "external-monitor", "score": 0.6}])
    [whole] = Wishes().process(read)
    assert whole.get("intent")["name"] == "password_reset"
    assert whole.get("articles") == [{"id": "password-policy", "score": 0.2}]
    assert whole.get("wish") == "I forgot my password"
    [other] = whole.get("also")
    assert (other["text"], other["intent"]) == ("I need a screen", "service_request")
    assert other["articles"] == [{"id": "external-monitor", "score": 0.6}]
    assert 0.9 < other["confidence"] <= 1
    assert {"intent", "intent_ranking", "articles", "wish", "also"} <= whole.output_properties


def test_a_button_is_no_message_with_wishes() -> None:
    read = classifier().process([message("/password_reset and screen")])
    assert Wishes.create({}, None, RESOURCE, CONTEXT).process(read) == read  # type: ignore[arg-type]


def test_distress_is_what_the_message_is_about_wherever_it_stands() -> None:
    read = classifier().process([message("I forgot my password, and I need a screen")])
    read[2].set("intent", {"name": "distress", "confidence": 0.3})
    [whole] = Wishes().process(read)
    assert whole.get("intent") == {"name": "distress", "confidence": 0.3}
    assert [wish["intent"] for wish in whole.get("also")] == ["password_reset"]
    assert whole.get("wish") is None, "it is about all of it"


def test_distress_is_a_chance_beside_the_intents() -> None:
    """Who knows only the contract's intents still gets one of them."""
    [alone] = classifier().process([message("despair")])
    assert alone.get("distress") == pytest.approx(0.97)
    assert "distress" not in {entry["name"] for entry in alone.get("intent_ranking")}
    [beside] = Wishes().process(
        classifier().process([message("I need a new screen, and I despair of it all")])
    )
    assert beside.get("intent")["name"] == "service_request"
    assert beside.get("distress") == pytest.approx(0.97)
    assert beside.get("also") is None


@pytest.mark.parametrize(
    ("other", "found"),
    [("mfa-new-phone", "mobile-email"), ("mobile-email", "email-signature")],
    ids=["found with all words", "found for the other wish"],
)
def test_a_question_that_leans_on_the_other_wish_is_searched_with_all_words(other: str, found: str) -> None:
    read = classifier().process([message("I need a screen, and how do I get outlook on it")])
    read[0].set("articles", [{"id": "mobile-email", "score": 0.8}])
    read[1].set("articles", [{"id": other, "score": 0.9}])
    read[2].set("articles", [{"id": "email-signature", "score": 0.5}])
    [whole] = Wishes().process(read)
    assert whole.get("also")[0]["articles"][0]["id"] == found
