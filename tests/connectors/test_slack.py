"""Slack on the fakes: what Slack sends in, and what stands in Slack afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sanic import Sanic
from sqlalchemy import select

from connectors.actions_client import KnownAccount
from connectors.runtime import Runtime
from connectors.slack.channel import SlackInput
from servicedesk.conversations import conversation_id
from servicedesk.directory.port import AccountId
from servicedesk.store.tables import inbound, sendings
from tests.connectors.server import application, serve, stop
from tests.connectors.slack_api import Fault, Person, Posted, Sender, Workspace, payload, settings_for
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say, until


@dataclass
class Slack:
    workspace: Workspace
    sender: Sender
    kari: Person
    front: Front
    dialogue: FakeDialogue
    actions: FakeActions
    runtime: Runtime

    @property
    def conversation(self) -> str:
        return conversation_id("slack", "T0NORDLYS", "U0KARI")

    async def quiet(self) -> None:
        """Nothing is open any more, and nothing waits to be sent."""

        def idle() -> bool:
            with self.front.store.transaction() as connection:
                working = select(inbound.c.id).where(inbound.c.done_at.is_(None))
                sending = select(sendings.c.message).where(sendings.c.state.in_(("queued", "edit")))
                return not any(connection.execute(query.limit(1)).first() for query in (working, sending))

        await until(idle, 20)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    made = Workspace()
    made.add_user("U0KARI")
    made.add_user("U0OLA", profile={"email": "ola@nordlys.example"}, locale="en-GB")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def front(front: Front, workspace: Workspace) -> Front:
    return replace(front, settings=replace(front.settings, slack=settings_for(workspace.address)))


def channels(runtime: Runtime, dialogue: FakeDialogue) -> Sanic:
    return application(runtime, dialogue, SlackInput(runtime))


@pytest.fixture
async def slack(
    runtime: Runtime, dialogue: FakeDialogue, actions: FakeActions, front: Front, workspace: Workspace
) -> AsyncIterator[Slack]:
    account = KnownAccount(account=AccountId("a-kari"), language="nb")
    actions.accounts["kari.nordmann@nordlys.example"] = account
    server, address = await serve(channels(runtime, dialogue))
    async with aiohttp.ClientSession() as http:
        sender = Sender(http, address, front.clock)
        kari = Person(workspace, sender)
        yield Slack(workspace, sender, kari, front, dialogue, actions, runtime)
        await stop(server)


def texts(messages: list[Posted]) -> list[str]:
    return [message.text for message in messages]


# --- a private chat ---


async def test_a_message_is_answered_in_the_private_chat(slack: Slack):
    await slack.kari.say("vpn &amp; wifi")
    assert texts(await slack.kari.read(1)) == ["re: vpn &amp; wifi"]
    assert slack.workspace.posted[0].words == "re: vpn & wifi"
    assert slack.workspace.posted[0].thread == ""
    assert slack.dialogue.texts == ["vpn & wifi"]
    found = slack.front.conversations.get(slack.conversation)
    assert found is not None
    assert found.proven


async def test_the_answer_comes_before_the_work(slack: Slack):
    """Stored, answered, worked on: the dialogue may take longer than the three seconds that Slack waits."""
    working = asyncio.Event()

    async def slow(_: Any) -> None:
        await working.wait()

    slack.dialogue.before = slow
    loop = asyncio.get_running_loop()
    started = loop.time()
    await slack.kari.say("vpn")
    assert loop.time() - started < 1.0
    assert slack.front.conversations.messages(slack.conversation)[0].text == "vpn"
    working.set()
    await slack.kari.read(1)


async def test_the_answer_does_not_wait_for_slacks_own_api(slack: Slack):
    slack.workspace.faults += [Fault("users.info", status=502)] * 2
    started = asyncio.get_running_loop().time()
    await slack.kari.say("vpn")
    assert asyncio.get_running_loop().time() - started < 1.0
    await slack.kari.read(1)


async def test_redelivered_late_and_out_of_order_is_one_effect_and_one_answer(slack: Slack):
    """F11, over two processes on one store."""
    other_runtime = Runtime(slack.front, actions=slack.actions, identify=identify, say=say, label=label)
    server, address = await serve(channels(other_runtime, slack.dialogue))
    other = Sender(slack.sender.http, address, slack.front.clock)
    first, second = slack.kari.message("one"), slack.kari.message("two")
    await asyncio.gather(
        *(side.event(first) for side in (slack.sender, other, slack.sender, other)),
    )
    await asyncio.gather(*(side.event(second) for side in (other, slack.sender)))
    await slack.quiet()
    slack.front.clock.advance(timedelta(hours=2))
    assert await other.event({**first, "event_id": "Ev-other"}) == (200, "")
    await slack.quiet()
    await stop(server)
    assert texts(slack.workspace.posted) == ["re: one", "re: two"]
    assert slack.dialogue.texts == ["one", "two"]


async def test_messages_are_worked_on_in_the_order_they_came(slack: Slack):
    for number in range(5):
        await slack.kari.say(f"m{number}")
    found = await slack.kari.read(5)
    assert texts(found) == [f"re: m{number}" for number in range(5)]


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1"},
        {"user": "U0TIER0"},
        {"subtype": "message_changed"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"hidden": True},
        {"user": None},
        {"user": ["U0KARI"]},
        {"ts": 5},
        {"channel": "C0GENERAL", "channel_type": "channel"},
        {"type": "reaction_added"},
        {"type": None},
    ],
)
async def test_what_is_not_said_to_us_is_nothing(slack: Slack, change: dict[str, Any]):
    body = slack.kari.message("vpn")
    body["event"].update(change)
    assert await slack.sender.event(body) == (200, "")
    await asyncio.sleep(0.1)
    assert slack.dialogue.heard == []
    assert slack.workspace.posted == []


async def test_a_message_ignored_in_a_channel_does_not_hide_the_mention(slack: Slack):
    """The same words come as `message` and `app_mention`, in any order, with different event ids."""
    body = slack.kari.mention("<@U0TIER0> vpn")
    plain = payload("message_channels")
    plain["event"].update(text=body["event"]["text"], ts=body["event"]["ts"])
    for event in (plain, body, plain):
        assert await slack.sender.event(event) == (200, "")
    assert texts(await slack.kari.read(1, channel="C0GENERAL")) == ["re: vpn"]


async def test_a_repeat_is_not_dropped_for_its_header(slack: Slack):
    """The first try may have been lost on its way."""
    body = json.dumps(slack.kari.message("vpn")).encode()
    headers = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    status, _, _ = await slack.sender.post(body, "application/json", headers)
    assert status == 200
    assert texts(await slack.kari.read(1)) == ["re: vpn"]


async def test_two_events_with_one_client_message_id_are_one_message(slack: Slack):
    body = slack.kari.message("vpn")
    again = slack.kari.message("vpn")
    again["event"]["client_msg_id"] = body["event"]["client_msg_id"]
    for event in (body, again):
        await slack.sender.event(event)
    await slack.quiet()
    assert texts(slack.workspace.posted) == ["re: vpn"]


async def test_a_thread_in_the_private_chat_is_answered_in_it(slack: Slack):
    body = slack.kari.message("vpn")
    body["event"]["thread_ts"] = "1793610000.000001"
    await slack.sender.event(body)
    assert (await slack.kari.read(1))[0].thread == "1793610000.000001"
    await slack.kari.say("mail")
    assert (await slack.kari.read(2))[1].thread == ""


async def test_a_picture_without_words_gets_a_sentence(slack: Slack):
    body = slack.kari.message("")
    body["event"]["subtype"] = "file_share"
    body["event"]["files"] = [{"id": "F1", "url_private": "https://files.example/x"}]
    await slack.sender.event(body)
    assert texts(await slack.kari.read(1))[0] == "utter_empty (nb)"


# --- channels ---


async def test_a_mention_is_answered_in_its_thread(slack: Slack):
    body = slack.kari.mention("<@U0TIER0> printer jam, ask <@U0OLA>")
    await slack.sender.event(body)
    found = await slack.kari.read(1, channel="C0GENERAL")
    assert (found[0].text, found[0].thread) == ("re: printer jam, ask @U0OLA", body["event"]["ts"])


async def test_account_matters_move_to_the_private_chat(slack: Slack):
    await slack.sender.event(slack.kari.mention("<@U0TIER0> my password is gone"))
    room = await slack.kari.read(1, channel="C0GENERAL")
    assert texts(room) == ["utter_go_private (nb)"]
    private = await slack.kari.read(2)
    assert texts(private) == ["utter_from_room (nb)", "re: my password is gone"]
    assert slack.dialogue.heard[0].sender_id == slack.conversation


async def test_two_people_in_one_thread_are_two_conversations(slack: Slack):
    first = slack.kari.mention("<@U0TIER0> vpn")
    await slack.sender.event(first)
    ola = Person(slack.workspace, slack.sender, "U0OLA")
    await slack.sender.event(ola.mention("<@U0TIER0> mail", thread=first["event"]["ts"]))
    found = await slack.kari.read(2, channel="C0GENERAL")
    assert {message.thread for message in found} == {first["event"]["ts"]}
    assert len({message.sender_id for message in slack.dialogue.heard}) == 2


# --- who ---


@pytest.mark.parametrize(
    ("change", "answers"),
    [
        ({"is_restricted": True}, 1),
        ({"is_ultra_restricted": True}, 1),
        ({"is_stranger": True}, 1),
        ({"is_invited_user": True}, 1),
        ({"team_id": "T0OTHER"}, 1),
        ({"is_bot": True}, 0),
        ({"deleted": True}, 0),
        ({"is_bot": None}, 0),
        ({"is_restricted": "no"}, 1),
    ],
)
async def test_guests_strangers_and_machines_are_not_served(
    slack: Slack, change: dict[str, Any], answers: int
):
    slack.workspace.add_user("U0KARI", **change)
    await slack.kari.say("vpn")
    await slack.quiet()
    assert texts(slack.workspace.posted) == ["utter_not_served (en)"] * answers
    assert slack.dialogue.heard == []


@pytest.mark.parametrize("home", [{"user_team": "T0OTHER"}, {"team": "T0OTHER"}, {"user_team": "E0OTHER"}])
async def test_slack_connect_is_not_served(slack: Slack, home: dict[str, str]):
    body = slack.kari.mention("<@U0TIER0> vpn")
    body["is_ext_shared_channel"] = True
    body["event"].update(home)
    await slack.sender.event(body)
    assert texts(await slack.kari.read(1, channel="C0GENERAL")) == ["utter_not_served (en)"]
    assert slack.dialogue.heard == []
    assert "users.info" not in slack.workspace.calls


async def test_an_employee_of_the_organisation_is_served(slack: Slack):
    """`user_team` may be the organisation's id, and the user belong to several of its workspaces."""
    slack.workspace.add_user(
        "U0KARI", team_id="T0SISTER", enterprise_user={"teams": ["T0SISTER", "T0NORDLYS"]}
    )
    body = slack.kari.message("vpn")
    body["authorizations"][0]["enterprise_id"] = "E0NORDLYS"
    body["event"]["user_team"] = "E0NORDLYS"
    await slack.sender.event(body)
    assert texts(await slack.kari.read(1))[0] == "re: vpn"


@pytest.mark.parametrize(
    "change",
    [
        {"profile": {"email": "kari.nordmann@gmail.example"}},
        {"profile": {"email": ""}},
        {"profile": {"email": "kari.nordmann@nordlys.example@evil.example"}},
        {"is_email_confirmed": False},
    ],
)
async def test_an_address_that_is_not_ours_proves_nobody(slack: Slack, change: dict[str, Any]):
    slack.workspace.add_user("U0KARI", **change)
    await slack.kari.say("vpn")
    await slack.kari.read(1)
    found = slack.front.conversations.get(slack.conversation)
    assert found is not None
    assert found.account is None


@pytest.mark.parametrize(
    "change", [{"api_app_id": "A0OTHER"}, {"authorizations": [{"team_id": "T0OTHER"}]}, {"api_app_id": None}]
)
async def test_another_app_or_workspace_is_refused(slack: Slack, change: dict[str, Any]):
    status, _ = await slack.sender.event({**slack.kari.message("vpn"), **change})
    assert status == 403
    assert slack.dialogue.heard == []


# --- buttons ---


def ask(slack: Slack) -> None:
    slack.dialogue.answers["vpn"] = [
        {"text": "Which?", "buttons": [{"title": t, "payload": f"/{t}"} for t in ("greet", "help")]}
    ]


async def test_a_press_is_said_once_and_the_outcome_replaces_the_buttons(slack: Slack):
    ask(slack)
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    assert posted.titles == ["greet", "help"]
    stale = [dict(element) for element in posted.buttons]
    await slack.kari.press("help")
    await slack.kari.read(2)
    await until(lambda: posted.titles == [])
    assert "✓ help" in posted.words
    for element in stale:  # somebody whose Slack still shows them
        await slack.sender.interact(slack.kari.pressing(posted, element))
    found = await slack.kari.read(4)
    assert texts(found)[1:] == ["re: /help", "utter_button_done (nb)", "utter_button_done (nb)"]
    assert slack.dialogue.texts == ["vpn", "/help"]


async def test_typing_in_place_of_pressing_takes_the_buttons_off(slack: Slack):
    ask(slack)
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    stale = dict(posted.buttons[0])
    await slack.quiet()
    await slack.kari.say("hm")
    await slack.quiet()
    assert (posted.text, posted.words, posted.titles) == ("Which?", "Which?", [])
    assert slack.workspace.calls.count("chat.update") == 1
    await slack.kari.say("well")
    await slack.quiet()
    assert slack.workspace.calls.count("chat.update") == 1, "not again with each message"
    await slack.sender.interact(slack.kari.pressing(posted, stale))  # whose Slack still shows it
    await slack.quiet()
    assert "✓ greet" in posted.words


async def test_typing_on_leaves_the_page_of_an_article(slack: Slack):
    card = {"type": "article", "title": "VPN", "url": "https://it.example/vpn"}
    slack.dialogue.answers["vpn"] = [
        {"text": "**VPN**", "custom": card, "buttons": [{"title": "Solved", "payload": "/kb_solved"}]}
    ]
    await slack.kari.say("vpn")
    await slack.quiet()
    await slack.kari.say("hm")
    await slack.quiet()
    assert slack.workspace.posted[0].titles == ["whole_article (nb)"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.update", status=429, retry_after=30),
        Fault("chat.update", status=502),
        Fault("chat.update", error="message_not_found"),
    ],
    ids=["busy", "broken", "deleted"],
)
async def test_buttons_that_cannot_be_taken_off_delay_no_answer(slack: Slack, fault: Fault):
    ask(slack)
    await slack.kari.say("vpn")
    await slack.quiet()
    slack.workspace.faults.append(fault)
    await slack.kari.say("hm")
    assert texts(await slack.kari.read(2)) == ["Which?", "re: hm"]
    await until(lambda: not slack.workspace.faults)
    slack.front.clock.advance(timedelta(seconds=40))
    await slack.quiet()
    assert slack.workspace.posted[0].titles == (["greet", "help"] if fault.error else [])


async def test_a_press_that_slack_sends_again_counts_once(slack: Slack):
    ask(slack)
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    body = slack.kari.pressing(posted, posted.buttons[0])
    for _ in range(4):
        assert (await slack.sender.interact(body))[0] == 200
    await slack.quiet()
    assert texts(slack.workspace.posted)[1:] == ["re: /greet"]


async def test_an_old_button_says_so(slack: Slack):
    ask(slack)
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    slack.front.clock.advance(timedelta(hours=2))
    await slack.kari.press("greet")
    assert texts(await slack.kari.read(2))[1] == "utter_button_expired (nb)"
    await until(lambda: posted.titles == [])


async def test_who_presses_must_be_who_was_asked(slack: Slack):
    """U12: only the presser is told, in the thread; nothing happens for either."""
    ask(slack)
    await slack.sender.event(slack.kari.mention("<@U0TIER0> vpn"))
    await slack.kari.read(1, channel="C0GENERAL")
    await slack.kari.press("help", channel="C0GENERAL", user="U0OLA")
    await until(lambda: len(slack.workspace.ephemeral) == 1)
    assert slack.workspace.ephemeral[0]["user"] == "U0OLA"
    assert slack.dialogue.texts == ["vpn"]


@pytest.mark.parametrize("value", ["", "/password_reset", "btn.x", "btn." + "0" * 32 + ".1-" + "0" * 64])
async def test_a_made_up_button_does_nothing(slack: Slack, value: str):
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    element = {"action_id": "tier0:choice:0", "text": {"type": "plain_text", "text": "x"}, "value": value}
    assert (await slack.sender.interact(slack.kari.pressing(posted, element)))[0] == 200
    await until(lambda: len(slack.workspace.ephemeral) == 1)
    assert slack.dialogue.texts == ["vpn"]


# --- codes ---


def ask_code(slack: Slack) -> None:
    slack.dialogue.answers["/password_reset"] = [
        {"text": "Code?", "custom": {"type": "code_field", "digits": 6, "factor": "sms"}}
    ]


async def open_field(slack: Slack) -> Posted:
    ask_code(slack)
    slack.dialogue.answers["vpn"] = [
        {"text": "ok", "buttons": [{"title": "New", "payload": "/password_reset"}]}
    ]
    await slack.kari.say("vpn")
    await slack.kari.read(1)
    await slack.kari.press("New")
    posted = (await slack.kari.read(2))[1]
    await slack.kari.press("code_enter (nb)")
    await until(lambda: len(slack.workspace.views) == 1)
    return posted


async def test_a_code_is_typed_into_a_modal_and_stored_nowhere(slack: Slack):
    """S3"""
    posted = await open_field(slack)
    view = slack.workspace.views[0]
    assert view["blocks"][0]["label"]["text"] == "code_sms (nb)"
    slack.actions.codes[slack.conversation] = "481 516".replace(" ", "")
    assert await slack.kari.enter("481 516") == ""
    assert texts(await slack.kari.read(3))[2] == "re: /code_entered"
    assert slack.actions.tried == ["481516"]
    await until(lambda: posted.titles == [])
    database = (slack.front.settings.state_dir / "tier0.db").read_bytes()
    wal = slack.front.settings.state_dir / "tier0.db-wal"
    everything = database + (wal.read_bytes() if wal.exists() else b"")
    assert b"481516" not in everything
    assert b"481 516" not in everything


async def test_words_in_between_leave_the_field_open(slack: Slack):
    posted = await open_field(slack)
    await slack.kari.say("wait, my phone is upstairs")
    await slack.kari.read(3)
    await slack.quiet()
    assert posted.titles == ["code_enter (nb)"]


async def test_another_way_that_was_chosen_closes_the_field(slack: Slack):
    slack.dialogue.answers["vpn"] = [
        {
            "text": "Code?",
            "custom": {"type": "code_field", "digits": 6, "factor": "authenticator"},
            "buttons": [{"title": "By text message", "payload": "/greet"}],
        }
    ]
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    assert posted.titles == ["code_enter (nb)", "By text message"]
    await slack.kari.press("By text message")
    await until(lambda: posted.titles == [])


async def test_once_a_code_was_accepted_no_card_offers_another_way(slack: Slack):
    slack.dialogue.answers["vpn"] = [
        {
            "text": "Code?",
            "custom": {"type": "code_field", "digits": 6, "factor": "authenticator"},
            "buttons": [{"title": "By text message", "payload": "/greet"}],
        }
    ]
    await slack.kari.say("vpn")
    posted = (await slack.kari.read(1))[0]
    await slack.kari.press("code_enter (nb)")
    await until(lambda: len(slack.workspace.views) == 1)
    slack.actions.codes[slack.conversation] = "481516"
    assert await slack.kari.enter("481516") == ""
    await until(lambda: posted.titles == [])
    assert "✓ code_given (nb)" in str(posted.blocks)


@pytest.mark.parametrize("typed", ["12", "hemmelig", "", "123456789"])
async def test_what_is_no_code_keeps_the_modal_open(slack: Slack, typed: str):
    await open_field(slack)
    answer = json.loads(await slack.kari.enter(typed))
    assert answer == {"response_action": "errors", "errors": {"code": "code_length (nb)"}}
    assert slack.actions.tried == []


async def test_a_code_sent_four_times_is_one_try(slack: Slack):
    await open_field(slack)
    slack.actions.codes[slack.conversation] = "481516"
    for _ in range(4):
        await slack.kari.enter("999999")
    await slack.quiet()
    assert slack.actions.tried == ["999999"]


async def test_whose_code_it_is_is_said_by_the_envelope_only(slack: Slack):
    """S1: `private_metadata`, names and what is typed say nothing about who it is."""
    await open_field(slack)
    slack.actions.codes[slack.conversation] = "481516"
    body = payload("view_submission")
    body["user"].update(id="U0OLA", username="kari", name="Kari Nordmann")
    body["view"]["private_metadata"] = json.dumps({"user": "U0KARI", "conversation": slack.conversation})
    body["view"]["state"]["values"]["code"]["code"]["value"] = "481516"
    assert (await slack.sender.interact(body))[0] == 200
    await slack.quiet()
    ola = conversation_id("slack", "T0NORDLYS", "U0OLA")
    assert slack.dialogue.heard[-1].sender_id == ola
    assert "/code_entered" not in [m.text for m in slack.dialogue.heard if m.sender_id == slack.conversation]


async def test_a_trigger_that_has_expired_is_no_fault(slack: Slack):
    posted = await open_field(slack)
    body = slack.kari.pressing(posted, posted.buttons[0])
    slack.workspace.triggers.clear()
    assert (await slack.sender.interact(body))[0] == 200
    await asyncio.sleep(0.1)
    assert len(slack.workspace.views) == 1


# --- the slash command and the Home tab ---


async def test_a_command_is_answered_in_the_private_chat(slack: Slack):
    answer = json.loads(await slack.kari.command("vpn"))
    assert answer == {"response_type": "ephemeral", "text": "utter_answered_private (None)"}
    assert texts(await slack.kari.read(1))[0] == "re: vpn"
    assert await slack.kari.command("", channel="D0KARI") == ""
    assert texts(await slack.kari.read(2))[1] == "re: /help"


async def test_the_address_is_verified_at_set_up(slack: Slack):
    status, text = await slack.sender.event(payload("url_verification"))
    assert (status, json.loads(text)["challenge"][:6]) == (200, "3eZbrw")
    assert await slack.sender.form({"ssl_check": "1", "token": "x"}) == (200, "")


async def test_a_lost_app_is_told_to_the_operator(slack: Slack, caplog: pytest.LogCaptureFixture):
    body = payload("message_im")
    body["event"] = {"type": "app_uninstalled"}
    assert await slack.sender.event(body) == (200, "")
    assert "app_uninstalled" in caplog.text


# --- sending ---


async def test_nothing_is_unfurled_and_every_message_has_a_text(slack: Slack):
    seen: list[dict[str, Any]] = []
    post = slack.workspace._chat_postMessage
    slack.workspace._chat_postMessage = lambda arguments: (seen.append(arguments), post(arguments))[1]
    await slack.kari.say("see https://evil.example <!here>")
    await slack.kari.read(1)
    assert all(a["unfurl_links"] is False and a["unfurl_media"] is False and a["text"] for a in seen)
    assert "<!here>" not in seen[0]["text"]


async def test_429_waits_as_long_as_slack_says_in_order(slack: Slack):
    slack.workspace.faults.append(Fault("chat.postMessage", status=429, retry_after=30))
    await slack.kari.say("one")
    await slack.kari.say("two")
    await until(lambda: not slack.workspace.faults)
    await asyncio.sleep(1.2)
    assert slack.workspace.posted == []
    slack.front.clock.advance(timedelta(seconds=32))
    assert texts(await slack.kari.read(2)) == ["re: one", "re: two"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", status=500),
        Fault("chat.postMessage", error="internal_error"),
        Fault("chat.postMessage", error="ratelimited"),
        Fault("chat.postMessage", error="invalid_auth"),
    ],
)
async def test_a_passing_fault_of_slack_is_tried_again(slack: Slack, fault: Fault):
    slack.workspace.faults.append(replace(fault))
    await slack.kari.say("vpn")
    await until(lambda: not slack.workspace.faults)
    await asyncio.sleep(0.1)
    slack.front.clock.advance(timedelta(minutes=2))
    assert texts(await slack.kari.read(1)) == ["re: vpn"]


async def test_a_refusal_for_good_does_not_hold_up_the_next(slack: Slack):
    slack.workspace.faults.append(Fault("chat.postMessage", error="is_archived"))
    await slack.kari.say("vpn")
    await slack.kari.say("mail")
    assert texts(await slack.kari.read(1)) == ["re: mail"]


async def test_blocks_that_slack_cannot_read_leave_the_text(slack: Slack):
    slack.workspace.faults.append(Fault("chat.postMessage", error="invalid_blocks"))
    await slack.kari.say("vpn")
    found = await slack.kari.read(1)
    assert (found[0].text, found[0].blocks) == ("re: vpn", [])


async def test_an_agents_answer_arrives_unasked(slack: Slack):
    """Proactive, and it says that a person wrote it."""
    await slack.kari.say("vpn")
    await slack.kari.read(1)
    slack.front.conversations.say(
        conversation=slack.conversation,
        key="agent-1",
        author="agent",
        text="Try **again**",
        author_name="Liv",
    )
    found = (await slack.kari.read(2))[1]
    assert found.text == "Try again"
    assert found.words.startswith("from_agent (nb)")


async def test_a_store_that_is_gone_is_a_503_and_slack_comes_again(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
):
    from servicedesk.store import StoreUnavailable

    body = slack.kari.message("vpn")

    def gone(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("locked")

    with monkeypatch.context() as patch:
        patch.setattr(slack.front.conversations, "open", gone)
        status, _ = await slack.sender.event(body)
    assert status == 503
    assert await slack.sender.event(body) == (200, "")
    assert texts(await slack.kari.read(1))[0] == "re: vpn"
