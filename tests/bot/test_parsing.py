"""Understanding a message holds up nobody else on the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from bot.rasa import prepare

prepare()

from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.core.processor import MessageProcessor  # noqa: E402

from bot import parsing  # noqa: E402


class Model:
    """In place of the graph: says who asks, and can be held."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.threads: list[str] = []
        self.at_once = self.most_at_once = 0

    def understand(self, _: Any, message: UserMessage, *__: Any) -> dict[str, Any]:
        self.threads.append(threading.current_thread().name)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.free.wait(10)
        self.at_once -= 1
        if message.text == "broken":
            raise ValueError("broken")
        return {"text": message.text, "intent": {"name": "greet"}, "entities": []}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    made = Model()
    monkeypatch.setattr(MessageProcessor, "parse_message", MessageProcessor.parse_message)
    monkeypatch.setattr(
        MessageProcessor, "_parse_message_with_graph", lambda *arguments: made.understand(*arguments)
    )
    monkeypatch.setattr(MessageProcessor, "_check_for_unseen_features", lambda *_: None)
    parsing.install()
    parsing.install()
    return made


def processor() -> MessageProcessor:
    made = MessageProcessor.__new__(MessageProcessor)
    made.http_interpreter = None
    return made


async def test_the_loop_goes_on_and_the_model_sees_one_message_at_a_time(model: Model) -> None:
    model.free.clear()
    texts = ["hello", "again", "and again"]
    asked = [asyncio.create_task(processor().parse_message(UserMessage(text))) for text in texts]
    while not model.threads:
        await asyncio.sleep(0.01)
    model.free.set()
    assert [parsed["text"] for parsed in await asyncio.gather(*asked)] == texts
    assert model.most_at_once == 1
    assert threading.current_thread().name not in model.threads


async def test_what_goes_wrong_in_the_model_is_told_to_who_asked(model: Model) -> None:
    with pytest.raises(ValueError, match="broken"):
        await processor().parse_message(UserMessage("broken"))
    assert (await processor().parse_message(UserMessage("hello")))["text"] == "hello"


def test_what_waits_for_something_cannot_be_done_there() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waits"):
        parsing._finished(waits())
