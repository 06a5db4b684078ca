"""One Slack app (TIER0_SLACK_…): in one workspace, or installed by OAuth in those that the administrator names.

docs/slack.md says where each value comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret, Shape
from servicedesk.settings_reader import Reader

API_URL = "https://slack.com/api"
SIGNING_SECRET = Shape(pattern=r"[\x21-\x7e]+", what="one line of text")
CLIENT_SECRET = Shape(pattern=r"[\x21-\x7e]+", what="one line of text")
APP_TOKEN = Shape(pattern=r"xapp-[\w.-]{20,400}", what="an app-level token (xapp-…)")
BOT_TOKEN = Shape(pattern=r"xox[be][.-][\w.-]{20,400}", what="a bot token (xoxb-…)")
_SECRETS = ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "SLACK_CLIENT_SECRET")
_ONE = ("SLACK_TEAM_ID", "SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN_FILE", "SLACK_EMAIL_DOMAINS")
_SEVERAL = ("SLACK_WORKSPACES", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_CLIENT_SECRET_FILE")
_NEEDS = (
    *("SLACK_APP_ID", "SLACK_TEAM_ID", "SLACK_WORKSPACES", "SLACK_CLIENT_ID"),
    *_SECRETS,
    *(f"{name}_FILE" for name in _SECRETS),
)
_WORKSPACE = r"[TE][A-Z0-9]{2,20}"
_DOMAIN = r"[a-z0-9-]+(\.[a-z0-9-]+)+"

Domains = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackSettings:
    app_id: str
    signing_secret: Secret
    team_id: str = ""  # the one workspace; "" where there may be several
    bot_token: Secret | None = (
        None  # the one workspace's; the others' come by OAuth and are kept in the store
    )
    client_id: str = ""
    client_secret: Secret | None = None
    workspaces: Mapping[str, Domains] = field(default_factory=dict)  # T… or E…: whose addresses count there
    api_url: str = API_URL
    command: str = "/it"
    app_token: Secret | None = None  # Socket Mode: Slack reaches no address of ours
    email_domains: Domains = ()  # of the one workspace; none: nobody is proven there (S1)

    @property
    def several(self) -> bool:
        """Whether workspaces install the app themselves (OAuth)."""
        return not self.team_id

    @property
    def served(self) -> Mapping[str, Domains]:
        """Workspaces and organisations whose people are employees, each with the e-mail domains that prove an account
        there. Only the administrator adds to it: that somebody installed the app changes nothing (S1)."""
        return self.workspaces if self.several else {self.team_id: self.email_domains}

    @classmethod
    def read(cls, read: Reader) -> SlackSettings | None:
        """None while nothing of it is set; a half of it stops the start. Raises SettingsError."""
        given = read.first_set(*_NEEDS)
        if given is None:
            return None
        when = f"TIER0_{given} is set"
        several = read.first_set(*_SEVERAL)
        return cls(
            app_id=_matching(read, "SLACK_APP_ID", when, r"A[A-Z0-9]{2,20}", "an app's id (A…)"),
            **(_one_workspace(read, when) if several is None else _several(read, f"TIER0_{several} is set")),
            signing_secret=read.secret("SLACK_SIGNING_SECRET", when, SIGNING_SECRET),
            app_token=_app_token(read),
            api_url=_api_url(read),
            command=_command(read),
        )


def _one_workspace(read: Reader, when: str) -> dict[str, Any]:
    return {
        "team_id": _matching(read, "SLACK_TEAM_ID", when, r"T[A-Z0-9]{2,20}", "a workspace's id (T…)"),
        "bot_token": read.secret("SLACK_BOT_TOKEN", when, BOT_TOKEN),
        "email_domains": _domains("SLACK_EMAIL_DOMAINS", read.text("SLACK_EMAIL_DOMAINS", "")),
    }


def _several(read: Reader, when: str) -> dict[str, Any]:
    unfit = read.first_set(*_ONE)
    if unfit is not None:
        raise SettingsError(f"TIER0_{unfit}: is for one workspace, and {when}; what it says stands there")
    return {
        "client_id": _matching(read, "SLACK_CLIENT_ID", when, r"[0-9]+\.[0-9]+", "a client id (123.456)"),
        "client_secret": read.secret("SLACK_CLIENT_SECRET", when, CLIENT_SECRET),
        "workspaces": _workspaces(read.required("SLACK_WORKSPACES", when)),
    }


def _workspaces(text: str) -> dict[str, Domains]:
    """`T0123=example.com,example.se E0456=example.de`."""
    found: dict[str, Domains] = {}
    for entry in text.replace(";", " ").split():
        workspace, _, domains = entry.partition("=")
        if not re.fullmatch(_WORKSPACE, workspace, re.ASCII) or workspace in found:
            raise SettingsError(
                f"TIER0_SLACK_WORKSPACES: {workspace!r} is not the id of a workspace or an organisation "
                "(T… or E…), or stands there twice"
            )
        found[workspace] = _domains("SLACK_WORKSPACES", domains)
    return found


def _app_token(read: Reader) -> Secret | None:
    given = read.first_set("SLACK_APP_TOKEN", "SLACK_APP_TOKEN_FILE")
    return None if given is None else read.secret("SLACK_APP_TOKEN", f"TIER0_{given} is set", APP_TOKEN)


def _matching(read: Reader, name: str, when: str, pattern: str, what: str) -> str:
    value = read.required(name, when)
    if not re.fullmatch(pattern, value, re.ASCII):
        raise SettingsError(f"TIER0_{name}: {value!r} is not {what}")
    return value


def _api_url(read: Reader) -> str:
    url = read.url("SLACK_API_URL", API_URL)
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
        raise SettingsError("TIER0_SLACK_API_URL: must start with https://, the bot token goes there")
    return url


def _command(read: Reader) -> str:
    command = read.text("SLACK_COMMAND", "/it")
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", command):
        raise SettingsError(f"TIER0_SLACK_COMMAND: {command!r} is no slash command")
    return command


def _domains(name: str, text: str) -> Domains:
    domains = text.lower().replace(",", " ").split()
    for domain in domains:
        if not re.fullmatch(_DOMAIN, domain):
            raise SettingsError(f"TIER0_{name}: {domain!r} is no domain")
    return tuple(domains)
