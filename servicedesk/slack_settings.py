"""One Slack app in one workspace (TIER0_SLACK_…); docs/slack.md says where each value comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret, Shape
from servicedesk.settings_reader import Reader

API_URL = "https://slack.com/api"
SIGNING_SECRET = Shape(pattern=r"[\x21-\x7e]+", what="one line of text")
APP_TOKEN = Shape(pattern=r"xapp-[\w.-]{20,400}", what="an app-level token (xapp-…)")
BOT_TOKEN = Shape(pattern=r"xox[be][.-][\w.-]{20,400}", what="a bot token (xoxb-…)")
_SECRETS = ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN")
_NEEDS = ("SLACK_APP_ID", "SLACK_TEAM_ID", *_SECRETS, *(f"{name}_FILE" for name in _SECRETS))


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackSettings:
    app_id: str
    team_id: str
    signing_secret: Secret
    bot_token: Secret
    api_url: str = API_URL
    command: str = "/it"
    app_token: Secret | None = None  # Socket Mode: Slack reaches no address of ours
    email_domains: tuple[str, ...] = ()  # whose addresses prove an account; none: nobody is proven here (S1)

    @classmethod
    def read(cls, read: Reader) -> SlackSettings | None:
        """None while nothing of it is set; a half of it stops the start. Raises SettingsError."""
        given = read.first_set(*_NEEDS)
        if given is None:
            return None
        when = f"TIER0_{given} is set"
        return cls(
            app_id=_matching(read, "SLACK_APP_ID", when, r"A[A-Z0-9]{2,20}", "an app's id (A…)"),
            team_id=_matching(read, "SLACK_TEAM_ID", when, r"T[A-Z0-9]{2,20}", "a workspace's id (T…)"),
            signing_secret=read.secret("SLACK_SIGNING_SECRET", when, SIGNING_SECRET),
            bot_token=read.secret("SLACK_BOT_TOKEN", when, BOT_TOKEN),
            app_token=_app_token(read),
            api_url=_api_url(read),
            command=_command(read),
            email_domains=_domains(read),
        )


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


def _domains(read: Reader) -> tuple[str, ...]:
    domains = read.text("SLACK_EMAIL_DOMAINS", "").lower().replace(",", " ").split()
    for domain in domains:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
            raise SettingsError(f"TIER0_SLACK_EMAIL_DOMAINS: {domain!r} is no domain")
    return tuple(domains)
