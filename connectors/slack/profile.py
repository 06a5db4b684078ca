"""Who a Slack user is, as Slack itself says (S1).

https://docs.slack.dev/reference/methods/users.info, /reference/objects/user-object"""

from __future__ import annotations

from typing import Any

from connectors.locale import language_of
from connectors.platform import Kind, Profile
from connectors.slack.payload import at, text_at
from servicedesk.channel_links import Evidence, EvidenceKind
from servicedesk.slack_settings import Domains

OUTSIDE = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_invited_user")  # guests and others


def profile_of(user: Any, workspace: str, domains: Domains) -> Profile:
    """From `users.info` of that workspace or organisation. What is missing or of another type counts against the user."""
    if (
        at(user, "is_bot") is not False
        or at(user, "deleted") is not False
        or text_at(user, "id") == "USLACKBOT"
    ):
        return Profile(kind=Kind.MACHINE)
    if any(at(user, name) not in (None, False) for name in OUTSIDE) or not _is_ours(user, workspace):
        return Profile(kind=Kind.OUTSIDER)
    return Profile(
        kind=Kind.EMPLOYEE, evidence=_evidence(user, domains), language=language_of(text_at(user, "locale"))
    )


def _is_ours(user: Any, workspace: str) -> bool:
    if workspace.startswith("E"):
        return text_at(user, "enterprise_user", "enterprise_id") == workspace
    teams = at(user, "enterprise_user", "teams")
    return text_at(user, "team_id") == workspace or (isinstance(teams, list) and workspace in teams)


def _evidence(user: Any, domains: Domains) -> Evidence | None:
    """The address proves an account where the company's sign-on owns it: `domains` says where that is."""
    email = text_at(user, "profile", "email")
    domain = email.rpartition("@")[2].casefold()
    if not email or domain not in domains or at(user, "is_email_confirmed") is False:
        return None
    return Evidence(EvidenceKind.EMAIL, email)
