"""A page that waits for news misses none, however they fall between its reading and its waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from connectors.web.feed import LOOK_SECONDS, Feed
from servicedesk.conversations import Conversation
from tests.connectors.support import Front

SOON = 5.0


@pytest.fixture
def feed(front: Front) -> Iterator[Feed]:
    feed = Feed(front.store)
    yield feed
    feed.stop()


@pytest.fixture
def conversation(front: Front) -> Conversation:
    return front.conversations.open(
        channel="web", tenant="", channel_user="somebody", account=None, private=True
    )


async def test_what_another_process_writes_before_the_first_look_is_news(
    front: Front, feed: Feed, conversation: Conversation
) -> None:
    with feed.news(conversation.id) as news:
        front.conversations.say(conversation=conversation.id, key="agent-1", author="agent", text="Hi")
        await asyncio.wait_for(news.wait(), SOON)


async def test_what_is_told_before_the_page_waits_is_news(feed: Feed, conversation: Conversation) -> None:
    with feed.news(conversation.id) as news:
        await asyncio.wait_for(news.wait(), SOON)  # the first look
        news.clear()
        feed.tell(conversation.id)
        await asyncio.sleep(LOOK_SECONDS / 10)
        assert news.is_set()
