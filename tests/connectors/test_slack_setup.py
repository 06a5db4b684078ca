"""Setting Slack up: the settings, the manifest, and what `check` says of an app and of its faults."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.runtime import Runtime
from connectors.slack import check
from connectors.slack.__main__ import main
from connectors.slack.check import findings
from connectors.slack.manifest import FILE, REDIRECT, WEBHOOK, manifest_for, scopes
from connectors.slack.parts import api_of
from deploy.embedded.processes import ROOT, channels
from servicedesk.clock import SystemClock
from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings import Settings
from tests.connectors.server import serve, stop
from tests.connectors.slack_api import APP_TOKEN, SECRET, TOKEN, Fault, Workspace, settings_for
from tests.connectors.support import FakeDialogue, Front
from tests.connectors.test_slack import channels as slack_channels


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    made = Workspace()
    await made.start()
    yield made
    await made.stop()


def environment(folder: Path, **changes: str | None) -> dict[str, str]:
    (folder / "secret").write_text(f"{SECRET}\n", encoding="ascii")
    (folder / "token").write_text(f"{TOKEN}\n", encoding="ascii")
    values = {
        "TIER0_SLACK_APP_ID": "A0TIER0",
        "TIER0_SLACK_TEAM_ID": "T0NORDLYS",
        "TIER0_SLACK_SIGNING_SECRET_FILE": str(folder / "secret"),
        "TIER0_SLACK_BOT_TOKEN_FILE": str(folder / "token"),
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def test_slack_is_off_without_settings():
    settings = Settings.from_env({})
    assert settings.slack is None
    assert "slack" not in channels(settings)


def test_slack_is_on_with_four_settings(tmp_path: Path):
    settings = Settings.from_env(
        environment(tmp_path, TIER0_SLACK_EMAIL_DOMAINS="Nordlys.example, nordlys.example.com")
    )
    assert settings.slack is not None
    assert settings.slack.email_domains == ("nordlys.example", "nordlys.example.com")
    assert settings.slack.signing_secret.read() == SECRET
    assert "connectors.slack.channel.SlackInput:" in channels(settings)
    assert list(yaml.safe_load(channels(settings)))[-1] == "connectors.slack.channel.SlackInput"
    assert SECRET not in repr(settings)
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TIER0_SLACK_APP_ID", None),
        ("TIER0_SLACK_APP_ID", "B123"),
        ("TIER0_SLACK_TEAM_ID", "nordlys"),
        ("TIER0_SLACK_SIGNING_SECRET_FILE", None),
        ("TIER0_SLACK_API_URL", "http://slack.example/api"),
        ("TIER0_SLACK_COMMAND", "it"),
        ("TIER0_SLACK_EMAIL_DOMAINS", "@nordlys"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path, variable: str, value: str | None):
    with pytest.raises(SettingsError, match=variable) as refused:
        Settings.from_env(environment(tmp_path, **{variable: value}))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("secret", [None, "", "short", "a" * 40, "ø" * 40])
def test_a_secret_that_is_none_stops_who_needs_it_only(tmp_path: Path, secret: str | None):
    """S11, S14: actions and desk read these settings, too, and have no such file."""
    settings = Settings.from_env(environment(tmp_path)).slack
    assert settings is not None
    (tmp_path / "secret").unlink()
    if secret is not None:
        (tmp_path / "secret").write_text(secret, encoding="utf-8")
    with pytest.raises(SettingsError, match="TIER0_SLACK_SIGNING_SECRET_FILE") as refused:
        settings.signing_secret.read()
    assert not secret or secret not in str(refused.value)


def test_a_token_of_another_kind_stops_the_connector(tmp_path: Path):
    """The signing secret in the token's place is the mix-up that happens."""
    settings = Settings.from_env(
        environment(tmp_path, TIER0_SLACK_BOT_TOKEN_FILE=str(tmp_path / "secret"))
    ).slack
    assert settings is not None
    with pytest.raises(SettingsError, match="TIER0_SLACK_BOT_TOKEN_FILE") as refused:
        api_of(settings, None)
    assert SECRET not in str(refused.value)


def test_the_manifest_keeps_slacks_limits_and_asks_for_no_more_than_is_used():
    manifest: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    assert set(scopes()) == {
        *("app_mentions:read", "chat:write", "commands", "im:history", "im:write"),
        *("users:read", "users:read.email", "assistant:write"),
    }
    assert len(manifest["features"]["agent_view"]["agent_description"]) <= 300
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert set(events) == {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "message.im",
        "tokens_revoked",
    }


def test_the_manifest_gets_the_installations_own_addresses():
    made = yaml.safe_load(manifest_for("https://it.nordlys.example/", "/hjelp"))
    url = f"https://it.nordlys.example{WEBHOOK}"
    assert made["features"]["slash_commands"][0]["command"] == "/hjelp"
    addresses = {
        made["features"]["slash_commands"][0]["url"],
        made["settings"]["interactivity"]["request_url"],
        made["settings"]["event_subscriptions"]["request_url"],
    }
    assert addresses == {url}


def test_the_manifest_of_socket_mode_names_no_address():
    text = manifest_for("https://it.nordlys.example/", "/hjelp", socket=True)
    assert REDIRECT not in text
    made = yaml.safe_load(text)
    assert "it.nordlys.example/webhooks" not in text
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"] == {"is_enabled": True}
    assert made["features"]["slash_commands"][0]["command"] == "/hjelp"


def test_the_manifest_of_several_workspaces_installs_by_oauth_and_rotates_tokens():
    made = yaml.safe_load(manifest_for("https://it.nordlys.example", "/it", several=True))
    assert made["oauth_config"]["redirect_urls"] == [f"https://it.nordlys.example{REDIRECT}"]
    assert made["settings"]["token_rotation_enabled"] is made["settings"]["org_deploy_enabled"] is True
    one = yaml.safe_load(manifest_for("https://it.nordlys.example", "/it"))
    assert "redirect_urls" not in one["oauth_config"]
    assert one["settings"]["token_rotation_enabled"] is one["settings"]["org_deploy_enabled"] is False
    assert one["oauth_config"]["scopes"] == made["oauth_config"]["scopes"]


async def test_the_socket_is_tried_instead_of_the_webhook(workspace: Workspace):
    token = Secret(name="TIER0_SLACK_APP_TOKEN", value=APP_TOKEN)
    assert (await lines(workspace, app_token=token))[-1].startswith("ok    socket")
    wrong = replace(token, value=APP_TOKEN + "x")
    assert (await lines(workspace, app_token=wrong))[-1].startswith(
        "WRONG socket: Slack opens no connection (invalid_auth)"
    )


async def lines(workspace: Workspace, chat_url: str = "http://127.0.0.1:9", **changes: Any) -> list[str]:
    slack = replace(settings_for(workspace.address), **changes)
    return [str(finding) async for finding in findings(Settings(chat_url=chat_url), slack)]


async def test_an_app_that_is_set_up_is_all_ok(
    workspace: Workspace, runtime: Runtime, front: Front, dialogue: FakeDialogue
):
    object.__setattr__(front, "settings", replace(front.settings, slack=settings_for(workspace.address)))
    object.__setattr__(front, "clock", SystemClock())
    server, address = await serve(slack_channels(runtime, dialogue))
    found = await lines(workspace, address)
    await stop(server)
    assert len(found) == 7
    assert all(line.startswith("ok ") for line in found), found
    assert not any(SECRET in line or TOKEN in line for line in found)


@pytest.mark.parametrize(
    ("arrange", "said"),
    [
        (lambda w: w.faults.append(Fault("auth.test", error="invalid_auth")), "WRONG token"),
        (lambda w: w.faults.append(Fault("auth.test", status=502)), "WRONG token"),
        (lambda w: setattr(w, "scopes", "chat:write,commands"), "WRONG scopes: app_mentions:read"),
        (
            lambda w: setattr(w, "scopes", f"{w.scopes},files:read"),
            "note  scopes: more than is needed: files:read",
        ),
        (lambda w: w.faults.append(Fault("bots.info", error="missing_scope")), "note  app"),
        (lambda w: None, "WRONG webhook: http://127.0.0.1:9"),
    ],
)
async def test_each_fault_is_named(workspace: Workspace, arrange: Any, said: str):
    arrange(workspace)
    assert any(line.startswith(said) for line in await lines(workspace))


async def test_another_workspace_or_app_is_named(workspace: Workspace):
    assert any(line.startswith("WRONG workspace") for line in await lines(workspace, team_id="T0OTHER"))
    assert any(line.startswith("WRONG app") for line in await lines(workspace, app_id="A0OTHER"))
    assert any(line.startswith("note  identity") for line in await lines(workspace, email_domains=()))


@pytest.mark.parametrize(
    ("date", "state"),
    [("Mon, 02 Nov 2020 09:00:00 GMT", check.WRONG), ("", check.NOTE), ("yesterday", check.NOTE)],
)
def test_a_clock_that_is_off_is_named(date: str, state: str):
    assert check._of_the_clock(date).state == state


@pytest.mark.parametrize("page", ["settings.md", "slack.md"])
def test_every_setting_is_written_down(page: str):
    code = (ROOT / "servicedesk" / "slack_settings.py").read_text(encoding="utf-8")
    names = {f"TIER0_{name}" for name in re.findall(r'"(SLACK_[A-Z_]+)"', code)}
    assert len(names) == 14
    optional = {"TIER0_SLACK_API_URL", "TIER0_SLACK_COMMAND"} if page == "slack.md" else set()
    assert names - optional <= set(
        re.findall(r"TIER0_\w+", (ROOT / "docs" / page).read_text(encoding="utf-8"))
    )


def test_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("TIER0_STATE_DIR", str(tmp_path))
    assert main(["check"]) == 1
    assert "Slack is off" in capsys.readouterr().out
    monkeypatch.setenv("TIER0_SLACK_APP_ID", "A0TIER0")
    assert main(["check"]) == 1
    assert "TIER0_SLACK_TEAM_ID" in capsys.readouterr().out
    monkeypatch.delenv("TIER0_SLACK_APP_ID")
    assert main(["manifest", "--address", "https://x.example"]) == 0
    assert "https://x.example/webhooks/slack/webhook" in capsys.readouterr().out
