"""Whether Slack is set up: a line a finding, in the order in which one sets it up (docs/slack.md)."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from connectors.platform import TryLater
from connectors.slack.api import NotInstalled, Refused, SlackApi
from connectors.slack.manifest import INSTALL, WEBHOOK, scopes
from connectors.slack.parts import Installed, api_of
from connectors.slack.payload import text_at
from connectors.slack.verify import WINDOW_SECONDS, signature_of
from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.settings import Settings
from servicedesk.slack_settings import Domains, SlackSettings

OK, NOTE, WRONG = "ok", "note", "WRONG"
CHALLENGE = "tier0-check"


@dataclass(frozen=True, slots=True)
class Finding:
    state: str  # OK, NOTE, WRONG
    text: str  # what is so, and what to do about it; never a secret

    def __str__(self) -> str:
        return f"{self.state:<5} {self.text}"


async def findings(
    settings: Settings, slack: SlackSettings, installed: Installed | None = None
) -> AsyncIterator[Finding]:
    """One after another, as they are found out. `installed`: where several workspaces are served."""
    where = f"workspace {slack.team_id}" if slack.team_id else f"{len(slack.workspaces)} workspaces"
    yield Finding(OK, f"settings: app {slack.app_id} in {where}, command {slack.command}")
    api = api_of(slack, installed)
    try:
        for workspace, domains in slack.served.items():
            yield _proof(workspace, domains)
            async for finding in _of_an_installation(workspace, settings, installed):
                yield finding
            async for finding in _of_the_app(api, slack, workspace):
                yield finding
        if installed is not None:
            for finding in _of_others(installed, slack):
                yield finding
    finally:
        await api.close()
    if slack.app_token is not None:
        yield await _of_the_socket(slack.app_token, slack.api_url)
    else:
        yield await _of_the_webhook(settings.chat_url, slack)


async def _of_an_installation(
    workspace: str, settings: Settings, installed: Installed | None
) -> AsyncIterator[Finding]:
    if installed is None:
        return
    found = installed.installations.get(workspace)
    if found is None:
        return
    ends = found.tokens.expires_at
    until = f"tokens until {ends:%Y-%m-%d %H:%M} UTC" if ends else "tokens that do not expire"
    yield Finding(
        OK, f"installation: {workspace} ({found.name}) since {found.installed_at:%Y-%m-%d}, {until}"
    )
    if found.refused:
        again = f"install it again: {settings.chat_url}{INSTALL}"
        yield Finding(WRONG, f"rotation: Slack does not renew the tokens ({found.refused}); {again}")


def _of_others(installed: Installed, slack: SlackSettings) -> Iterator[Finding]:
    for workspace in installed.installations.workspaces():
        if workspace not in slack.served:
            yield Finding(
                NOTE, f"workspace: {workspace} has the app and is not in TIER0_SLACK_WORKSPACES: not served"
            )


async def _of_the_app(api: SlackApi, slack: SlackSettings, workspace: str) -> AsyncIterator[Finding]:
    try:
        who, headers = await api.whoami(workspace)
    except NotInstalled:
        yield Finding(WRONG, f"installation: the app is not installed in {workspace}; open …{INSTALL} there")
        return
    except (TryLater, Refused) as err:
        yield Finding(WRONG, f"token: Slack does not take it ({err}); is it this app's Bot User OAuth Token?")
        return
    yield Finding(OK, f"token: {slack.api_url} takes it, as the bot user {text_at(who, 'user_id')}")
    home = text_at(who, "enterprise_id" if workspace.startswith("E") else "team_id")
    if home != workspace:
        yield Finding(WRONG, f"workspace: the token is of {home}, the settings say {workspace}")
    yield _of_the_scopes(headers.get("x-oauth-scopes", ""))
    yield _of_the_clock(headers.get("date", ""))
    try:
        bot = await api.read(workspace, "bots.info", bot=text_at(who, "bot_id"))
    except (TryLater, Refused) as err:
        yield Finding(NOTE, f"app: Slack did not say which app the token is of ({err})")
        return
    app = text_at(bot, "bot", "app_id")
    if app != slack.app_id:
        yield Finding(WRONG, f"app: the token is of {app}, TIER0_SLACK_APP_ID says {slack.app_id}")
    else:
        yield Finding(OK, f"app: the token is of {app}")


def _proof(workspace: str, domains: Domains) -> Finding:
    if domains:
        return Finding(OK, f"identity: an address at {', '.join(domains)} proves an account in {workspace}")
    text = f"no e-mail domain is set for {workspace}: nobody is proven, account matters go to the reset page"
    return Finding(NOTE, f"identity: {text}")


def _of_the_scopes(given: str) -> Finding:
    has, needs = {scope.strip() for scope in given.split(",")} - {""}, set(scopes())
    if needs - has:
        missing = ", ".join(sorted(needs - has))
        return Finding(
            WRONG, f"scopes: {missing} missing; add it under OAuth & Permissions and reinstall the app"
        )
    if has - needs:
        return Finding(NOTE, f"scopes: more than is needed: {', '.join(sorted(has - needs))}")
    return Finding(OK, f"scopes: exactly the {len(needs)} that are needed")


def _of_the_clock(date: str) -> Finding:
    try:
        off = abs((datetime.now(timezone.utc) - parsedate_to_datetime(date)).total_seconds())
    except (TypeError, ValueError):
        return Finding(NOTE, "clock: Slack did not say what time it is")
    if off > WINDOW_SECONDS / 2:
        return Finding(
            WRONG, f"clock: {off:.0f} s off Slack's; requests more than {WINDOW_SECONDS} s off are refused"
        )
    return Finding(OK, f"clock: {off:.0f} s off Slack's")


async def _of_the_socket(token: Secret, api_url: str) -> Finding:
    try:
        await AsyncWebClient(base_url=f"{api_url}/", timeout=10).apps_connections_open(app_token=token.read())
    except SlackApiError as err:
        return Finding(
            WRONG,
            f"socket: Slack opens no connection ({err.response['error']}); is the app-level token good for "
            "connections:write, and Socket Mode on?",
        )
    except (SlackClientError, SettingsError, aiohttp.ClientError, TimeoutError, OSError) as err:
        return Finding(WRONG, f"socket: Slack opens no connection ({type(err).__name__})")
    return Finding(OK, "socket: Slack opens a connection for the app-level token")


async def _of_the_webhook(address: str, slack: SlackSettings) -> Finding:
    """As Slack verifies it at set-up: signed, over the address that Slack uses."""
    url = f"{address}{WEBHOOK}"
    body = json.dumps({"type": "url_verification", "challenge": CHALLENGE}).encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature_of(body, timestamp=timestamp, secret=slack.signing_secret.read()),
    }
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            answered = response.status == 200 and CHALLENGE in await response.text()
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as err:
        return Finding(WRONG, f"webhook: {url} cannot be reached ({type(err).__name__}); is Tier0 running?")
    if answered:
        return Finding(OK, f"webhook: {url} answers and knows the signing secret")
    hint = {
        401: "it runs with another signing secret",
        404: "it runs without Slack: restart it with the settings",
    }
    return Finding(
        WRONG, f"webhook: {url} answers {status}: {hint.get(status, 'something else answers there')}"
    )
