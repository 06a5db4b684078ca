"""What Graph is asked about one account: everything in one batch, so that all of it is of the same moment.

The permission that each question needs stands behind it; docs/directory-entra.md has them as steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from servicedesk.directory.entra.graph import Ask
from servicedesk.directory.entra.settings import EntraSettings
from servicedesk.directory.port import AccountId

USER_FIELDS = (
    "id", "userPrincipalName", "displayName", "givenName", "mail", "preferredLanguage", "usageLocation", "country",
    "officeLocation", "city", "department", "accountEnabled", "userType", "isManagementRestricted",
    "passwordPolicies", "passwordProfile", "lastPasswordChangeDateTime", "onPremisesSyncEnabled",
    "onPremisesImmutableId",
)  # fmt: skip
LOCKED_OUT = 50053  # AADSTS50053: smart lockout, or an address with a bad name
ADVANCED = {"ConsistencyLevel": "eventual"}
DAY = timedelta(hours=24)


def about(account: AccountId, settings: EntraSettings, now: datetime, *, reports: bool) -> dict[str, Ask]:
    """The batch. `account` is an object id; `reports`: whether the sign-in log may be asked, too."""
    user = f"/users/{account}"
    mine = quote(f"principalId eq '{account}'")
    roles = "/roleManagement/directory"
    asks = {
        "user": Ask(url=f"{user}?$select={','.join(USER_FIELDS)}"),  # User.Read.All
        "manager": Ask(url=f"{user}/manager?$select=id", needed=False),
        "groups": Ask(url=f"{user}/transitiveMemberOf?$top=999"),  # GroupMember.Read.All
        "owned": Ask(
            url=f"{user}/ownedObjects/microsoft.graph.group?$select=id,isAssignableToRole&$count=true&$top=999",
            headers=ADVANCED,
        ),
        "roles": Ask(url=f"{roles}/roleAssignments?$filter={mine}"),  # RoleManagement.Read.Directory
        "methods": Ask(url=f"{user}/authentication/methods"),  # UserAuthenticationMethod.Read.All
        "domains": Ask(
            url="/domains?$select=id,authenticationType,passwordValidityPeriodInDays"
        ),  # Domain.Read.All
    }
    if settings.eligible_roles:
        asks["eligible"] = Ask(
            url=f"{roles}/roleEligibilityScheduleInstances?$filter={mine}"  # RoleEligibilitySchedule.Read.Directory
        )
        asks["eligible_groups"] = Ask(  # PrivilegedEligibilitySchedule.Read.AzureADGroup
            url=f"/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances?$filter={mine}"
        )
    if reports:
        asks |= _sign_ins(account, now)
    return asks


def _sign_ins(account: AccountId, now: datetime) -> dict[str, Ask]:
    """AuditLog.Read.All and Entra ID P1. Five questions in ten seconds are all that these answer."""
    since = (now - DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    refused = f"userId eq '{account}' and createdDateTime ge {since} and status/errorCode eq {LOCKED_OUT}"
    return {
        "refused": Ask(url=f"/auditLogs/signIns?$filter={quote(refused)}&$top=100", needed=False),
        "activity": Ask(url=f"/users/{account}?$select=id,signInActivity", needed=False),
    }


def by_name(name: str) -> str:
    """The question for an account with this sign-in name or address: at most two, so that "several" shows."""
    literal = name.replace("'", "''")
    wanted = f"userPrincipalName eq '{literal}' or mail eq '{literal}'"
    return f"/users?$select=id&$top=2&$filter={quote(wanted, safe='')}"
