"""What may go on about the article before: examples and component."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.rasa import prepare

prepare()

from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402
from rasa.shared.nlu.training_data.training_data import TrainingData  # noqa: E402

from bot.nlu import follow_ups  # noqa: E402
from bot.nlu.components.follow_ups import FOLLOW_UP, FollowUps  # noqa: E402
from bot.nlu.follow_ups import FAILED, KINDS, OTHER_CASE, WHERE  # noqa: E402
from bot.nlu.language import LANGUAGES  # noqa: E402

RESOURCE = Resource("it")
CONTEXT = ExecutionContext(GraphSchema({}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_kind(language: str) -> None:
    kinds = yaml.safe_load((follow_ups.FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    assert set(kinds) == set(KINDS)
    assert all(len(texts) >= 20 for texts in kinds.values())
    assert all(follow_ups.can_be(text) for texts in kinds.values() for text in texts)


def test_no_example_stands_twice() -> None:
    counts = Counter(text.casefold() for text, _ in follow_ups.examples())
    assert [text for text, count in counts.items() if count > 1] == []


def test_the_sample_of_others_is_always_the_same_and_has_no_follow_up() -> None:
    texts = [f"question number {number}" for number in range(5_000)] + ["and on a mac?", "nope, never"]
    intents = ["kb_question"] * 5_001 + ["deny"]
    sample = follow_ups.others(texts, intents)
    assert sample == follow_ups.others(texts, intents)
    assert len(sample) == follow_ups.SAMPLE
    assert not {"and on a mac?", "nope, never"} & set(sample)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> FollowUps:
    """Trained, stored, and loaded again, as in life."""
    storage = LocalModelStorage(tmp_path_factory.mktemp("model"))
    questions = [
        *(
            "how do I install a printer",
            "outlook does not start",
            "I need a new mouse",
            "my account is locked",
        ),
        *(
            "hvordan deler jeg kalenderen",
            "jag har glömt lösenordet",
            "ich brauche eine Maus",
            "hei",
            "danke",
        ),
    ]
    said = TrainingData([Message.build(text, "kb_question") for text in questions])
    config = {"cache_dir": str(tmp_path_factory.mktemp("cache"))}
    FollowUps.create(config, storage, RESOURCE, CONTEXT).train(said)
    return FollowUps.load(config, storage, RESOURCE, CONTEXT)


def read(reader: FollowUps, text: str, **metadata: Any) -> Any:
    [message] = reader.process([Message(data={"text": text, "metadata": metadata or None})])
    return message.get(FOLLOW_UP)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("og på Mac da?", OTHER_CASE),
        ("var hittar jag den knappen", WHERE),
        ("hat leider nicht geklappt", FAILED),
    ],
)
def test_the_kind_is_read(reader: FollowUps, text: str, kind: str) -> None:
    found = read(reader, text, channel="web")
    assert found["name"] == kind
    assert 0 < found["confidence"] <= 1


@pytest.mark.parametrize("text", ["how do I install a printer", "/affirm", "", " ", "and on a Mac? " * 8])
def test_other_messages_get_none(reader: FollowUps, text: str) -> None:
    assert read(reader, text, channel="web") is None


def test_outside_a_dialogue_nothing_is_read(reader: FollowUps) -> None:
    assert read(reader, "and on a Mac?") is None


def test_other_examples_train_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = FollowUps.fingerprint_addon({})
    monkeypatch.setattr(follow_ups, "examples", lambda: (("and on OS/2?", OTHER_CASE),))
    assert FollowUps.fingerprint_addon({}) != before


def test_the_folder_is_part_of_the_package() -> None:
    assert Path(follow_ups.FOLDER).is_dir()
