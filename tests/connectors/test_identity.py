"""Who writes is asked of the platform before anything is done (S1), and shared rooms go private."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from connectors import identity
from connectors.actions_client import KnownAccount
from connectors.platform import Kind, Profile
from connectors.runtime import Runtime
from servicedesk.directory.port import AccountId
from tests.connectors.platform import FakePlatform, employee
from tests.connectors.support import Chat, FakeActions, FakeDialogue, Front, until


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(
        profiles={
            "kari": employee("kari@x.example", "nb"),
            "guest": Profile(kind=Kind.OUTSIDER),
            "robot": Profile(kind=Kind.MACHINE),
        }
    )


@pytest.fixture
async def slack(
    runtime: Runtime,
    dialogue: FakeDialogue,
    actions: FakeActions,
    front: Front,
    platform: FakePlatform,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Chat]:
    monkeypatch.setattr(identity.Identities._look_up.retry, "stop", lambda state: True)
    actions.accounts["kari@x.example"] = KnownAccount(account=AccountId("a-kari"), language="nb")
    runtime.add_platform("slack", platform)
    runtime.start(dialogue.port)
    yield Chat(runtime, dialogue, actions, front)
    await runtime.stop()


async def send(slack: Chat, text: str = "", user: str = "kari", **fields: object) -> list[str]:
    fields.setdefault("address", {"channel": "D1"})
    return await slack.texts(text, user=user, channel="slack", tenant="T1", ask_platform=True, **fields)


def opened(slack: Chat, user: str = "kari"):
    found = slack.front.conversations.get(slack.conversation(user))
    assert found is not None
    return found


async def test_the_profile_says_who_it_is_and_which_language(slack: Chat):
    await send(slack, "vpn")
    assert opened(slack).account == "a-kari"
    assert opened(slack).proven
    assert opened(slack).language == "nb"
    assert slack.dialogue.heard[0].metadata["language"] == "nb"


async def test_words_ask_the_platform_once_in_a_while_accounts_ask_again(slack: Chat, platform: FakePlatform):
    for text in ("vpn", "mail", "wifi"):
        await send(slack, text)
    assert platform.asked == 1
    now = slack.runtime.identities._monotonic
    slack.runtime.identities._monotonic = lambda: now() + 11
    await send(slack, "printer")
    assert platform.asked == 1
    await send(slack, control="reset_password")
    assert platform.asked == 2


async def test_an_account_that_was_lost_is_lost_at_once(slack: Chat, platform: FakePlatform):
    """The link is proven anew each time it counts: a changed profile ends it."""
    await send(slack, "vpn")
    platform.profiles["kari"] = employee("other@x.example")
    slack.runtime.identities.forget(slack.conversation())
    await send(slack, control="reset_password")
    assert opened(slack).account is None


async def test_a_failed_look_up_means_no(slack: Chat, platform: FakePlatform):
    await send(slack, "vpn")
    slack.runtime.identities.forget(slack.conversation())
    platform.down = True
    assert await send(slack, control="unlock_account") == ["utter_try_again (nb)"]
    assert len(slack.dialogue.heard) == 1


async def test_actions_that_do_not_answer_mean_no_too(slack: Chat, actions: FakeActions):
    actions.down = True
    assert await send(slack, "vpn") == ["utter_try_again (en)"]
    assert slack.dialogue.heard == []


async def test_a_guest_gets_one_sentence_a_machine_none(slack: Chat):
    assert await send(slack, "vpn", user="guest") == ["utter_not_served (en)"]
    assert await send(slack, "vpn", user="robot") == []
    assert slack.dialogue.heard == []


async def test_a_code_from_somebody_who_is_not_served_is_never_tried(slack: Chat, actions: FakeActions):
    await send(slack, code="123456", user="guest")
    assert actions.tried == []


async def test_a_code_is_not_tried_while_nobody_says_whose_it_is(
    slack: Chat, platform: FakePlatform, actions: FakeActions, monkeypatch: pytest.MonkeyPatch
):
    await send(slack, "vpn")
    slack.runtime.identities.forget(slack.conversation())
    monkeypatch.setattr("connectors.intake.IDENTITY_SECONDS", 0.2)

    async def hang(*_: object) -> Profile:
        await asyncio.sleep(3)
        return employee("kari@x.example")

    monkeypatch.setattr(platform, "profile", hang)
    assert await send(slack, code="481516") == ["utter_try_again (nb)"]
    assert actions.tried == []


async def test_knowledge_is_for_all_the_rest_goes_private(slack: Chat, platform: FakePlatform):
    """The words are carried along, so that nobody writes them twice."""
    room = {"user": "kari:C1:1.0", "private": False, "address": {"channel": "C1", "thread_ts": "1.0"}}
    assert await send(slack, "vpn", **room) == ["re: vpn"]
    assert opened(slack, "kari:C1:1.0").account is None
    assert await send(slack, "my password is wrong", **room) == ["utter_go_private (nb)"]
    await until(lambda: "re: my password is wrong" in platform.sent)
    private = [m for m in platform.shown.values() if m.conversation.channel_user == "kari"]
    assert [m.text for m in private] == ["utter_from_room (nb)", "re: my password is wrong"]
    assert opened(slack, "kari").proven
    assert slack.dialogue.texts == ["vpn", "my password is wrong"]


async def test_an_action_can_send_on_to_the_private_chat(slack: Chat, platform: FakePlatform):
    """Where only the dialogue knows, after "yes, a person" for one."""
    slack.dialogue.answers["yes please"] = [
        {"text": "in private", "custom": {"type": "go_private", "payload": "/talk_to_human"}}
    ]
    await send(slack, "yes please", user="kari:C1:1.0", private=False)
    await until(lambda: "/talk_to_human" in slack.dialogue.texts)
    assert slack.dialogue.heard[-1].sender_id == slack.conversation("kari")


async def test_a_redelivered_room_message_is_carried_over_once(slack: Chat):
    for _ in range(4):
        await send(slack, "ticket", user="kari:C1:1.0", private=False, key="same")
    await until(lambda: slack.dialogue.texts == ["ticket"])
    assert len(slack.front.conversations.messages(slack.conversation("kari"))) == 3
