"""OpenLDAP with the ppolicy overlay (slapo-ppolicy(5), draft-behera-ldap-password-policy).

Directories with the same operational attributes (389 Directory Server has its own) may work; only OpenLDAP is tested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from pyasn1.codec.ber import decoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, tag, univ

from servicedesk.directory.errors import (
    AccountNotFound,
    ChangeForbidden,
    DirectoryError,
    PasswordFault,
    PasswordRejected,
)
from servicedesk.directory.ldap_accounts import LdapAccounts, State, as_uuid, or_refused
from servicedesk.directory.ldap_person import text_of, time_of
from servicedesk.directory.ldap_session import (
    CONSTRAINT_VIOLATION,
    INSUFFICIENT_ACCESS,
    NO_SUCH_OBJECT,
    Entry,
    LdapRefused,
    Session,
    all_of,
    any_of,
    equals,
)
from servicedesk.directory.port import AccountId, Expiry, PasswordPolicy

LOCKED = "pwdAccountLockedTime"
LOCKED_BY_AN_ADMINISTRATOR = "000001010000Z"  # slapo-ppolicy(5): "permanently locked"
PASSWORD_POLICY = "1.3.6.1.4.1.42.2.27.8.5.1"  # the control that says why a password is refused
RELAX = ("1.3.6.1.4.1.4203.666.5.12", True, None)  # lets who has `manage` change what ppolicy itself writes
FAULTS = {
    5: PasswordFault.REFUSED,  # insufficientPasswordQuality
    6: PasswordFault.TOO_SHORT,
    7: PasswordFault.TOO_RECENT,
    8: PasswordFault.REUSED,
    9: PasswordFault.TOO_LONG,
}
DEEPEST_GROUP = 20  # groups in groups; deeper ones are a mistake, and count as privileged


class _PolicyAnswer(univ.Sequence):
    """PasswordPolicyResponseValue; its warning is for those who sign in."""

    componentType = namedtype.NamedTypes(
        namedtype.OptionalNamedType(
            "warning",
            univ.Any().subtype(explicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatConstructed, 0)),
        ),
        namedtype.OptionalNamedType(
            "error",
            univ.Enumerated().subtype(implicitTag=tag.Tag(tag.tagClassContext, tag.tagFormatSimple, 1)),
        ),
    )


class LdapDirectory(LdapAccounts):
    ID = "entryUUID"
    STATE = (LOCKED, "pwdChangedTime", "pwdReset", "pwdPolicySubentry", "gidNumber")

    def policy(self, account: AccountId) -> PasswordPolicy:
        def work(session: Session) -> PasswordPolicy:
            rules = self._rules(session, self.existing(session, account))
            age = rules.number("pwdMaxAge")
            return PasswordPolicy(
                min_length=rules.number("pwdMinLength"),
                history=rules.number("pwdInHistory"),
                max_age_days=age // 86_400 if age else None,
            )

        return self.client.run(work, account)

    def unlock(self, account: AccountId) -> None:
        def work(session: Session) -> None:
            entry = self._changeable(session, account)
            if entry.text(LOCKED):
                self._end_lockout(session, entry)

        self._change(work, account)

    def set_password(self, account: AccountId, password: str) -> None:
        def work(session: Session) -> None:
            entry = self._changeable(session, account)
            # The overlay ends the lockout and "must change" in the same step: there is no half of it (F4).
            session.modify_password(entry.dn, password, [(PASSWORD_POLICY, False, None)])

        try:
            password.encode()
        except UnicodeEncodeError:
            self.client.run(lambda session: self.existing(session, account), account)
            raise PasswordRejected(PasswordFault.REFUSED) from None
        self._change(work, account)

    def locked_since(self, since: datetime) -> tuple[AccountId, ...]:
        match = all_of(self.settings.people, f"({LOCKED}>={text_of(since)})")

        def work(session: Session) -> tuple[AccountId, ...]:
            found = session.search_all(self.settings.base, match, self.attributes())
            states = [(self.id_of(entry), self.state_of(session, entry)) for entry in found]
            return tuple(one for one, state in states if state.enabled and state.locked)

        return self.client.run(work)

    def expiring(self, first: datetime, last: datetime) -> tuple[Expiry, ...]:
        def work(session: Session) -> tuple[Expiry, ...]:
            found: list[Expiry] = []
            for match, age in self._ages(session):
                since, until = text_of(first - age), text_of(last - age)
                span = f"(&(pwdChangedTime>={since})(pwdChangedTime<={until})(!(pwdReset=TRUE)))"
                entries = session.search_all(
                    self.settings.base, all_of(self.settings.people, match, span), (self.ID, *self.STATE)
                )
                found += [
                    Expiry(account=self.id_of(entry), at=changed_at + age)
                    for entry in entries
                    if (changed_at := time_of(entry.text("pwdChangedTime"))) is not None
                    and entry.text(LOCKED) != LOCKED_BY_AN_ADMINISTRATOR
                ]
            return tuple(found)

        return self.client.run(work)

    def _ages(self, session: Session) -> list[tuple[str, timedelta]]:
        """Which accounts a policy holds for, as a filter, and how long it lets a password live: the default one, and those
        beside it."""
        _, _, container = self.settings.policy.partition(",")
        if not container:
            return []
        wanted, hidden = ("pwdMaxAge",), list[Entry]()
        own = or_refused(lambda: session.search(container, "(objectClass=pwdPolicy)", wanted), hidden)
        default = or_refused(lambda: session.read(self.settings.policy, wanted), None)
        ages = [(equals("pwdPolicySubentry", entry.dn), entry.number("pwdMaxAge")) for entry in own]
        if default is not None:
            ages.append(("(!(pwdPolicySubentry=*))", default.number("pwdMaxAge")))
        return [(match, timedelta(seconds=age)) for match, age in ages if age > 0]

    # --- what ppolicy keeps ---

    def id_filter(self, account: AccountId) -> str | None:
        identifier = as_uuid(account)
        return None if identifier is None else equals(self.ID, str(identifier))

    def id_of(self, entry: Entry) -> AccountId:
        return AccountId(entry.text(self.ID).lower())

    def state_of(self, session: Session, entry: Entry) -> State:
        rules, now = self._rules(session, entry), self.clock.now()
        stopped = entry.text(LOCKED) == LOCKED_BY_AN_ADMINISTRATOR
        locked_at = None if stopped else time_of(entry.text(LOCKED))
        locked = locked_at is not None and not _is_over(locked_at, rules.number("pwdLockoutDuration"), now)
        changed_at = time_of(entry.text("pwdChangedTime"))
        must_change = entry.text("pwdReset").upper() == "TRUE"
        age = rules.number("pwdMaxAge")
        return State(
            enabled=not stopped,
            locked=locked,
            locked_at=locked_at if locked else None,
            password_expired=bool(age) and changed_at is not None and _is_over(changed_at, age, now),
            must_change=must_change,
            changed_at=changed_at,
        )

    def is_admin(self, session: Session, entry: Entry) -> bool:
        """Climb from group to group. Groups that cannot be read would hide an administrator: then it is yes."""
        groups = [session.read(group, ()) for group in self.settings.admin_groups]
        if not groups or None in groups:
            return True
        admin_groups = {group.dn for group in groups if group is not None}
        seen: set[str] = set()
        matches = [*_membership(entry.dn), equals("memberUid", entry.text(self.settings.attributes.username))]
        if entry.text("gidNumber"):
            matches.append(all_of("(objectClass=posixGroup)", equals("gidNumber", entry.text("gidNumber"))))
        for _ in range(DEEPEST_GROUP):
            found = session.search(self.settings.group_base, any_of(matches), ())
            new = [group.dn for group in found if group.dn not in seen]
            seen.update(new)
            if seen & admin_groups:
                return True
            if not new:
                return False
            matches = [match for dn in new for match in _membership(dn)]
        return True

    def _rules(self, session: Session, entry: Entry) -> Entry:
        """The policy that holds for this entry; an empty one where it cannot be read."""
        dn = entry.text("pwdPolicySubentry") or self.settings.policy
        wanted = ("pwdMinLength", "pwdInHistory", "pwdMaxAge", "pwdLockoutDuration")
        found = or_refused(lambda: session.read(dn, wanted), None) if dn else None
        return found or Entry(dn, {})

    # --- changing ---

    def _changeable(self, session: Session, account: AccountId) -> Entry:
        entry = self.existing(session, account)
        if entry.text(LOCKED) == LOCKED_BY_AN_ADMINISTRATOR:  # a new password would open it
            raise ChangeForbidden("locked by an administrator")
        return entry

    def _end_lockout(self, session: Session, entry: Entry) -> None:
        """With the wrong tries, as long as that is allowed: while they stand there the next one locks again."""
        try:
            session.replace(entry.dn, {LOCKED: [], "pwdFailureTime": []}, [RELAX])
        except LdapRefused:
            session.replace(entry.dn, {LOCKED: []})

    def _change(self, work: Callable[[Session], None], account: AccountId) -> None:
        try:
            self.client.run(work, account)
        except LdapRefused as err:
            raise _translated(err, account) from err


def _translated(err: LdapRefused, account: AccountId) -> DirectoryError:
    if err.code == NO_SUCH_OBJECT:
        return AccountNotFound(account)
    if err.code == CONSTRAINT_VIOLATION:
        return PasswordRejected(FAULTS.get(_reason(err.controls.get(PASSWORD_POLICY)), PasswordFault.REFUSED))
    if err.code == INSUFFICIENT_ACCESS:
        return ChangeForbidden("the service account lacks the right")
    return ChangeForbidden(str(err))


def _reason(answer: bytes | None) -> int:
    try:
        decoded, _ = decoder.decode(answer or b"", asn1Spec=_PolicyAnswer())
    except PyAsn1Error:
        return -1
    error = decoded["error"]
    return int(error) if error.hasValue() else -1


def _is_over(since: datetime, seconds: int, now: datetime) -> bool:
    """Whether so many seconds have passed; 0 is for ever (pwdLockoutDuration)."""
    return seconds > 0 and now - since > timedelta(seconds=seconds)


def _membership(dn: str) -> tuple[str, str]:
    return equals("member", dn), equals("uniqueMember", dn)
