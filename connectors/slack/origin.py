"""Which installation a verified request was made for: a workspace's, or a whole organisation's (Enterprise Grid).

https://docs.slack.dev/enterprise/developing-for-enterprise-orgs. Who wrote may belong elsewhere (Slack Connect)."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from connectors.slack.payload import at, text_at

TEAM = re.compile(r"[TE][A-Z0-9]{2,20}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    installation: str  # T… or E…; "" where it is none that is served here
    team: str
    enterprise: str = ""

    def home(self, said: str) -> str:
        """The writer's own workspace, "" where what stands there is none; `users.info` has the last word
        (connectors/slack/profile.py). In an organisation's installation its workspaces are one: a user has one id
        in all of them."""
        ours = ("", self.installation, self.team, self.enterprise)
        if said in ours or self.installation.startswith("E"):
            return self.installation
        return said if TEAM.fullmatch(said) else ""


def of_event(body: Any, served: Container[str]) -> Origin:
    given = at(body, "authorizations", 0)  # before the top level: there another workspace may stand
    return _origin(
        served,
        team=text_at(given, "team_id") or text_at(body, "team_id"),
        enterprise=text_at(given, "enterprise_id") or text_at(body, "enterprise_id"),
        whole=at(given if given else body, "is_enterprise_install") is True,
    )


def of_payload(payload: Any, served: Container[str]) -> Origin:
    """A press or a modal. `team` is null in an organisation's installation."""
    team = (
        text_at(payload, "view", "app_installed_team_id")
        or text_at(payload, "team", "id")
        or text_at(payload, "user", "team_id")
    )
    whole = at(payload, "is_enterprise_install") is True
    return _origin(served, team=team, enterprise=text_at(payload, "enterprise", "id"), whole=whole)


def of_command(form: dict[str, str], served: Container[str]) -> Origin:
    whole = form.get("is_enterprise_install") == "true"
    return _origin(
        served, team=form.get("team_id", ""), enterprise=form.get("enterprise_id", ""), whole=whole
    )


def _origin(served: Container[str], *, team: str, enterprise: str, whole: bool) -> Origin:
    possible = (enterprise, team) if whole else (team,)
    found = next((each for each in possible if TEAM.fullmatch(each) and each in served), "")
    return Origin(installation=found, team=team, enterprise=enterprise)
