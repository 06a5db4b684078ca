from __future__ import annotations

import pytest

from servicedesk.conversations import Conversations, conversation_id
from servicedesk.directory.demo import demo_id
from tests.servicedesk.world import World, at_once

KARI = demo_id("kari.nordmann")


@pytest.fixture
def conversations(world: World) -> Conversations:
    return world.services.conversations


def _open(conversations: Conversations, **changes: object) -> str:
    values = {
        "channel": "slack",
        "tenant": "T1",
        "channel_user": "U1",
        "account": KARI,
        "private": True,
        **changes,
    }
    return conversations.open(**values).id  # type: ignore[arg-type]


def test_user_ids_are_told_apart_by_channel_and_tenant() -> None:
    """S1"""
    ids = {
        conversation_id("slack", "T1", "U1"),
        conversation_id("slack", "T2", "U1"),
        conversation_id("teams", "T1", "U1"),
        conversation_id("slack", "T1U", "1"),
    }
    assert len(ids) == 4


def test_what_the_channel_proves_now_replaces_what_it_proved_before(conversations: Conversations) -> None:
    """S1, U15"""
    identifier = _open(conversations)
    _open(conversations, account=None)
    found = conversations.get(identifier)
    assert found is not None
    assert found.account is None
    assert not found.proven


@pytest.mark.parametrize(
    ("account", "private", "proven"), [(KARI, True, True), (KARI, False, False), (None, True, False)]
)
def test_only_a_known_person_alone_is_proven(
    conversations: Conversations, account: object, private: bool, proven: bool
) -> None:
    """S1: nothing in a shared room"""
    found = conversations.get(_open(conversations, account=account, private=private))
    assert found is not None
    assert found.proven is proven


def test_a_guessed_language_never_replaces_a_known_one(conversations: Conversations) -> None:
    identifier = _open(conversations, language="nb")
    conversations.set_language(identifier, "de", chosen=True)
    _open(conversations, language="sv")
    found = conversations.get(identifier)
    assert found is not None
    assert (found.language, found.language_chosen) == ("de", True)


def test_the_same_key_stores_a_message_once(conversations: Conversations) -> None:
    """F11: redelivered, also at once"""
    identifier = _open(conversations)

    def say(_: int) -> bool:
        return conversations.say(conversation=identifier, key="k1", author="employee", text="hei")

    assert at_once(10, say).count(True) == 1
    assert [message.text for message in conversations.messages(identifier)] == ["hei"]


def test_messages_come_oldest_first_and_from_where_one_left_off(conversations: Conversations) -> None:
    identifier, other = _open(conversations), _open(conversations, channel_user="U2")
    for number in range(5):
        conversations.say(conversation=identifier, key=f"k{number}", author="bot", text=str(number))
    conversations.say(conversation=other, key="other", author="bot", text="not yours")
    everything = conversations.messages(identifier)
    assert [message.text for message in everything] == ["0", "1", "2", "3", "4"]
    assert [message.text for message in conversations.messages(identifier, after=everything[2].id)] == [
        "3",
        "4",
    ]
    assert [message.text for message in conversations.messages(identifier, limit=2)] == ["3", "4"]


def test_news_go_where_the_person_was_seen_last_and_alone(world: World, conversations: Conversations) -> None:
    _open(conversations)
    world.later(minutes=1)
    latest = _open(conversations, channel="web")
    world.later(minutes=1)
    _open(conversations, channel="teams", private=False)
    found = conversations.latest_of(KARI)
    assert found is not None
    assert found.id == latest
    assert conversations.latest_of(demo_id("ola.hansen")) is None


def test_two_first_messages_at_once_open_one_conversation(conversations: Conversations) -> None:
    """F11"""
    assert len(set(at_once(12, lambda _: _open(conversations)))) == 1
