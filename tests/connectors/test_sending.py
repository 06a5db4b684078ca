"""What is said reaches the platform: in order, at least once, and one busy chat holds up no other (F16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.actions_client import KnownAccount
from connectors.outgoing import LEASE, OutgoingQueue
from connectors.platform import TryLater, Undeliverable
from connectors.reply import Choice, Reply
from connectors.runtime import Runtime
from servicedesk.conversations import Conversation
from servicedesk.directory.port import AccountId
from servicedesk.store.tables import sendings
from tests.connectors.platform import FakePlatform, employee
from tests.connectors.support import (
    Chat,
    FakeActions,
    FakeDialogue,
    Front,
    identify,
    label,
    say,
    until,
)


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(profiles={"kari": employee("kari@x.example", "nb")})


@pytest.fixture
async def slack(
    runtime: Runtime,
    dialogue: FakeDialogue,
    actions: FakeActions,
    front: Front,
    platform: FakePlatform,
) -> AsyncIterator[Chat]:
    actions.accounts["kari@x.example"] = KnownAccount(account=AccountId("a-kari"), language="nb")
    runtime.add_platform("slack", platform)
    runtime.start(dialogue.port)
    yield Chat(runtime, dialogue, actions, front)
    await runtime.stop()


async def send(slack: Chat, text: str = "", user: str = "kari", **fields: object) -> None:
    await slack.send(
        text, user=user, channel="slack", tenant="T1", ask_platform=True, address={"channel": "D1"}, **fields
    )


def state(front: Front) -> list[str]:
    with front.store.transaction() as connection:
        return list(connection.execute(select(sendings.c.state).order_by(sendings.c.message)).scalars())


def notice(front: Front, conversation: str, key: str, text: str) -> None:
    front.conversations.say(conversation=conversation, key=key, author="agent", text=text, author_name="Liv")


async def test_replies_are_handed_over_in_order_with_what_they_need(slack: Chat, platform: FakePlatform):
    slack.dialogue.answers["vpn"] = [
        {"text": "one"},
        {"text": "two", "buttons": [{"title": "Yes", "payload": "/affirm"}]},
        {"text": "three", "custom": {"type": "reference", "reference": "T0-1"}},
    ]
    await send(slack, "vpn")
    await until(lambda: len(platform.sent) == 3)
    assert platform.sent == ["one", "two", "three"]
    message = platform.shown["p2"]
    assert message.conversation.address == {"channel": "D1"}
    assert [(choice.title, choice.state) for choice in message.choices] == [("Yes", "live")]
    await until(lambda: state(slack.front) == ["sent"] * 3)


async def test_what_the_worker_or_an_agent_says_is_pushed_too(slack: Chat, platform: FakePlatform):
    """Proactive messages: whoever stores one, it goes out within a second or so."""
    await send(slack, "vpn")
    notice(slack.front, slack.conversation(), "agent-1", "Liv here: look again")
    await until(lambda: "Liv here: look again" in platform.sent)
    assert platform.shown["p2"].author_name == "Liv"


async def test_a_page_is_not_pushed_to(slack: Chat, platform: FakePlatform):
    await slack.send("vpn", channel="web")
    assert state(slack.front) == []


async def test_retry_after_is_kept_and_nothing_overtakes(slack: Chat, platform: FakePlatform):
    platform.faults.append(TryLater("429", timedelta(seconds=30)))
    slack.dialogue.answers["vpn"] = [{"text": "one"}, {"text": "two"}]
    await send(slack, "vpn")
    await until(lambda: not platform.faults)
    await send(slack, "mail", user="ola")
    await until(lambda: platform.sent == ["re: mail"])  # another chat goes on
    slack.front.clock.advance(timedelta(seconds=29))
    await asyncio.sleep(1.2)
    assert platform.sent == ["re: mail"]
    slack.front.clock.advance(timedelta(seconds=3))
    await until(lambda: platform.sent == ["re: mail", "one", "two"])


async def test_a_lost_answer_means_once_more_not_never(slack: Chat, platform: FakePlatform):
    platform.lost_answers = 1
    slack.dialogue.answers["vpn"] = [{"text": "one"}, {"text": "two"}]
    await send(slack, "vpn")
    await until(lambda: len(platform.sent) == 1)
    slack.front.clock.advance(timedelta(seconds=5))
    await until(lambda: platform.sent == ["one", "one", "two"])


async def test_what_the_platform_refuses_for_good_is_parked(slack: Chat, platform: FakePlatform):
    platform.faults.append(Undeliverable("is_archived"))
    slack.dialogue.answers["vpn"] = [{"text": "one"}, {"text": "two"}]
    await send(slack, "vpn")
    await until(lambda: platform.sent == ["two"])
    await until(lambda: state(slack.front) == ["dead", "sent"])


async def test_a_message_that_nothing_can_render_is_parked_too(slack: Chat, platform: FakePlatform):
    """F12"""
    platform.faults += [KeyError("blocks")] * 3
    slack.dialogue.answers["vpn"] = [{"text": "one"}, {"text": "two"}]
    await send(slack, "vpn")
    for _ in range(3):
        await asyncio.sleep(1.1)
        slack.front.clock.advance(timedelta(seconds=10))
    await until(lambda: platform.sent == ["two"])
    assert state(slack.front)[0] == "dead"


async def test_after_a_day_a_message_is_given_up(slack: Chat, platform: FakePlatform):
    platform.faults += [TryLater("down")] * 2
    await send(slack, "vpn")
    await until(lambda: len(platform.faults) == 1)
    slack.front.clock.advance(timedelta(hours=25))
    await until(lambda: state(slack.front) == ["dead"])


async def test_the_outcome_replaces_the_buttons(slack: Chat, platform: FakePlatform):
    slack.dialogue.answers["vpn"] = [
        {"text": "which?", "buttons": [{"title": t, "payload": f"/{t}"} for t in ("a", "b")]}
    ]
    await send(slack, "vpn")
    await until(lambda: "p1" in platform.shown)
    token = platform.shown["p1"].choices[1].token
    await until(lambda: state(slack.front) == ["sent"])
    slack.dialogue.intents = {}
    await send(slack, button=token)
    await until(lambda: platform.edits == 1)
    assert platform.shown["p1"].pressed == "b"
    assert platform.shown["p1"].live == ()


# --- what was not pressed: the conversation goes on by typing ---


def question(*payloads: str, **custom: object) -> dict[str, Any]:
    buttons = [{"title": payload, "payload": payload} for payload in payloads]
    return {"text": "which?", "buttons": buttons, **({"custom": custom} if custom else {})}


def live(platform: FakePlatform, identifier: str = "p1") -> list[str]:
    return [choice.title for choice in platform.shown[identifier].live]


async def asked(slack: Chat, *payloads: str, **custom: object) -> None:
    """A card with these buttons stands in the chat."""
    slack.dialogue.answers["vpn"] = [question(*payloads, **custom)]
    await send(slack, "vpn")
    await until(lambda: state(slack.front) == ["sent"])


async def test_typing_on_takes_the_buttons_off_once_and_leaves_the_text(slack: Chat, platform: FakePlatform):
    await asked(slack, "/a", "/b")
    for words in ("hm", "well", "so"):
        await send(slack, words)
        await until(lambda: "queued" not in (now := state(slack.front)) and "edit" not in now)
    shown = platform.shown["p1"]
    assert (shown.text, shown.live, shown.pressed) == ("which?", (), "")
    assert platform.edits == 1
    assert platform.sent == ["which?", "re: hm", "re: well", "re: so"]


async def test_all_cards_of_an_answer_lose_them(slack: Chat, platform: FakePlatform):
    slack.dialogue.answers["vpn"] = [question("/a"), {"text": "and"}, question("/b")]
    await send(slack, "vpn")
    await until(lambda: state(slack.front) == ["sent"] * 3)
    await send(slack, "hm")
    await until(lambda: platform.edits == 2)
    assert live(platform, "p1") == live(platform, "p3") == []


async def test_what_was_pressed_stays_as_it_is(slack: Chat, platform: FakePlatform):
    await asked(slack, "/a", "/b")
    await send(slack, button=platform.shown["p1"].choices[1].token)
    await until(lambda: platform.edits == 1)
    await send(slack, "hm")
    await until(lambda: platform.sent[-1] == "re: hm" and set(state(slack.front)) == {"sent"})
    assert platform.shown["p1"].pressed == "/b"
    assert platform.edits == 1


async def test_who_still_sees_a_button_may_press_it(slack: Chat, platform: FakePlatform):
    """It is shown no more; what it may do, the button itself says (S9)."""
    await asked(slack, "/kb_solved")
    token = platform.shown["p1"].choices[0].token
    await send(slack, "hm")
    await until(lambda: platform.edits == 1)
    await send(slack, button=token)
    await until(lambda: platform.edits == 2)
    assert platform.shown["p1"].pressed == "/kb_solved"


async def test_a_card_of_yesterday_loses_what_works_no_more(slack: Chat, platform: FakePlatform):
    await asked(slack, "/a")
    slack.front.clock.advance(timedelta(hours=20))
    await send(slack, "hm")
    await until(lambda: platform.edits == 1)
    assert live(platform) == []


@pytest.mark.parametrize(
    ("payloads", "custom"),
    [
        (('/ticket_answer{"ticket_reference": "T0-AAAAA", "ticket_action": "withdraw"}',), {}),
        (('/reminders{"switch": "off"}',), {}),
        (('/use_factor{"factor": "mail"}',), {"type": "code_field", "digits": 6, "factor": "sms"}),
    ],
    ids=["ticket", "reminders", "another way to a code"],
)
async def test_what_is_good_later_too_stays(
    slack: Chat, platform: FakePlatform, payloads: tuple[str, ...], custom: dict[str, object]
):
    await asked(slack, *payloads, **custom)
    await send(slack, "hm")
    await until(lambda: state(slack.front) == ["sent"] * 2)
    assert live(platform) == list(payloads)
    assert platform.edits == 0


async def test_of_one_card_only_what_is_stale_goes(slack: Chat, platform: FakePlatform):
    add = '/ticket_answer{"ticket_reference": "T0-AAAAA", "ticket_action": "add"}'
    await asked(slack, add, "/talk_to_human")
    await send(slack, "hm")
    await until(lambda: platform.edits == 1)
    assert live(platform) == [add]


async def test_a_message_that_nobody_asked_for_keeps_its_buttons(slack: Chat, platform: FakePlatform):
    await send(slack, "hello")
    chat, front = slack.conversation(), slack.front
    issued = front.buttons.make(chat, [("Unlock", "/account_unlock")])
    with front.store.transaction() as connection:
        front.conversations.say(
            conversation=chat,
            key="n1",
            author="notice",
            text="Your account was locked.",
            content={"choices": [{"title": issued[0].title, "token": issued[0].token}]},
            connection=connection,
        )
        front.buttons.keep(connection, chat, issued)
    await until(lambda: state(front) == ["sent"] * 2)
    await send(slack, "hm")
    await until(lambda: state(front) == ["sent"] * 3)
    assert live(platform, "p2") == ["Unlock"]
    assert platform.edits == 0


@pytest.mark.parametrize("words", [".", "x" * 4_100, "/restart"], ids=["nothing", "too long", "an order"])
async def test_what_the_dialogue_does_not_get_takes_nothing_off(
    slack: Chat, platform: FakePlatform, words: str
):
    await asked(slack, "/a")
    await send(slack, words)
    await until(lambda: state(slack.front) == ["sent"] * 2)
    assert live(platform) == ["/a"]


async def test_words_that_looked_like_a_code_take_them_off_too(slack: Chat, platform: FakePlatform):
    await asked(slack, "/a")
    await send(slack, "739205")
    assert slack.actions.tried == ["739205"]
    await until(lambda: platform.edits == 1)
    assert live(platform) == []


async def test_words_that_come_while_the_card_is_on_its_way(slack: Chat, platform: FakePlatform):
    slack.dialogue.answers["vpn"] = [question("/a")]
    platform.slow = 0.5
    await send(slack, "vpn")
    await until(lambda: _is_held(slack.front))
    await send(slack, "hm")
    await until(lambda: state(slack.front) == ["sent"] * 2)
    assert live(platform) == []


def _is_held(front: Front) -> bool:
    with front.store.transaction() as connection:
        return connection.execute(select(sendings.c.lease_until)).scalar() is not None


@pytest.mark.parametrize(
    "fault", [TryLater("429", timedelta(seconds=30)), Undeliverable("message_not_found")]
)
async def test_a_card_that_cannot_be_shown_anew_holds_up_no_answer(
    slack: Chat, platform: FakePlatform, fault: Exception, caplog: pytest.LogCaptureFixture
):
    await asked(slack, "/a")
    platform.edit_faults = [fault] * 9
    await send(slack, "hm")
    await send(slack, "well")
    await until(lambda: platform.sent[1:] == ["re: hm", "re: well"])
    await until(lambda: len(platform.edit_faults) == 8)
    await asyncio.sleep(1.2)
    assert len(platform.edit_faults) == 8, "not before its time, and never again where it is refused for good"
    slack.front.clock.advance(timedelta(minutes=90))
    await until(lambda: state(slack.front) == ["dead", "sent", "sent"])
    assert "message 2 was " in caplog.text
    assert "shown anew" in caplog.text


async def test_a_card_that_is_slow_to_change_holds_up_no_answer(slack: Chat, platform: FakePlatform):
    await asked(slack, "/a")
    platform.slow_edits = 3.0
    slack.dialogue.answers["hm"] = [{"text": "one"}, {"text": "two"}]
    await send(slack, "hm")
    await until(lambda: platform.sent[1:] == ["one", "two"])
    assert platform.edits == 0
    await until(lambda: platform.edits == 1)


async def test_another_process_and_a_later_one_take_them_off(
    slack: Chat, platform: FakePlatform, front: Front
):
    """Which card it is stands in the store."""
    await asked(slack, "/a")
    await slack.runtime.stop()
    other = Runtime(front, actions=slack.actions, identify=identify, say=say, label=label)
    other.add_platform("slack", platform)
    other.start(slack.dialogue.port)
    await send(Chat(other, slack.dialogue, slack.actions, front, count=5), "hm")
    await until(lambda: state(front) == ["sent"] * 2)
    await other.stop()
    assert live(platform) == []
    assert platform.edits == 1


async def test_while_an_answer_has_to_wait_the_platform_is_left_alone(slack: Chat, platform: FakePlatform):
    await asked(slack, "/a")
    platform.faults.append(TryLater("429", timedelta(seconds=30)))
    notice(slack.front, slack.conversation(), "agent-1", "Liv here")
    await until(lambda: not platform.faults)
    await send(slack, "hm")
    await asyncio.sleep(1.2)
    assert platform.edits == 0
    slack.front.clock.advance(timedelta(seconds=32))
    await until(lambda: platform.sent == ["which?", "Liv here", "re: hm"] and platform.edits == 1)


async def test_two_processes_send_each_message_once(slack: Chat, platform: FakePlatform, front: Front):
    other = Runtime(front, actions=slack.actions, identify=identify, say=say, label=label)
    other.add_platform("slack", platform)
    other.start(slack.dialogue.port)
    platform.slow = 0.01
    slack.dialogue.answers["vpn"] = [{"text": str(number)} for number in range(10)]
    await send(slack, "vpn")
    await until(lambda: state(front) == ["sent"] * 10)
    await other.stop()
    assert platform.sent == [str(number) for number in range(10)]


def queue_of(front: Front) -> OutgoingQueue:
    return OutgoingQueue(front.store, front.clock, front.conversations, front.buttons, front.keys)


def chat_in(front: Front) -> Conversation:
    return front.conversations.open(
        channel="slack", tenant="T1", channel_user="U1", account=None, private=True
    )


def test_who_slept_past_the_lease_changes_nothing(front: Front):
    """F7: the process that was paused after sending must not end the row that another one holds."""
    queue, chat = queue_of(front), chat_in(front)
    notice(front, chat.id, "k1", "hello")
    asleep = queue.claim(chat.id)
    assert asleep is not None
    assert queue.claim(chat.id) is None
    front.clock.advance(LEASE + timedelta(seconds=1))
    awake = queue.claim(chat.id)
    assert awake is not None
    assert not queue.sent(asleep, "p1")
    assert queue.sent(awake, "p2")
    found = queue.find(chat.id, "p2")
    assert found is not None
    assert found.text == "hello"


def test_a_clock_set_back_does_not_hold_up_the_queue(front: Front):
    """F14"""
    queue, chat = queue_of(front), chat_in(front)
    notice(front, chat.id, "k1", "hello")
    assert queue.claim(chat.id)
    front.clock.advance(-timedelta(days=1))
    assert queue.claim(chat.id)


def test_what_a_process_with_a_clock_ahead_has_in_hand_is_not_sent_twice(front: Front):
    """F7, F16: its lease ends later than any of ours, and yet no clock was set back."""
    queue, chat = queue_of(front), chat_in(front)
    notice(front, chat.id, "k1", "hello")
    front.clock.advance(timedelta(minutes=1))
    assert queue.claim(chat.id)
    front.clock.advance(-timedelta(seconds=1))
    assert queue.claim(chat.id) is None


def test_the_same_key_is_queued_once(front: Front):
    chat = chat_in(front)
    for _ in range(4):
        notice(front, chat.id, "k1", "hello")
    assert state(front) == ["queued"]


def test_an_address_stays_until_a_newer_one_comes(front: Front):
    chat = chat_in(front)
    front.conversations.set_address(chat.id, {"channel": "D1"})
    again = chat_in(front)
    assert again.address == {"channel": "D1"}
    assert replace(again, address={}) == chat
    queue_of(front)


def test_a_reset_link_is_opened_for_its_owners_chat_only(front: Front, runtime: Runtime):
    """S4: what is stored is sealed; what the platform gets is the address."""
    from servicedesk.sealed_links import seal_link

    chat = chat_in(front)
    sealed = seal_link(front.keys, chat.id, "https://desk.example/reset#t")
    reply = Reply("go", (Choice("Yes", "/affirm"),), {"type": "link", "title": "Go", "url": sealed})
    runtime.transcript.said(key="k", name="r00", conversation=chat.id, reply=reply)
    sending = queue_of(front).claim(chat.id)
    assert sending is not None
    assert sending.message.custom["url"] == "https://desk.example/reset#t"
    stored = front.conversations.messages(chat.id)[0]
    assert "desk.example" not in str(stored.content)
