"""Each Rasa component of ours on messages, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.rasa import prepare

prepare()

from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.shared.exceptions import InvalidConfigException, RasaException  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402

from bot.nlu.components.embedding import SentenceEmbedding  # noqa: E402
from bot.nlu.components.entities import EntityRules  # noqa: E402
from bot.nlu.components.gate import ConfidenceGate  # noqa: E402
from bot.nlu.components.intent import IntentClassifier  # noqa: E402
from bot.nlu.components.language import LanguageIdentifier  # noqa: E402
from bot.nlu.components.message import VECTOR  # noqa: E402

RESOURCE = Resource("it")
CONTEXT = ExecutionContext(GraphSchema({}))
EXAMPLES = {
    "password_reset": [
        "glemt passord",
        "passordet er utløpt",
        "har glemt passordet mitt",
        "nytt passord takk",
    ],
    "greet": ["hei", "hallo", "god morgen", "heisann"],
    "out_of_scope": ["hva er til lunsj", "hvordan blir været", "fortell en vits", "når får jeg lønn"],
}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def classifier(storage: LocalModelStorage, tmp_path_factory: pytest.TempPathFactory) -> IntentClassifier:
    """Trained, stored, and loaded again, as in life."""
    config = {"cache_dir": str(tmp_path_factory.mktemp("cache"))}
    messages = [Message.build(text, intent) for intent, texts in EXAMPLES.items() for text in texts]
    IntentClassifier.create(config, storage, RESOURCE, CONTEXT).train(TrainingData(messages))
    return IntentClassifier.load(config, storage, RESOURCE, CONTEXT)


def message(text: str | None, **metadata: Any) -> Message:
    return Message(data={"text": text, "metadata": metadata or None})


def test_the_best_intent_leads_the_ranking(classifier: IntentClassifier) -> None:
    [read] = classifier.process([message("jeg har glemt passord")])
    assert read.get("intent")["name"] == "password_reset"
    assert read.get("intent_ranking")[0] == read.get("intent")
    assert sum(entry["confidence"] for entry in read.get("intent_ranking")) == pytest.approx(1, abs=1e-3)
    assert {"intent", "intent_ranking"} <= read.output_properties


@pytest.mark.parametrize("text", ["", None, "   ", "\x00", "🦑", "\ufdfa" * 20])
def test_nothing_to_understand_is_out_of_scope_and_unsure(
    classifier: IntentClassifier, text: str | None
) -> None:
    [read] = classifier.process([message(text)])
    assert read.get("intent")["name"] == "out_of_scope"
    assert read.get("intent")["confidence"] < 0.5


def test_a_given_vector_is_used(classifier: IntentClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    vector = SentenceEmbedding.create({}, None, RESOURCE, CONTEXT)  # type: ignore[arg-type]
    first = vector.process([message("glemt passord")])[0]
    monkeypatch.setattr(classifier, "_encoder", None)
    assert classifier.process([first])[0].get("intent")["name"] == "password_reset"
    assert first.get(VECTOR).dtype == np.float32
    assert VECTOR not in first.output_properties


def test_the_model_holds_no_pickle(classifier: IntentClassifier, storage: LocalModelStorage) -> None:
    """S15."""
    with storage.read_from(RESOURCE) as folder:
        assert {path.suffix for path in Path(folder).rglob("*") if path.is_file()} == {
            ".npz",
            ".json",
            ".txt",
        }
        with np.load(Path(folder) / "intent.npz", allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_model_of_another_engine_is_refused_with_what_to_do(
    classifier: IntentClassifier, storage: LocalModelStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.nlu.components.intent.engine_name", lambda: "another")
    with pytest.raises(RasaException, match="make train"):
        IntentClassifier.load({}, storage, RESOURCE, CONTEXT)


@pytest.mark.parametrize("payload", ["/greet", '/unlock{"a":"b"}', "  /restart"])
def test_a_buttons_payload_is_left_alone(classifier: IntentClassifier, payload: str) -> None:
    for component in (classifier, LanguageIdentifier(), EntityRules(), ConfidenceGate({})):
        [read] = component.process([message(payload, channel="web")])
        assert read.output_properties == {"text"}


def test_the_connectors_word_on_language_stands() -> None:
    [read] = LanguageIdentifier().process(
        [message("hello there my friend", language="sv", language_confidence=0.7)]
    )
    assert (read.get("language"), read.get("language_confidence")) == ("sv", 0.7)


@pytest.mark.parametrize("language", [None, "xx", 7, ["nb"]])
def test_a_strange_word_on_language_is_ignored(language: Any) -> None:
    [read] = LanguageIdentifier().process([message("hello there my friend", language=language)])
    assert read.get("language") == "en"


def test_entities_look_like_rasas() -> None:
    [read] = EntityRules().process([message("status INC0012345")])
    assert read.get("entities") == [
        {"entity": "ticket_number", "start": 7, "end": 17, "value": "INC0012345", "extractor": "EntityRules"}
    ]


def ranked(*confidences: float, **metadata: Any) -> Message:
    read = message("hm", **metadata)
    ranking = [{"name": f"i{n}", "confidence": c} for n, c in enumerate(confidences)]
    read.set("intent_ranking", ranking)
    read.set("intent", ranking[0])
    return read


@pytest.mark.parametrize(
    ("confidences", "name"),
    [((0.9, 0.05), "i0"), ((0.49, 0.2), "nlu_fallback"), ((0.52, 0.46), "nlu_fallback"), ((0.55, 0.4), "i0")],
)
def test_doubt_becomes_a_question_in_a_dialogue(confidences: tuple[float, ...], name: str) -> None:
    [read] = ConfidenceGate({"threshold": 0.5, "gap": 0.1}).process([ranked(*confidences, channel="web")])
    assert read.get("intent")["name"] == name
    assert read.get("intent_ranking")[0]["name"] == "i0"


def test_parse_keeps_the_honest_best_guess() -> None:
    [read] = ConfidenceGate({}).process([ranked(0.1, 0.09)])
    assert read.get("intent") == {"name": "i0", "confidence": 0.1}


@pytest.mark.parametrize(
    ("text", "intent"), [("Word er på svensk", "kb_question"), ("på svensk takk", "change_language")]
)
def test_a_programs_language_is_a_problem(text: str, intent: str) -> None:
    read = message(text, channel="web")
    read.set("intent", {"name": "change_language", "confidence": 0.97})
    read.set("intent_ranking", [read.get("intent")])
    ConfidenceGate({}).process([read])
    assert read.get("intent") == {"name": intent, "confidence": 0.97}


@pytest.mark.parametrize("chance", [0.97, 0.6])
@pytest.mark.parametrize(
    ("text", "is_lost_content"),
    [
        ("OneNote-notatblokken har mistet alle notatene mine", True),
        ("OneNote-anteckningsboken har tappat alla mina anteckningar", True),
        ("unser OneNote-Notizbuch hat alle Notizen verloren", True),
        ("our OneNote notebook has lost all my notes", True),
        ("har mistet pc-en med alle notatene mine", False),
        ("har tappat datorn med alla mina anteckningar", False),
        ("habe das Notebook mit allen Notizen verloren", False),
        ("lost my notebook with all my notes", False),
    ],
)
def test_content_that_has_vanished_raises_no_alarm(text: str, is_lost_content: bool, chance: float) -> None:
    read = message(text, channel="web")
    read.set("intent", {"name": "report_security_incident", "confidence": chance})
    read.set("intent_ranking", [read.get("intent")])
    ConfidenceGate({}).process([read])
    alarm = "report_security_incident" if chance > 0.9 else "nlu_fallback"
    assert read.get("intent")["name"] == ("kb_question" if is_lost_content else alarm)


@pytest.mark.parametrize(("chance", "intent"), [(0.25, "distress"), (0.05, "complaint")])
def test_distress_is_enough_where_it_is_possible(chance: float, intent: str) -> None:
    for channel, found in (("web", intent), (None, "complaint")):  # without a channel: /model/parse
        read = message("…", channel=channel) if channel else message("…")
        read.set("intent", {"name": "complaint", "confidence": 0.7})
        read.set("intent_ranking", [read.get("intent")])
        read.set("distress", chance)
        ConfidenceGate({}).process([read])
        assert read.get("intent")["name"] == found


@pytest.mark.parametrize(("chance", "intent"), [(0.25, "complaint"), (0.8, "distress")])
def test_where_an_article_answers_distress_must_be_likelier(chance: float, intent: str) -> None:
    """ "The meeting is a disaster, nobody hears me." """
    read = message("…", channel="web")
    read.set("intent", {"name": "complaint", "confidence": 0.7})
    read.set("intent_ranking", [read.get("intent")])
    read.set("distress", chance)
    read.set("articles", [{"id": "teams-no-sound", "score": 0.98}])
    ConfidenceGate({}).process([read])
    assert read.get("intent")["name"] == intent


@pytest.mark.parametrize(
    ("component", "config"),
    [(ConfidenceGate, {"threshold": 2}), (ConfidenceGate, {"gap": "x"}), (IntentClassifier, {"ridge": -1})],
)
def test_a_wrong_setting_is_refused(component: Any, config: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfigException):
        component.validate_config(config)
