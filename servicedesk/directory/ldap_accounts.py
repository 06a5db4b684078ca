"""What Active Directory and OpenLDAP have in common: finding people, reading who they are, and the marks."""

from __future__ import annotations

import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from servicedesk.clock import Clock
from servicedesk.directory.errors import AccountNotFound, NotSupported
from servicedesk.directory.ldap_client import LdapClient
from servicedesk.directory.ldap_person import is_plausible_name, language_of, number_of, time_of
from servicedesk.directory.ldap_session import Entry, LdapRefused, Session, all_of, any_of, equals
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.directory.port import Account, AccountId, Phone

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """How the account is, in whatever way the directory keeps that."""

    enabled: bool
    locked_at: datetime | None
    password_expired: bool
    must_change: bool
    changed_at: datetime | None
    locked: bool


class LdapAccounts(ABC):
    """The half of the port that every LDAP directory answers alike. A subclass knows one product."""

    ID = ""  # the attribute that never changes and is never given to another
    SIGN_IN_NAMES: tuple[str, ...] = ()  # beside the mapped user name and address
    STATE: tuple[str, ...] = ()  # attributes that `_state` reads

    settles_after = timedelta(0)  # a change is read back on the server that it went to

    def __init__(self, client: LdapClient, settings: LdapSettings, clock: Clock) -> None:
        self.client = client
        self.settings = settings
        self.clock = clock

    # --- the port ---

    def find(self, account: AccountId) -> Account | None:
        def work(session: Session) -> Account | None:
            entry = self.entry(session, account)
            return None if entry is None else self.account_of(session, entry)

        return self.client.run(work, account)

    def find_by_username(self, username: str) -> Account | None:
        name = username.strip()
        return (
            self.client.run(lambda session: self._named(session, name)) if is_plausible_name(name) else None
        )

    def revoke_sessions(self, account: AccountId) -> None:
        """Tickets that were given out end by themselves; a directory cannot call them back."""
        self.client.run(lambda session: self.existing(session, account), account)
        raise NotSupported("this directory ends no sessions")

    def check_authenticator(self, account: AccountId, code: str) -> bool:
        """LDAP knows no authenticators; `authenticator_since` is None for everybody."""
        self.client.run(lambda session: self.existing(session, account), account)
        raise NotSupported("this directory keeps no authenticators")

    # --- what a product knows ---

    @abstractmethod
    def id_filter(self, account: AccountId) -> str | None:
        """A filter for this account; None where it is no id of this directory."""

    @abstractmethod
    def id_of(self, entry: Entry) -> AccountId: ...

    @abstractmethod
    def state_of(self, session: Session, entry: Entry) -> State: ...

    @abstractmethod
    def is_admin(self, session: Session, entry: Entry) -> bool:
        """Whether this is an administrator, at any depth of groups. True where nobody can tell (S7)."""

    def phone_since(self, entry: Entry) -> datetime | None:
        """When the number was registered; None: unknown, so it proves nothing (S2)."""
        return time_of(entry.text(self.settings.attributes.phone_since))

    # --- finding ---

    def entry(self, session: Session, account: AccountId) -> Entry | None:
        match = self.id_filter(account)
        if match is None:
            return None
        found = session.search(self.settings.base, all_of(self.settings.people, match), self.attributes())
        return found[0] if len(found) == 1 else None

    def existing(self, session: Session, account: AccountId) -> Entry:
        entry = self.entry(session, account)
        if entry is None:
            raise AccountNotFound(account)
        return entry

    def attributes(self) -> tuple[str, ...]:
        return (self.ID, "cn", *self.settings.attributes.names(), *self.SIGN_IN_NAMES, *self.STATE)

    def _named(self, session: Session, name: str) -> Account | None:
        where = (self.settings.attributes.username, self.settings.attributes.email, *self.SIGN_IN_NAMES)
        match = all_of(self.settings.people, any_of(equals(attribute, name) for attribute in where))
        found = session.search(self.settings.base, match, self.attributes(), limit=2)
        if len(found) != 1:
            return None
        # Directories compare generously: Active Directory takes "å" for "a", and LDAP two blanks for one.
        exact = {text.strip().casefold() for attribute in where for text in found[0].texts(attribute)}
        return self.account_of(session, found[0]) if name.casefold() in exact else None

    # --- reading ---

    def account_of(self, session: Session, entry: Entry) -> Account:
        attributes, state = self.settings.attributes, self.state_of(session, entry)
        country = (entry.text(attributes.country) or self.settings.country).upper()
        display_name = entry.text(attributes.display_name) or entry.text("cn")
        marks = self._marks(session, entry)
        return Account(
            id=self.id_of(entry),
            username=entry.text(attributes.username),
            display_name=display_name,
            given_name=entry.text(attributes.given_name) or display_name.split(" ")[0],
            email=entry.text(attributes.email),
            language=language_of(entry.text(attributes.language), country),
            country=country,
            site=entry.text(attributes.site),
            department=entry.text(attributes.department),
            enabled=state.enabled and "disabled" not in marks,
            guest="guest" in marks,
            privileged="privileged" in marks or self._counts_as_admin(session, entry),
            vip="vip" in marks,
            locked=state.locked,
            locked_at=state.locked_at,
            lockouts_today=0,  # LDAP keeps the last lockout only
            password_expired=state.password_expired,
            must_change_password=state.must_change,
            password_changed_at=state.changed_at,
            phone=self._phone(entry, country),
            authenticator_since=None,
            alternate_email=entry.text(attributes.alternate_email) or None,
            manager=self._manager(session, entry),
        )

    def _phone(self, entry: Entry, country: str) -> Phone | None:
        number = number_of(entry.text(self.settings.attributes.phone), country)
        since = self.phone_since(entry)
        return Phone(number=number, registered_at=since) if number and since else None

    def _manager(self, session: Session, entry: Entry) -> AccountId | None:
        dn = entry.text(self.settings.attributes.manager)
        manager = or_refused(lambda: session.read(dn, (self.ID,)), None) if dn else None
        return self.id_of(manager) if manager is not None and manager.raw(self.ID) else None

    def _marks(self, session: Session, entry: Entry) -> frozenset[str]:
        """Which of the filters in the settings fit. One question as long as none does, as for most people."""
        wanted = {
            name: match
            for name in ("privileged", "vip", "guest", "disabled")
            if (match := str(getattr(self.settings, name)))
        }
        if not wanted or not self.fits(session, entry, any_of(wanted.values())):
            return frozenset()
        return frozenset(name for name, match in wanted.items() if self.fits(session, entry, match))

    def fits(self, session: Session, entry: Entry, match: str) -> bool:
        """Whether a filter fits this account; by its id, for a name may have changed since it was read."""
        own = self.id_filter(self.id_of(entry))
        return bool(own) and bool(session.search(self.settings.base, all_of(own or "", match), ()))

    def _counts_as_admin(self, session: Session, entry: Entry) -> bool:
        return or_refused(lambda: self.is_admin(session, entry), True)


def or_refused(ask: Callable[[], Result], otherwise: Result) -> Result:
    """The answer, or `otherwise` where the server will not tell."""
    try:
        return ask()
    except LdapRefused as err:
        log.warning("directory: a question was refused (%s)", err)
        return otherwise


def as_uuid(account: AccountId) -> uuid.UUID | None:
    try:
        return uuid.UUID(account)
    except ValueError:
        return None
