"""Graph's answers as an account of the port."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import phonenumbers

from servicedesk.directory.entra import lockout
from servicedesk.directory.entra.http import Answer
from servicedesk.directory.entra.moments import moment
from servicedesk.directory.entra.settings import EntraSettings, Reset
from servicedesk.directory.port import Account, AccountId, Phone

logger = logging.getLogger(__name__)

LANGUAGES = {"nb": "nb", "no": "nb", "nn": "nb", "sv": "sv", "de": "de", "en": "en"}
COUNTRIES = {"NO": "nb", "SE": "sv", "DE": "de", "AT": "de", "CH": "de"}  # where no language is set
FACTOR_AGE = timedelta(hours=72)  # S2
NEVER = 2_147_483_647  # days: how Graph says that passwords do not expire
ROLE = "#microsoft.graph.directoryRole"
GROUP = "#microsoft.graph.group"
PHONE = "#microsoft.graph.phoneAuthenticationMethod"
MAIL = "#microsoft.graph.emailAuthenticationMethod"
PRIVILEGE = ("owned", "roles", "eligible", "eligible_groups")

Json = dict[str, Any]


def account_of(
    answers: Mapping[str, Answer], groups: list[Json], settings: EntraSettings, now: datetime
) -> Account:
    """`answers` to questions.about(), the user's among them good; `groups` are all pages of its groups."""
    user, methods = answers["user"].body, answers["methods"].values
    name = str(user.get("userPrincipalName") or "")
    domain = _domain_of(name, answers["domains"].values)
    changed_at = moment(user.get("lastPasswordChangeDateTime"))
    profile = user.get("passwordProfile") or {}
    seen = lockout.seen(answers.get("refused"), answers.get("activity"), changed_at, now)
    memberships = {str(group.get("id")) for group in groups}
    return Account(
        id=AccountId(str(user["id"])),
        username=name,
        display_name=str(user.get("displayName") or ""),
        given_name=str(user.get("givenName") or user.get("displayName") or ""),
        email=str(user.get("mail") or name),
        language=_language(user),
        country=str(user.get("usageLocation") or ""),
        site=str(user.get("officeLocation") or user.get("city") or ""),
        department=str(user.get("department") or ""),
        enabled=user.get("accountEnabled") is True,
        guest=user.get("userType") != "Member" or "#EXT#" in name.upper(),  # unknown counts
        privileged=is_privileged(answers, groups, settings),
        vip=bool(memberships & settings.vip_groups),
        locked=seen.locked_at is not None,
        locked_at=seen.locked_at,
        lockouts_today=seen.today,
        unlockable=False,
        managed_elsewhere=_is_managed_elsewhere(user, domain, settings),
        password_expired=_is_expired(user, domain, changed_at, now),
        must_change_password=bool(
            profile.get("forceChangePasswordNextSignIn")
            or profile.get("forceChangePasswordNextSignInWithMfa")
        ),
        password_changed_at=changed_at,
        phone=_phone(methods),
        authenticator_since=None,  # Graph checks nobody's code: see check_authenticator
        alternate_email=_alternate_email(methods, now),
        manager=_manager(answers.get("manager")),
    )


def is_privileged(answers: Mapping[str, Answer], groups: list[Json], settings: EntraSettings) -> bool:
    """Any directory role held or within reach, any group that can bring one, any protected group, and whatever could
    not be read (S7)."""
    unread = [name for name in ("groups", *PRIVILEGE) if name in answers and not answers[name].ok]
    if unread:
        logger.warning("rights that Graph does not show count as privileged: %s", ", ".join(unread))
        return True
    if answers["user"].body.get("isManagementRestricted") is True:  # in a restricted administrative unit
        return True
    if any(_brings_rights(group, settings) for group in groups):
        return True
    if any(group.get("isAssignableToRole") is True for group in answers["owned"].values):
        return True
    return any(answers[name].values for name in ("roles", "eligible", "eligible_groups") if name in answers)


def _brings_rights(group: Json, settings: EntraSettings) -> bool:
    kind = group.get("@odata.type")
    if kind == ROLE or str(group.get("id")) in settings.protected_groups:
        return True
    if kind != GROUP:
        return False
    hidden = group.get("displayName") is None  # Graph shows the id alone of what we may not read
    return hidden or group.get("isAssignableToRole") is True


def _is_managed_elsewhere(user: Json, domain: Json, settings: EntraSettings) -> bool:
    if domain.get("authenticationType") == "Federated":
        return True
    return user.get("onPremisesSyncEnabled") is True and settings.reset is Reset.PROFILE


def _is_expired(user: Json, domain: Json, changed_at: datetime | None, now: datetime) -> bool:
    days = domain.get(
        "passwordValidityPeriodInDays"
    )  # none: 90 in old tenants, never in new ones, so nobody can tell
    if "DisablePasswordExpiration" in str(user.get("passwordPolicies")) or changed_at is None:
        return False
    return isinstance(days, int) and days != NEVER and now - changed_at > timedelta(days=days)


def _domain_of(name: str, domains: list[Json]) -> Json:
    wanted = name.rpartition("@")[2].casefold()
    return next((domain for domain in domains if str(domain.get("id")).casefold() == wanted), {})


def _language(user: Json) -> str:
    preferred = str(user.get("preferredLanguage") or "").replace("_", "-").partition("-")[0].casefold()
    return LANGUAGES.get(preferred) or COUNTRIES.get(str(user.get("usageLocation")), "en")


def _phone(methods: list[Json]) -> Phone | None:
    """The primary mobile: the only one that Entra itself sends text messages to."""
    for method in methods:
        if method.get("@odata.type") == PHONE and method.get("phoneType") == "mobile":
            number = _e164(str(method.get("phoneNumber") or ""))
            return (
                Phone(number=number, registered_at=moment(method.get("createdDateTime"))) if number else None
            )
    return None


def _alternate_email(methods: list[Json], now: datetime) -> str | None:
    """The address registered for password reset, once it is known to be old enough to count."""
    for method in methods:
        since = moment(method.get("createdDateTime"))
        if method.get("@odata.type") == MAIL and since is not None and now - since >= FACTOR_AGE:
            return str(method.get("emailAddress") or "") or None
    return None


def _e164(number: str) -> str | None:
    """ "+47 90012345"; with an extension ("x123") it is no mobile."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _manager(answer: Answer | None) -> AccountId | None:
    found = answer.body.get("id") if answer is not None and answer.ok else None
    return AccountId(str(found)) if found else None
