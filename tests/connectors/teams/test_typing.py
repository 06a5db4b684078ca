"""That somebody is at work is shown to a few at a time: the answers come first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.teams import typing
from connectors.teams.client import BotConnector
from connectors.teams.platform import Address
from connectors.teams.typing import MOST, Typing

ADDRESS = Address(service_url="https://smba.example/emea/", conversation="a:1", user="29:1", bot="28:1")


class Posts(BotConnector):
    def __init__(self) -> None:
        self.count = 0

    async def post(self, service_url: str, conversation: str, activity: Any) -> str:
        self.count += 1
        return "typing"


async def test_where_many_wait_the_calls_are_left_to_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(typing, "EVERY_SECONDS", 0.01)
    posts, working = Posts(), {str(number) for number in range(MOST * 3)}
    shown = Typing(posts, working.__contains__)
    for conversation in sorted(working):
        shown.show(conversation, ADDRESS)
    assert len(shown._shown) == MOST
    while posts.count < MOST:
        await asyncio.sleep(0.01)
    working.clear()
    while shown._shown:  # answered: there is room for the next
        await asyncio.sleep(0.01)
    working.add("next")
    shown.show("next", ADDRESS)
    before = posts.count
    while posts.count == before:
        await asyncio.sleep(0.01)
    await shown.stop()


async def test_an_answer_that_was_quick_is_announced_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing, "FIRST_SECONDS", 0.01)
    posts = Posts()
    shown = Typing(posts, lambda _: False)
    shown.show("a", ADDRESS)
    while shown._shown:
        await asyncio.sleep(0.01)
    assert posts.count == 0
