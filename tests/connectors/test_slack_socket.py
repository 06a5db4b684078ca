"""Socket Mode: the same requests, acknowledged once they are stored, over a connection that comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.actions_client import KnownAccount
from connectors.runtime import Runtime
from connectors.slack import socket as socket_module
from connectors.slack.channel import SlackInput
from servicedesk.directory.port import AccountId
from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings import Settings
from servicedesk.slack_settings import APP_TOKEN as SHAPE
from servicedesk.store import StoreUnavailable
from tests.connectors.server import application, serve, stop
from tests.connectors.slack_api import APP_TOKEN, Person, Sender, Workspace, payload, settings_for
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say, until
from tests.connectors.test_slack import Slack, ask, ask_code, texts
from tests.connectors.test_slack_setup import environment, workspace

__all__ = ["workspace"]  # a fixture


@pytest.fixture
async def slack(
    front: Front,
    actions: FakeActions,
    dialogue: FakeDialogue,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Slack]:
    monkeypatch.setattr(socket_module, "PING_SECONDS", 0.5)
    workspace.add_user("U0KARI")
    actions.accounts["kari.nordmann@nordlys.example"] = KnownAccount(
        account=AccountId("a-kari"), language="nb"
    )
    token = Secret(name="TIER0_SLACK_APP_TOKEN", value=APP_TOKEN, shape=SHAPE)
    chosen = replace(settings_for(workspace.address), app_token=token)
    front = replace(front, settings=replace(front.settings, slack=chosen))
    runtime = Runtime(front, actions=actions, identify=identify, say=say, label=label)
    server, address = await serve(application(runtime, dialogue, SlackInput(runtime)))
    async with aiohttp.ClientSession() as http:
        sender = Sender(http, address, front.clock)
        yield Slack(workspace, sender, Person(workspace, sender), front, dialogue, actions, runtime)
        await stop(server)


async def test_a_message_and_a_press_over_the_socket(slack: Slack) -> None:
    ask(slack)
    assert await slack.workspace.socket.send("events_api", slack.kari.message("vpn")) is None
    posted = (await slack.kari.read(1))[0]
    press = slack.kari.pressing(posted, posted.buttons[0])
    for _ in range(2):  # and the same again: one effect
        assert await slack.workspace.socket.send("interactive", press) is None
    await slack.quiet()
    assert texts(slack.workspace.posted)[1:] == ["re: /greet"]


async def test_a_command_and_a_modal_are_answered_in_the_acknowledgement(slack: Slack) -> None:
    ask_code(slack)
    command = {**payload("slash_command"), "user_id": "U0KARI", "text": "vpn"}
    said = await slack.workspace.socket.send("slash_commands", command)
    assert said == {"response_type": "ephemeral", "text": "utter_answered_private (None)"}
    await slack.kari.read(1)
    modal = payload("view_submission")
    modal["user"]["id"] = "U0KARI"
    modal["view"]["state"]["values"]["code"]["code"]["value"] = "12"
    refused = await slack.workspace.socket.send("interactive", modal)
    assert refused == {"response_action": "errors", "errors": {"code": "code_length (nb)"}}


async def test_what_was_not_stored_is_not_acknowledged(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("locked")

    event = slack.kari.message("vpn")
    with monkeypatch.context() as patch:
        patch.setattr(slack.front.conversations, "open", gone)
        with pytest.raises(TimeoutError):
            await slack.workspace.socket.send("events_api", event, patience=1.0)
    assert await slack.workspace.socket.send("events_api", event) is None
    assert texts(await slack.kari.read(1)) == ["re: vpn"]


@pytest.mark.parametrize("how", ["ask_to_reconnect", "hang_up"])
async def test_a_connection_that_ends_comes_back(slack: Slack, how: str) -> None:
    """Slack renews each connection every few hours, and networks break."""
    line = slack.workspace.socket
    await until(lambda: line.connections == 1)
    await getattr(line, how)()
    await until(lambda: line.connections == 2)
    assert await line.send("events_api", slack.kari.message("vpn")) is None
    assert texts(await slack.kari.read(1)) == ["re: vpn"]


async def test_another_app_is_acknowledged_and_not_served(
    slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    other = {**slack.kari.message("kanarifugl"), "api_app_id": "A0OTHER"}
    assert await slack.workspace.socket.send("events_api", other) is None
    await slack.quiet()
    assert slack.dialogue.heard == []
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("connectors")]
    assert not [line for line in ours if "kanarifugl" in line or "xapp" in line or "ws://" in line]


def test_the_app_token_turns_it_on(tmp_path: Path) -> None:
    off = Settings.from_env(environment(tmp_path)).slack
    assert off is not None
    assert off.app_token is None
    (tmp_path / "app").write_text(APP_TOKEN)
    given = environment(tmp_path, TIER0_SLACK_APP_TOKEN_FILE=str(tmp_path / "app"))
    on = Settings.from_env(given).slack
    assert on is not None
    assert on.app_token is not None
    assert on.app_token.read() == APP_TOKEN
    (tmp_path / "app").write_text("xoxb-1234567890-abcdefghijklmnop")
    with pytest.raises(SettingsError, match="TIER0_SLACK_APP_TOKEN_FILE"):
        on.app_token.read()


async def test_the_messages_tab_suggests_what_one_can_begin_with(slack: Slack) -> None:
    opened = payload("app_home_opened")
    opened["event"].update(tab="messages", channel="D0KARI")
    await slack.workspace.socket.send("events_api", opened)
    await until(lambda: "D0KARI" in slack.workspace.prompts)
    first = slack.workspace.prompts["D0KARI"][0]
    assert first == {"title": "reset_password (nb)", "message": "reset_password (nb)"}
    slack.workspace.add_user("U0KARI", is_restricted=True)
    slack.workspace.prompts.clear()
    slack.runtime.identities.forget(slack.conversation)
    await slack.workspace.socket.send("events_api", opened)
    await slack.workspace.socket.send("events_api", slack.kari.message("vpn"))
    await slack.quiet()
    assert slack.workspace.prompts == {}, "a guest"
