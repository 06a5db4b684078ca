"""Microsoft Active Directory, and Samba as its domain controller."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from servicedesk.directory.ad_values import changed_at, days, guid, moment, sid, ticks
from servicedesk.directory.errors import (
    AccountNotFound,
    ChangeForbidden,
    DirectoryError,
    PasswordFault,
    PasswordRejected,
)
from servicedesk.directory.ldap_accounts import LdapAccounts, State, as_uuid, or_refused
from servicedesk.directory.ldap_session import (
    CONSTRAINT_VIOLATION,
    INSUFFICIENT_ACCESS,
    NO_SUCH_OBJECT,
    Control,
    Entry,
    LdapRefused,
    Session,
    all_of,
    any_of,
    equals,
)
from servicedesk.directory.port import AccountId, Expiry, PasswordPolicy
from servicedesk.passwords import count_kinds

COMPUTED = "msDS-User-Account-Control-Computed"
EXPIRES = "msDS-UserPasswordExpiryTimeComputed"
ENABLED = "(!(userAccountControl:1.2.840.113556.1.4.803:=2))"  # LDAP_MATCHING_RULE_BIT_AND
DISABLED, LOCKED, EXPIRED = 0x2, 0x10, 0x800000  # userAccountControl and what the server computes of it
IN_CHAIN = "1.2.840.113556.1.4.1941"  # LDAP_MATCHING_RULE_IN_CHAIN: at any depth
# With it a reset keeps to the history, too (LDAP_SERVER_POLICY_HINTS_OID); Samba 4.17 does not have it.
POLICY_HINTS: Control = ("1.2.840.113556.1.4.2239", True, bytes.fromhex("3003020101"))
PASSWORD_RESTRICTION = "0000052D"  # ERROR_PASSWORD_RESTRICTION, in whatever LDAP result it comes
MIXED_KINDS = 3  # what "must meet complexity requirements" means
COMPLEXITY = 0x1  # DOMAIN_PASSWORD_COMPLEX in pwdProperties

# Administrators by number, for their names differ by language (MS-DTYP 2.4.2.4). DnsAdmins has none: name it.
DOMAIN_ADMINS = frozenset({500, 502, 512, 516, 517, 518, 519, 520, 521, 526, 527})
BUILTIN_ADMINS = frozenset({544, 548, 549, 550, 551, 552, 569, 578})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The password policy that holds for one account."""

    min_length: int
    history: int
    max_age_days: int | None
    complex: bool
    min_age: int  # a negative interval


class ActiveDirectory(LdapAccounts):
    ID = "objectGUID"
    SIGN_IN_NAMES = ("userPrincipalName",)
    STATE = (
        "userAccountControl", COMPUTED, "accountExpires", "lockoutTime", "pwdLastSet", "adminCount", "objectSid",
        "servicePrincipalName", "msDS-ResultantPSO", "replPropertyMetaData", "msDS-ReplAttributeMetaData",
    )  # fmt: skip

    def policy(self, account: AccountId) -> PasswordPolicy:
        def work(session: Session) -> PasswordPolicy:
            rules = self.rules(session, self.existing(session, account))
            return PasswordPolicy(
                min_length=rules.min_length,
                history=rules.history if _knows_hints(session) else 0,
                max_age_days=rules.max_age_days,
                kinds=MIXED_KINDS if rules.complex else 0,
            )

        return self.client.run(work, account)

    def unlock(self, account: AccountId) -> None:
        def work(session: Session) -> None:
            if self.existing(session, account).number("lockoutTime"):
                session.replace(f"<GUID={account}>", {"lockoutTime": ["0"]})

        try:
            self.client.run(work, account)
        except LdapRefused as err:
            raise _translated(err, account) from err

    def set_password(self, account: AccountId, password: str) -> None:
        def work(session: Session) -> None:
            entry = self.existing(session, account)
            rules = self.rules(session, entry)
            changes: dict[str, list[str | bytes]] = {"unicodePwd": [quoted]}
            if entry.number("lockoutTime"):
                changes["lockoutTime"] = ["0"]  # in the same step: there is no half of it (F4)
            try:
                session.replace(f"<GUID={account}>", changes, self._controls(session, entry, rules))
            except LdapRefused as err:
                if PASSWORD_RESTRICTION in err.text or err.code == CONSTRAINT_VIOLATION:
                    raise PasswordRejected(*self._faults(err.text, password, entry, rules)) from err
                raise _translated(err, account) from err

        try:
            quoted = f'"{password}"'.encode("utf-16-le")
        except UnicodeEncodeError:
            self.client.run(lambda session: self.existing(session, account), account)
            raise PasswordRejected(PasswordFault.REFUSED) from None
        self.client.run(work, account)

    def locked_since(self, since: datetime) -> tuple[AccountId, ...]:
        match = all_of(self.settings.people, f"(lockoutTime>={ticks(since)})", ENABLED)

        def work(session: Session) -> tuple[AccountId, ...]:
            found = session.search_all(self.settings.base, match, (self.ID, COMPUTED))
            return tuple(self.id_of(entry) for entry in found if entry.number(COMPUTED) & LOCKED)

        return self.client.run(work)

    def expiring(self, first: datetime, last: datetime) -> tuple[Expiry, ...]:
        """Asked by when passwords were set, for each age that a policy has; the server's own sum decides."""

        def work(session: Session) -> tuple[Expiry, ...]:
            spans = [
                f"(&(pwdLastSet>={ticks(first) + age})(pwdLastSet<={ticks(last) + age}))"
                for age in self._ages(session)
            ]
            if not spans:
                return ()
            match = all_of(self.settings.people, any_of(spans), ENABLED)
            found = session.search_all(self.settings.base, match, (self.ID, EXPIRES))
            times = [(self.id_of(entry), moment(entry.number(EXPIRES))) for entry in found]
            return tuple(
                Expiry(account=one, at=at) for one, at in times if at is not None and first <= at <= last
            )

        return self.client.run(work)

    # --- what Active Directory keeps ---

    def id_filter(self, account: AccountId) -> str | None:
        identifier = as_uuid(account)
        return None if identifier is None else equals(self.ID, identifier.bytes_le)

    def id_of(self, entry: Entry) -> AccountId:
        return AccountId(guid(entry.raw(self.ID)))

    def state_of(self, session: Session, entry: Entry) -> State:
        computed = entry.number(COMPUTED)
        leaves_at = moment(entry.number("accountExpires"))
        left = leaves_at is not None and leaves_at <= self.clock.now()
        must_change = bool(entry.text("pwdLastSet")) and entry.number("pwdLastSet") == 0
        locked = bool(computed & LOCKED)
        return State(
            enabled=not entry.number("userAccountControl", DISABLED) & DISABLED and not left,
            locked=locked,
            locked_at=moment(entry.number("lockoutTime")) if locked else None,
            password_expired=bool(computed & EXPIRED) and not must_change,
            must_change=must_change,
            # "Must change" is kept as 0 in the same place; when it was really changed is in the metadata.
            changed_at=moment(entry.number("pwdLastSet")) or self._written(entry, "unicodePwd"),
        )

    def is_admin(self, session: Session, entry: Entry) -> bool:
        """By adminCount, a service principal, the well-known groups, and those of the settings, at any depth."""
        if entry.number("adminCount") or entry.text("servicePrincipalName"):
            return True
        groups = session.read(entry.dn, ("tokenGroups",))  # all depths, the primary group too; by entry only
        sids = {sid(value) for value in groups.values.get("tokengroups", ())} if groups else set()
        if not sids:  # not even Domain Users: the service account may not read memberships
            return True
        own = entry.raw("objectSid")
        if any(is_admins(known) for known in (*sids, *([sid(own)] if own else ()))):
            return True
        named = [session.read(group, ("objectSid",)) for group in self.settings.admin_groups]
        if any(group is None or group.raw("objectSid") is None for group in named):
            return True
        if any(sid(group.raw("objectSid") or b"") in sids for group in named if group is not None):
            return True
        # Distribution groups are in no token.
        chains = [equals(f"memberOf:{IN_CHAIN}:", group) for group in self.settings.admin_groups]
        return bool(chains) and self.fits(session, entry, any_of(chains))

    def phone_since(self, entry: Entry) -> datetime | None:
        if self.settings.attributes.phone_since:
            return super().phone_since(entry)
        return self._written(entry, self.settings.attributes.phone)

    def rules(self, session: Session, entry: Entry) -> Rules:
        """The fine-grained policy where there is one that may be read, else the domain's."""
        names = {
            "min_length": "msDS-MinimumPasswordLength",
            "history": "msDS-PasswordHistoryLength",
            "max_age": "msDS-MaximumPasswordAge",
            "min_age": "msDS-MinimumPasswordAge",
            "complex": "msDS-PasswordComplexityEnabled",
        }
        own = entry.text("msDS-ResultantPSO")
        found = or_refused(lambda: session.read(own, names.values()), None) if own else None
        if found is not None and found.text(names["min_length"]):
            return Rules(
                min_length=found.number(names["min_length"]),
                history=found.number(names["history"]),
                max_age_days=days(found.number(names["max_age"])),
                complex=found.text(names["complex"]).upper() == "TRUE",
                min_age=found.number(names["min_age"]),
            )
        wanted = ("minPwdLength", "pwdHistoryLength", "maxPwdAge", "minPwdAge", "pwdProperties")
        domain = session.read(session.root().text("defaultNamingContext"), wanted) or Entry("", {})
        return Rules(
            min_length=domain.number("minPwdLength"),
            history=domain.number("pwdHistoryLength"),
            max_age_days=days(domain.number("maxPwdAge")),
            complex=bool(domain.number("pwdProperties") & COMPLEXITY),
            min_age=domain.number("minPwdAge"),
        )

    # --- inside ---

    def _ages(self, session: Session) -> set[int]:
        """How long passwords last, of the domain and of each fine-grained policy: negative intervals, none for ever."""
        domain = session.root().text("defaultNamingContext")
        own = session.read(domain, ("maxPwdAge",))
        container, name = f"CN=Password Settings Container,CN=System,{domain}", "msDS-MaximumPasswordAge"
        hidden = list[Entry]()
        fine = or_refused(
            lambda: session.search(container, "(objectClass=msDS-PasswordSettings)", (name,)), hidden
        )
        ages = [entry.number(name) for entry in fine] + ([own.number("maxPwdAge")] if own else [])
        return {age for age in ages if days(age) is not None}

    def _written(self, entry: Entry, attribute: str) -> datetime | None:
        readable = "".join(entry.texts("msDS-ReplAttributeMetaData"))
        return changed_at(attribute, entry.raw("replPropertyMetaData"), readable)

    def _controls(self, session: Session, entry: Entry, rules: Rules) -> list[Control] | None:
        """The history counts, but not the minimum age: who has forgotten a password an hour old needs a new one."""
        set_at = moment(entry.number("pwdLastSet"))
        aged = moment(entry.number("pwdLastSet") - rules.min_age)
        too_young = set_at is not None and aged is not None and aged > self.clock.now()
        return [POLICY_HINTS] if _knows_hints(session) and not too_young else None

    def _faults(self, text: str, password: str, entry: Entry, rules: Rules) -> tuple[PasswordFault, ...]:
        """Samba says why; Windows says that it is no, and what can be seen from here is said."""
        found = []
        if "too short" in text or len(password) < rules.min_length:
            found.append(PasswordFault.TOO_SHORT)
        if rules.complex and count_kinds(password) < MIXED_KINDS:
            found.append(PasswordFault.UNMIXED)
        if rules.complex and self._holds_a_name(password, entry):
            found.append(PasswordFault.PERSONAL)
        if "history" in text:
            found.append(PasswordFault.REUSED)
        return tuple(found) or (PasswordFault.REFUSED,)

    def _holds_a_name(self, password: str, entry: Entry) -> bool:
        """The other half of "complexity": the user name, or a part of the display name, of three letters or more."""
        attributes = self.settings.attributes
        parts = re.split(r"[,.\-_ #\t]", entry.text(attributes.display_name))
        names = (entry.text(attributes.username), *parts)
        return any(len(name) > 2 and name.casefold() in password.casefold() for name in names)


def _knows_hints(session: Session) -> bool:
    return POLICY_HINTS[0] in session.root().texts("supportedControl")


def is_admins(known: str) -> bool:
    *_, domain, last = known.split("-")
    if known.startswith("S-1-5-32-"):
        return int(last) in BUILTIN_ADMINS
    return known.startswith("S-1-5-21-") and bool(domain) and int(last) in DOMAIN_ADMINS


def _translated(err: LdapRefused, account: AccountId) -> DirectoryError:
    if err.code == NO_SUCH_OBJECT:
        return AccountNotFound(account)
    if err.code == INSUFFICIENT_ACCESS:
        return ChangeForbidden("the service account lacks the right")
    return ChangeForbidden(str(err))
