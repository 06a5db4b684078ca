"""What the settings make of Slack: one workspace with its token, or those that installed the app by OAuth."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.runtime import Front
from connectors.slack.api import OneToken, SlackApi
from connectors.slack.install import Install
from connectors.slack.installations import Installations
from connectors.slack.oauth import OAuth
from connectors.slack.rotation import InstalledTokens
from connectors.slack.states import States
from servicedesk.audit import open_audit
from servicedesk.slack_settings import SlackSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """Where the app is installed by OAuth."""

    installations: Installations
    tokens: InstalledTokens
    oauth: OAuth


def installed_of(front: Front, slack: SlackSettings) -> Installed:
    """Raises SettingsError where the client secret cannot be read."""
    oauth = OAuth(slack, front.settings.chat_url, front.clock)
    audit = open_audit(front.settings, front.store, front.clock, front.keys)
    installations = Installations(front.store, front.clock, front.keys, audit)
    tokens = InstalledTokens(installations, oauth, front.clock)
    return Installed(installations=installations, tokens=tokens, oauth=oauth)


def api_of(slack: SlackSettings, installed: Installed | None) -> SlackApi:
    """Raises SettingsError where the one workspace's token cannot be read."""
    if installed is not None:
        return SlackApi(slack.api_url, installed.tokens)
    return SlackApi(slack.api_url, OneToken(slack.bot_token.read() if slack.bot_token else ""))


def install_of(front: Front, slack: SlackSettings, installed: Installed) -> Install:
    return Install(
        settings=slack,
        oauth=installed.oauth,
        states=States(front.store, front.clock, front.keys),
        installations=installed.installations,
        tokens=installed.tokens,
    )
