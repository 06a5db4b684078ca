"""The people, groups and roles of a tenant, and what an administrator may do to them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from servicedesk.clock import Clock

USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
DOMAIN = "nordlys.example"
CURRENT_PASSWORD = "Sommer-og-vinter-42"
BANNED = ("nordlys", "password", "qwerty")  # the tenant's own banned words
EXPIRE_DAYS = 365


def new_id() -> str:
    return str(uuid.uuid4())


def stamp(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


class PasswordRefused(Exception):
    pass


@dataclass
class User:
    id: str
    name: str  # "kari.nordmann"
    changed_at: datetime
    password: str = CURRENT_PASSWORD
    must_change: bool = False
    enabled: bool = True
    kind: str = "Member"
    synced: bool = False
    immutable_id: str | None = None
    restricted: bool = False
    language: str | None = "nb-NO"
    country: str = "NO"
    manager: str | None = None
    methods: list[dict[str, Any]] = field(default_factory=list)
    last_success: datetime | None = None
    sessions_valid_from: datetime | None = None
    former_view: dict[str, Any] | None = (
        None  # what a server that has not heard of the last write still shows
    )

    @property
    def upn(self) -> str:
        return f"{self.name}@{DOMAIN}"


@dataclass
class Group:
    id: str
    name: str
    assignable: bool = False
    hidden: bool = False
    members: set[str] = field(default_factory=set)  # of users and groups
    owners: set[str] = field(default_factory=set)


class Tenant:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.assignments: list[dict[str, Any]] = []
        self.eligible: list[dict[str, Any]] = []
        self.eligible_groups: list[dict[str, Any]] = []
        self.sign_ins: list[dict[str, Any]] = []
        self.domains = {
            DOMAIN: {"authenticationType": "Managed", "passwordValidityPeriodInDays": EXPIRE_DAYS}
        }
        self.premium = True
        self.password_writes: list[str] = []  # ids, one for each write that was carried out

    def add_user(self, name: str, *, phone: str | None = "+47 90012345", **values: Any) -> User:
        old = self.clock.now() - timedelta(days=60)
        user = User(id=new_id(), name=name, **{"changed_at": old, **values})
        user.methods.append(
            {"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": PASSWORD_METHOD}
        )
        if phone:
            self.add_method(
                user, "phone", since=old, phoneNumber=phone, phoneType="mobile", smsSignInState="notEnabled"
            )
        self.users[user.id] = user
        return user

    def add_method(self, user: User, kind: str, *, since: datetime | None, **values: Any) -> None:
        user.methods.append(
            {
                "@odata.type": f"#microsoft.graph.{kind}AuthenticationMethod",
                "id": new_id(),
                "createdDateTime": stamp(since),
                **values,
            }
        )

    def add_group(self, name: str, *members: str, **values: Any) -> Group:
        group = Group(id=new_id(), name=name, members=set(members), **values)
        self.groups[group.id] = group
        return group

    def give_role(self, principal: str, role: str = USER_ADMINISTRATOR) -> None:
        self.assignments.append(
            {"id": new_id(), "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"}
        )

    def groups_of(self, member: str) -> list[Group]:
        """At any depth; rings do no harm."""
        found: dict[str, Group] = {}
        waiting = [member]
        while waiting:
            current = waiting.pop()
            for group in self.groups.values():
                if current in group.members and group.id not in found:
                    found[group.id] = group
                    waiting.append(group.id)
        return list(found.values())

    def is_administrator(self, user: User) -> bool:
        """Whom only higher roles may touch, as Graph itself sees it ("sensitive actions")."""
        holders = {user.id} | {group.id for group in self.groups_of(user.id)}
        owns = any(user.id in group.owners and group.assignable for group in self.groups.values())
        return owns or any(row["principalId"] in holders for row in self.assignments)

    def refuse_sign_in(self, user: User, at: datetime | None = None, reason: str = "") -> None:
        """One sign-in that smart lockout refused, as the log has it."""
        self.sign_ins.append(
            {
                "id": new_id(),
                "createdDateTime": stamp(at or self.clock.now()),
                "userId": user.id,
                "userPrincipalName": user.upn,
                "appDisplayName": "Office 365 Exchange Online",
                "status": {
                    "errorCode": 50053,
                    "failureReason": reason
                    or "The account is locked, you've tried to sign in too many times with an incorrect user ID "
                    "or password.",
                    "additionalDetails": None,
                },
            }
        )

    def set_password(self, user: User, password: str, *, must_change: bool) -> None:
        """Raises PasswordRefused. A reset looks at no former password."""
        kinds = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
        variety = sum(any(kind(char) for char in password) for kind in kinds)
        if not 8 <= len(password) <= 256 or not password.isascii() or variety < 3:
            raise PasswordRefused
        if any(word in password.casefold() for word in BANNED):
            raise PasswordRefused
        user.former_view = self.profile(user)
        user.password, user.changed_at, user.must_change = password, self.clock.now(), must_change
        self.password_writes.append(user.id)

    def profile(self, user: User) -> dict[str, Any]:
        """Every property that can be selected."""
        return {
            "id": user.id,
            "userPrincipalName": user.upn,
            "displayName": user.name.replace(".", " ").title(),
            "givenName": user.name.partition(".")[0].title(),
            "surname": user.name.partition(".")[2].title(),
            "mail": user.upn.replace("@", ".post@"),
            "businessPhones": [],
            "jobTitle": None,
            "mobilePhone": None,
            "officeLocation": "Oslo",
            "city": "Oslo",
            "country": "Norway",
            "department": "Sales",
            "preferredLanguage": user.language,
            "usageLocation": user.country,
            "accountEnabled": user.enabled,
            "userType": user.kind,
            "isManagementRestricted": user.restricted,
            "passwordPolicies": "DisablePasswordExpiration" if user.synced else None,
            "passwordProfile": {
                "password": None,
                "forceChangePasswordNextSignIn": user.must_change,
                "forceChangePasswordNextSignInWithMfa": False,
            },
            "lastPasswordChangeDateTime": stamp(user.changed_at),
            "onPremisesSyncEnabled": True if user.synced else None,
            "onPremisesImmutableId": user.immutable_id,
            "signInActivity": {
                "lastSignInDateTime": stamp(user.last_success),
                "lastSuccessfulSignInDateTime": stamp(user.last_success),
            },
        }


PASSWORD_METHOD = "28c10230-6103-485e-b985-444c60001490"
