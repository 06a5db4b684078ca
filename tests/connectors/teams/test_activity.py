"""Reading an activity: what is there, and nothing where it is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.locale import language_of
from connectors.teams.activity import read
from tests.connectors.teams.client import BOT, PAYLOADS


def sample(name: str, **fields: Any) -> dict[str, Any]:
    return {**json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8")), **fields}


def test_a_private_message() -> None:
    activity = read(sample("message_personal"))
    assert (activity.private, activity.kind, activity.text) == (
        True,
        "personal",
        "jeg har glemt passordet mitt",
    )
    assert (activity.user, activity.bot, activity.locale) == ("29:1person", BOT, "nb-NO")
    assert activity.object_id == "0a6d3c9e-1111-4d1a-9c11-0123456789ab"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("<at>Tier0</at> hei", "hei"),
        ("hei <at>Tier0</at>", "hei"),
        ("<at>Tier0</at> spør <at>Ola</at>", "spør Ola"),
        ("<at>Tier0</at>&nbsp;a &amp; b", "a & b"),
        ("<at>Tier0</at>\u00a0hei\n", "hei"),
        ("a < b > c", "a < b > c"),
        ("<at>Tier0</at>", ""),
    ],
)
def test_the_mention_of_the_bot_is_no_part_of_the_sentence(text: str, heard: str) -> None:
    assert read(sample("message_channel", text=text)).text == heard


def test_a_mention_that_only_looks_like_the_bots() -> None:
    entity = {
        "type": "mention",
        "text": "<at>Tier0</at>",
        "mentioned": {"id": "29:somebody", "name": "Tier0"},
    }
    activity = read(sample("message_channel", text="<at>Tier0</at> hei", entities=[entity]))
    assert not activity.mentioned
    assert activity.text == "Tier0 hei"


def test_the_tenant_may_stand_with_the_conversation_only() -> None:
    data = sample("message_personal", channelData=None)
    assert read(data).tenant == data["conversation"]["tenantId"]


@pytest.mark.parametrize("value", [None, 7, [], "x", {"id": "28:other"}])
def test_what_cannot_be_read_is_empty(value: Any) -> None:
    for name in sample("message_channel"):
        activity = read(sample("message_channel", **{name: value}))
        assert isinstance(activity.text, str)
    assert read({}).type == ""


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("nb-NO", "nb"),
        ("nn-NO", "nb"),
        ("no", "nb"),
        ("sv-FI", "sv"),
        ("de_CH", "de"),
        ("EN-gb", "en"),
        ("fr-FR", None),
        ("", None),
        (None, None),
    ],
)
def test_locales(tag: str | None, language: str | None) -> None:
    assert language_of(tag) == language
