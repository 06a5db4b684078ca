"""What an administrator wants to know before the first employee does: `python -m servicedesk.directory check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jwt

from servicedesk.directory.entra.graph import Graph, Tokens
from servicedesk.directory.entra.http import Deadline
from servicedesk.directory.entra.settings import EntraSettings, Reset
from servicedesk.directory.errors import DirectoryError

SECONDS = 4.5
NEEDED = {
    "User.Read.All": "read accounts",
    "GroupMember.Read.All": "see who is privileged through groups; without it everybody counts as privileged",
    "RoleManagement.Read.Directory": "see directory roles; without it everybody counts as privileged",
    "UserAuthenticationMethod.Read.All": "see the registered phone and address",
    "Domain.Read.All": "see how long passwords are good, and federated domains",
    "User.RevokeSessions.All": "end sessions after a new password",
}
ELIGIBLE = {
    "RoleEligibilitySchedule.Read.Directory": "see roles within reach (Privileged Identity Management)",
    "PrivilegedEligibilitySchedule.Read.AzureADGroup": "see groups within reach",
}
SIGN_IN_LOG = {"AuditLog.Read.All": "see lockouts in the sign-in log"}
PROFILE = {"User-PasswordProfile.ReadWrite.All": "set passwords as the application"}
TOO_MUCH = {
    "Directory.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "User.ReadWrite.All", "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "Group.ReadWrite.All",
}  # fmt: skip

Line = tuple[str, bool, str]  # what was looked at, whether it is good, what that means


def lines(settings: EntraSettings, graph: Graph, tokens: Tokens, operator: Tokens | None) -> Iterator[Line]:
    """One line a finding. Nothing is changed, and no account but our own token is looked at closely."""
    try:
        token = tokens.token()
    except DirectoryError as err:
        yield "sign in to Entra", False, str(err)
        return
    yield "sign in to Entra", True, "as the application"
    yield from _permissions(settings, token)
    yield from _questions(settings, graph)
    if operator is not None:
        yield _operator(operator)


def _permissions(settings: EntraSettings, token: str) -> Iterator[Line]:
    """Read from the token, which Microsoft calls opaque: good enough to help, not to decide anything."""
    wanted = dict(NEEDED)
    if settings.eligible_roles:
        wanted |= ELIGIBLE
    if settings.sign_in_log:
        wanted |= SIGN_IN_LOG
    if settings.reset is Reset.PROFILE:
        wanted |= PROFILE
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        yield "permissions", False, "the token does not show them: look in the Entra admin centre"
        return
    granted = set(claims.get("roles", ()))
    for permission, purpose in wanted.items():
        given = permission in granted
        yield permission, given, purpose if given else f"not consented to: needed to {purpose}"
    for permission in sorted(granted & TOO_MUCH):
        yield permission, False, "more than Tier0 needs: take it away"


def _questions(settings: EntraSettings, graph: Graph) -> Iterator[Line]:
    asked: list[tuple[str, str]] = [
        ("read accounts", "/users?$top=1&$select=id"),
        ("read domains", "/domains?$select=id"),
    ]
    if settings.sign_in_log:
        asked.append(("read the sign-in log", "/auditLogs/signIns?$top=1"))
    for what, path in asked:
        yield _answered(what, lambda path=path: _ask(graph, path))  # type: ignore[misc]
    for group in sorted(settings.protected_groups | settings.vip_groups):
        yield _answered(f"group {group}", lambda group=group: _ask(graph, f"/groups/{group}?$select=id"))  # type: ignore[misc]


def _ask(graph: Graph, path: str) -> str:
    """Empty where it was answered."""
    answer = graph.get(path, Deadline(SECONDS))
    return "" if answer.ok else f"Graph answers {answer.status} {answer.code}"


def _answered(what: str, ask: Callable[[], str]) -> Line:
    try:
        refused = ask()
    except DirectoryError as err:
        return what, False, str(err)
    return what, not refused, refused or "answered"


def _operator(operator: Tokens) -> Line:
    what = "the operator's sign-in"
    try:
        operator.token()
    except DirectoryError as err:
        return what, False, f"{err}: run python -m servicedesk.directory.entra sign-in"
    return (
        what,
        True,
        "good; whether the role Authentication Administrator is there shows at the first reset only",
    )
