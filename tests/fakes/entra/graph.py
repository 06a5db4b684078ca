"""graph.microsoft.com/v1.0: routes, permissions, what is selected, pages, batches, operations."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.entra.login import Login
from tests.fakes.entra.tenant import (
    PASSWORD_METHOD,
    USER_ADMINISTRATOR,
    Group,
    PasswordRefused,
    Tenant,
    User,
    stamp,
)

DEFAULT_USER = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
UUID = r"(?P<id>[0-9a-f-]{36})"
Json = dict[str, Any]


@dataclass
class Reply:
    status: int
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request, or one part of a batch."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    claims: Json
    id: str = ""

    def may(self, *, role: str = "", scope: str = "") -> bool:
        return bool(role and role in self.claims.get("roles", ())) or bool(
            scope and scope in str(self.claims.get("scp", "")).split()
        )


class Denied(Exception):
    pass


@dataclass
class Operation:
    """A reset on its way: so many looks until it ends."""

    user: User
    password: str
    looks: int
    fails: str = ""  # statusDetail
    done: bool = False


class FakeGraph:
    def __init__(self, tenant: Tenant, login: Login, base: str) -> None:
        self.tenant = tenant
        self.login = login
        self.base = f"{base}/v1.0"
        self.page_size = 100
        self.slow_looks = 2  # looks at an operation until it ends
        self.operation_fails = ""
        self.stale_reads = 0  # answers that still show what was before the last password write
        self.operations: dict[str, Operation] = {}
        self.asked: list[str] = []  # every request, batched ones, too
        self.refusing: Callable[[str, str], Reply | None] = lambda _method, _path: None
        self._pages: dict[str, list[Json]] = {}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Reply:
        claims = self.login.claims(headers.get("Authorization", ""))
        if claims is None:
            return error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        parts = urlsplit(target)
        if parts.path == "/$batch":
            refused = self.refusing(method, "/$batch")
            return refused or self._batch(headers, body)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return self._one(Call(method, unquote(parts.path), query, headers, body, claims))

    def _batch(self, headers: Mapping[str, str], body: Any) -> Reply:
        requests = body["requests"]
        if len(requests) > 20 or len({request["id"] for request in requests}) != len(requests):
            return error(400, "BadRequest", "Invalid batch payload format.")
        responses = []
        for request in reversed(requests):  # no order is promised
            inner = {**request.get("headers", {}), "Authorization": headers["Authorization"]}
            reply = self.answer(
                request["method"], "/" + request["url"].lstrip("/"), inner, request.get("body")
            )
            responses.append(
                {"id": request["id"], "status": reply.status, "headers": reply.headers, "body": reply.body}
            )
        return Reply(200, {"responses": responses})

    def _one(self, call: Call) -> Reply:
        self.asked.append(f"{call.method} {call.path}")
        refused = self.refusing(call.method, call.path)
        if refused is not None:
            return refused
        for method, pattern, handler in ROUTES:
            matched = re.fullmatch(pattern, call.path)
            if matched and method == call.method:
                call.id = matched.groupdict().get("id", "")
                try:
                    return handler(self, call)
                except Denied:
                    return error(
                        403,
                        "Authorization_RequestDenied",
                        "Insufficient privileges to complete the operation.",
                    )
        return error(404, "Request_BadRequest", f"Resource not found for the segment {call.path!r}.")

    # --- reading ---

    def users(self, call: Call) -> Reply:
        need(call, role="User.Read.All")
        if "$filter" not in call.query:
            everybody = map(self.tenant.profile, self.tenant.users.values())
            return self._collection(call, [selected(profile, call) for profile in everybody])
        wanted = re.fullmatch(
            r"userPrincipalName eq '((?:[^']|'')*)' or mail eq '((?:[^']|'')*)'",
            call.query.get("$filter", ""),
        )
        if wanted is None:
            return error(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause.")
        names = {text.replace("''", "'").casefold() for text in wanted.groups()}
        found = [
            profile
            for profile in map(self.tenant.profile, self.tenant.users.values())
            if {profile["userPrincipalName"].casefold(), profile["mail"].casefold()} & names
        ]
        return self._collection(call, [selected(profile, call) for profile in found])

    def user(self, call: Call) -> Reply:
        need(call, role="User.Read.All")
        user = self.tenant.users.get(call.id)
        if user is None:
            return not_found(call.id)
        if "signInActivity" in call.query.get("$select", ""):
            need(call, role="AuditLog.Read.All")
            if not self.tenant.premium:
                return not_premium()
        profile = self.tenant.profile(user)
        if self.stale_reads and user.former_view:
            self.stale_reads -= 1
            profile = user.former_view
        return Reply(
            200, {"@odata.context": f"{self.base}/$metadata#users/$entity", **selected(profile, call)}
        )

    def manager(self, call: Call) -> Reply:
        need(call, role="User.Read.All")
        user = self.tenant.users.get(call.id)
        manager = self.tenant.users.get(user.manager) if user and user.manager else None
        if manager is None:
            return not_found("manager")
        return Reply(
            200, {"@odata.type": "#microsoft.graph.user", **selected(self.tenant.profile(manager), call)}
        )

    def member_of(self, call: Call) -> Reply:
        need(call, role="User.Read.All")
        if call.id not in self.tenant.users:
            return not_found(call.id)
        readable = call.may(role="GroupMember.Read.All")
        groups = [shown(group, readable) for group in self.tenant.groups_of(call.id)]
        roles = [
            {"@odata.type": "#microsoft.graph.directoryRole", "id": row["id"], "displayName": "User Administrator",
             "roleTemplateId": USER_ADMINISTRATOR}
            for row in self.tenant.assignments if row["principalId"] == call.id and row["directoryScopeId"] == "/"
        ]  # fmt: skip
        return self._collection(call, groups + roles)

    def owned(self, call: Call) -> Reply:
        need(call, role="User.Read.All")
        if call.headers.get("ConsistencyLevel") != "eventual" or call.query.get("$count") != "true":
            return error(
                400, "Request_UnsupportedQuery", "The request uses a cast that needs advanced query options."
            )
        owned = [shown(group, True) for group in self.tenant.groups.values() if call.id in group.owners]
        for group in owned:
            group.pop("@odata.type")
        return self._collection(call, [selected(group, call) for group in owned])

    def roles(self, call: Call) -> Reply:
        return self._held(call, self.tenant.assignments, "RoleManagement.Read.Directory")

    def eligible(self, call: Call) -> Reply:
        return self._held(call, self.tenant.eligible, "RoleEligibilitySchedule.Read.Directory")

    def eligible_groups(self, call: Call) -> Reply:
        return self._held(
            call, self.tenant.eligible_groups, "PrivilegedEligibilitySchedule.Read.AzureADGroup"
        )

    def methods(self, call: Call) -> Reply:
        need(call, role="UserAuthenticationMethod.Read.All")
        user = self.tenant.users.get(call.id)
        return self._collection(call, user.methods) if user else not_found(call.id)

    def group(self, call: Call) -> Reply:
        need(call, role="GroupMember.Read.All")
        group = self.tenant.groups.get(call.id)
        return Reply(200, selected(shown(group, True), call)) if group else not_found(call.id)

    def domains(self, call: Call) -> Reply:
        need(call, role="Domain.Read.All")
        return self._collection(
            call, [selected({"id": name, **values}, call) for name, values in self.tenant.domains.items()]
        )

    def sign_ins(self, call: Call) -> Reply:
        need(call, role="AuditLog.Read.All")
        if not self.tenant.premium:
            return not_premium()
        if "$filter" not in call.query:
            return self._collection(call, self.tenant.sign_ins)
        wanted = re.fullmatch(
            rf"userId eq '{UUID}' and createdDateTime ge (?P<since>\S+) and status/errorCode eq (?P<code>\d+)",
            call.query["$filter"],
        )
        assert wanted is not None, call.query["$filter"]
        since = datetime.fromisoformat(wanted["since"])
        rows = [
            row
            for row in self.tenant.sign_ins
            if row["userId"] == wanted["id"]
            and datetime.fromisoformat(row["createdDateTime"]) >= since
            and row["status"]["errorCode"] == int(wanted["code"])
        ]
        return self._collection(call, sorted(rows, key=lambda row: row["createdDateTime"], reverse=True))

    # --- writing ---

    def update(self, call: Call) -> Reply:
        need(call, role="User-PasswordProfile.ReadWrite.All")
        user = self.tenant.users.get(call.id)
        if user is None:
            return not_found(call.id)
        if self.tenant.is_administrator(user) or user.restricted:
            raise Denied  # "sensitive action": only higher roles may
        if user.synced:
            return error(
                400,
                "Request_BadRequest",
                "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
                "currently undergoing migration.",
            )
        profile = call.body["passwordProfile"]
        try:
            self.tenant.set_password(
                user, profile["password"], must_change=profile.get("forceChangePasswordNextSignIn", True)
            )
        except PasswordRefused:
            return error(
                400,
                "Request_BadRequest",
                "The specified password does not comply with password complexity requirements. Please provide a "
                "different password.",
            )
        return Reply(204)

    def reset_password(self, call: Call) -> Reply:
        need(call, scope="UserAuthenticationMethod.ReadWrite.All")  # no application may
        user = self.tenant.users.get(call.id)
        if user is None:
            return not_found(call.id)
        if self.tenant.is_administrator(user):
            raise Denied
        name = str(uuid.uuid4())
        self.operations[name] = Operation(
            user, call.body["newPassword"], self.slow_looks, self.operation_fails
        )
        location = (
            f"{self.base}/users/{user.id}/authentication/operations/{name}?aadgdc=DUB02P&aadgsu=ssprprod-a"
        )
        return Reply(202, {}, {"Location": location})

    def operation(self, call: Call) -> Reply:
        need(call, scope="UserAuthenticationMethod.ReadWrite.All")
        found = self.operations.get(call.id)
        if found is None:
            return not_found(call.id)
        found.looks -= 1
        status, detail = "running", None
        if found.looks <= 0 and not found.done:
            self.end(found)
        if found.done:
            status, detail = ("failed", found.fails) if found.fails else ("succeeded", None)
        now = stamp(self.tenant.clock.now())
        return Reply(
            200,
            {
                "id": call.id,
                "status": status,
                "statusDetail": detail,
                "createdDateTime": now,
                "lastActionDateTime": now,
            },
        )

    def end(self, operation: Operation) -> None:
        """What the operation comes to, whether somebody looks or not."""
        operation.done = True
        if operation.fails:
            return
        try:
            self.tenant.set_password(operation.user, operation.password, must_change=True)
        except PasswordRefused:
            operation.fails = "The password does not comply with the password policy of the tenant."

    def revoke(self, call: Call) -> Reply:
        need(call, role="User.RevokeSessions.All")
        user = self.tenant.users.get(call.id)
        if user is None:
            return not_found(call.id)
        user.sessions_valid_from = self.tenant.clock.now()
        return Reply(200, {"@odata.context": f"{self.base}/$metadata#Edm.Boolean", "value": True})

    # --- inside ---

    def _held(self, call: Call, rows: list[Json], role: str) -> Reply:
        need(call, role=role)
        wanted = re.fullmatch(rf"principalId eq '{UUID}'", call.query["$filter"])
        assert wanted is not None, call.query["$filter"]
        return self._collection(call, [row for row in rows if row["principalId"] == wanted["id"]])

    def _collection(self, call: Call, values: list[Json]) -> Reply:
        """A page, and the way to the next one."""
        token = call.query.get("$skiptoken")
        values = self._pages.pop(token) if token else values
        size = min(int(call.query.get("$top", self.page_size)), self.page_size)
        body: Json = {
            "@odata.context": f"{self.base}/$metadata#{call.path.strip('/')}",
            "value": values[:size],
        }
        if len(values) > size and "$filter" not in call.query:
            mark = uuid.uuid4().hex
            self._pages[mark] = values[size:]
            body["@odata.nextLink"] = f"{self.base}{call.path}?$skiptoken={mark}"
        return Reply(200, body)


def need(call: Call, *, role: str = "", scope: str = "") -> None:
    if not call.may(role=role, scope=scope):
        raise Denied


def selected(values: Json, call: Call) -> Json:
    """What was asked for; without $select a user shows eleven properties."""
    names = call.query.get("$select")
    if names:
        return {name: values.get(name) for name in names.split(",")}
    if "userPrincipalName" in values:
        return {name: values[name] for name in DEFAULT_USER}
    return values


def shown(group: Group, readable: bool) -> Json:
    visible = readable and not group.hidden
    return {
        "@odata.type": "#microsoft.graph.group",
        "id": group.id,
        "displayName": group.name if visible else None,
        "isAssignableToRole": (group.assignable or None) if visible else None,
        "securityEnabled": True if visible else None,
    }


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    body = {
        "error": {
            "code": code,
            "message": message,
            "innerError": {
                "date": "2026-01-01T00:00:00",
                "request-id": str(uuid.uuid4()),
                "client-request-id": str(uuid.uuid4()),
            },
        }
    }
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def throttled(seconds: int) -> Reply:
    return error(
        429,
        "TooManyRequests",
        "Too many requests.",
        **{"Retry_After": str(seconds), "x_ms_throttle_scope": "Tenant"},
    )


def not_found(what: str) -> Reply:
    return error(
        404, "Request_ResourceNotFound", f"Resource '{what}' does not exist or one of its queried references."
    )


def not_premium() -> Reply:
    return error(
        403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    )  # fmt: skip


ROUTES: tuple[tuple[str, str, Callable[[FakeGraph, Call], Reply]], ...] = (
    ("GET", "/users", FakeGraph.users),
    ("GET", f"/users/{UUID}", FakeGraph.user),
    ("PATCH", f"/users/{UUID}", FakeGraph.update),
    ("GET", f"/users/{UUID}/manager", FakeGraph.manager),
    ("GET", f"/users/{UUID}/transitiveMemberOf", FakeGraph.member_of),
    ("GET", f"/users/{UUID}/ownedObjects/microsoft.graph.group", FakeGraph.owned),
    ("GET", f"/users/{UUID}/authentication/methods", FakeGraph.methods),
    (
        "POST",
        f"/users/{UUID}/authentication/methods/{PASSWORD_METHOD}/resetPassword",
        FakeGraph.reset_password,
    ),
    ("GET", rf"/users/[0-9a-f-]{{36}}/authentication/operations/{UUID}", FakeGraph.operation),
    ("POST", f"/users/{UUID}/revokeSignInSessions", FakeGraph.revoke),
    ("GET", "/roleManagement/directory/roleAssignments", FakeGraph.roles),
    ("GET", "/roleManagement/directory/roleEligibilityScheduleInstances", FakeGraph.eligible),
    (
        "GET",
        "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
        FakeGraph.eligible_groups,
    ),
    ("GET", "/domains", FakeGraph.domains),
    ("GET", f"/groups/{UUID}", FakeGraph.group),
    ("GET", "/auditLogs/signIns", FakeGraph.sign_ins),
)
