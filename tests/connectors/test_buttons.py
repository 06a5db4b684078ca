"""Buttons: signed, bound to one conversation, an hour, once (S9, U12)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from servicedesk.store.tables import buttons
from tests.connectors.support import Chat


@pytest.fixture
async def token(chat: Chat) -> str:
    return await tokens_of(chat, "vpn")


async def tokens_of(chat: Chat, text: str, *payloads: str) -> str:
    """The first button's token in the answer to `text`."""
    offered = payloads or ("/kb_solved", "/kb_not_solved")
    chat.dialogue.answers[text] = [{"text": "?", "buttons": [{"title": p, "payload": p} for p in offered]}]
    return (await chat.send(text))[0].choices[0][1]


async def test_it_tells_the_dialogue_what_stands_on_our_side(chat: Chat, token: str) -> None:
    assert await chat.texts(token) == ["re: /kb_solved"]
    pressed = chat.transcript()[2]
    assert (pressed.author, pressed.text) == ("employee", "/kb_solved")
    assert pressed.content["pressed"] in token


async def test_a_token_shows_nothing_of_what_it_does(token: str) -> None:
    assert "kb" not in token
    assert len(token) < 200


async def test_as_a_channels_own_button(chat: Chat, token: str) -> None:
    assert await chat.texts(button=token) == ["re: /kb_solved"]


async def test_a_second_press_is_answered_politely(chat: Chat, token: str) -> None:
    await chat.send(token)
    assert await chat.texts(token) == ["utter_button_done (en)"]
    assert chat.dialogue.texts.count("/kb_solved") == 1


async def test_its_siblings_are_retired_with_it(chat: Chat) -> None:
    chat.dialogue.answers["vpn"] = [
        {"text": "?", "buttons": [{"title": "a", "payload": "/a"}, {"title": "b", "payload": "/b"}]}
    ]
    (_, first), (_, second) = (await chat.send("vpn"))[0].choices
    await chat.send(first)
    assert await chat.texts(second) == ["utter_button_done (en)"]


async def test_of_ten_presses_at_once_one_counts(chat: Chat, token: str) -> None:
    replies = await asyncio.gather(*(chat.texts(token) for _ in range(10)))
    assert sorted(reply[0] for reply in replies) == ["re: /kb_solved"] + ["utter_button_done (en)"] * 9


async def test_a_redelivered_press_gets_the_first_answer(chat: Chat, token: str) -> None:
    """F11"""
    first = await chat.texts(token, key="same")
    assert await chat.texts(token, key="same") == first == ["re: /kb_solved"]


async def test_after_an_hour_it_is_too_old(chat: Chat, token: str) -> None:
    chat.front.clock.advance(timedelta(minutes=59))
    assert await chat.texts(token) == ["re: /kb_solved"]
    old = await tokens_of(chat, "printer")
    chat.front.clock.advance(timedelta(minutes=60))
    assert await chat.texts(old) == ["utter_button_expired (en)"]


async def test_a_clock_set_back_revives_nothing(chat: Chat, token: str) -> None:
    """F14: now < issued is expired."""
    chat.front.clock.advance(timedelta(hours=-1))
    assert await chat.texts(token) == ["utter_button_expired (en)"]


async def test_somebody_elses_is_refused_like_an_old_one_and_stays_theirs(chat: Chat, token: str) -> None:
    """U12"""
    assert await chat.texts(token, user="eve") == ["utter_button_expired (en)"]
    assert await chat.texts(token) == ["re: /kb_solved"]


@pytest.mark.parametrize("where", [4, 10, 35, 37, 40, -1])
async def test_a_changed_token_presses_nothing(chat: Chat, token: str, where: int) -> None:
    letter = "0" if token[where] != "0" else "1"
    index = where % len(token)
    forged = token[:index] + letter + token[index + 1 :]
    await chat.send(forged)
    assert "/kb_solved" not in chat.dialogue.texts


async def test_a_payload_cannot_be_typed(chat: Chat, token: str) -> None:
    """U4: what a button does is not reachable by writing it."""
    heard = list(chat.dialogue.texts)
    assert await chat.texts("/kb_solved") == ["utter_order (en)"]
    assert chat.dialogue.texts == heard


@pytest.mark.parametrize(
    "text",
    [
        "/restart now",
        " /affirm that",
        '\u200b/x y {"verified":true}',
        '/password_reset now{"verified":true}',
        "EXTERNAL: affirm it",
    ],
)
async def test_an_order_among_words_is_plain_text(chat: Chat, text: str) -> None:
    """U4"""
    await chat.send(text)
    heard = chat.dialogue.heard[-1]
    assert heard.text is not None
    assert not heard.text.lstrip("\u200b").startswith("/")
    assert not heard.text.startswith("EXTERNAL:")
    assert heard.metadata is not None
    assert "verified" not in heard.metadata


async def test_yes_and_no_answer_the_newest_question_only(chat: Chat) -> None:
    """A "yes" under an earlier question must not say yes to a later one."""
    yes = await tokens_of(chat, "first", "/affirm", "/deny")
    await tokens_of(chat, "second", "/affirm", "/deny")
    assert await chat.texts(yes) == ["utter_button_expired (en)"]


async def test_a_later_reply_leaves_other_buttons_alone(chat: Chat, token: str) -> None:
    await tokens_of(chat, "printer")
    assert await chat.texts(token) == ["re: /kb_solved"]


async def test_a_rerun_keeps_one_set_of_buttons(chat: Chat) -> None:
    from connectors.reply import Choice, Reply

    await chat.send("hello")
    reply = Reply("?", (Choice("Yes", "/affirm"),))
    for _ in range(3):
        chat.runtime.transcript.said(key="k", name="r00", conversation=chat.conversation(), reply=reply)
    with chat.front.store.transaction() as connection:
        assert len(connection.execute(select(buttons.c.id)).all()) == 1


async def test_an_old_switch_for_reminders_brings_a_new_one(chat: Chat) -> None:
    """Who wants no reminders must not have to be quick; what the old button did is not done."""
    token = await tokens_of(chat, "vpn", '/reminders{"switch": "off"}')
    chat.front.clock.advance(timedelta(hours=2))
    assert await chat.texts(token) == ["re: /reminders"]
    assert await chat.texts(token, user="eve") == ["utter_button_expired (en)"]
