"""A directory of its own for the demo and the tests: accounts, lockout, passwords and authenticators in our
store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.clock import Clock
from servicedesk.directory.errors import (
    AccountNotFound,
    DirectoryUnavailable,
    NotSupported,
    OutcomeUnknown,
    PasswordFault,
    PasswordRejected,
)
from servicedesk.directory.port import Account, AccountId, Expiry, PasswordPolicy, Phone
from servicedesk.keys import KeyRing
from servicedesk.sealing import SealBroken, unseal
from servicedesk.store import CommitUnanswered, Store, StoreUnavailable
from servicedesk.store.tables import directory_accounts as accounts
from servicedesk.store.tables import directory_lockouts as lockouts
from servicedesk.totp import matching_step, totp

LOCKOUT_AFTER = 5  # wrong passwords
POLICY = PasswordPolicy(min_length=12, history=5, max_age_days=365)
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # argon2id, OWASP's minimum
NO_HASH = HASHER.hash("nobody has this password")  # verified for unknown names, so that they take as long

# Which groups a group is a member of. Rights come through any depth of this, and so does "privileged" (S7).
MEMBER_OF: dict[str, tuple[str, ...]] = {
    "all-employees": (),
    "sales": ("all-employees",),
    "finance": ("all-employees",),
    "people": ("all-employees",),
    "engineering": ("all-employees",),
    "logistics": ("all-employees",),
    "marketing": ("all-employees",),
    "legal": ("all-employees",),
    "guests": (),
    "oslo-platform-team": ("engineering", "server-operators"),
    "server-operators": ("infrastructure-admins",),
    "infrastructure-admins": ("domain-admins",),
    "domain-admins": (),
    "service-desk-agents": ("all-employees",),
}
ADMIN_GROUPS = frozenset({"domain-admins", "service-desk-agents"})


class SignIn(str, Enum):
    """How a try to sign in ends (the demo's sign-in page)."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    DISABLED = "disabled"
    EXPIRED = "expired"
    MUST_CHANGE = "must_change"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One line of the demo's chooser."""

    id: AccountId
    username: str
    display_name: str
    country: str
    site: str
    department: str
    language: str
    note: str  # what this demo case shows, in English


class EmbeddedDirectory:
    settles_after = timedelta(0)

    def __init__(self, store: Store, clock: Clock, keys: KeyRing) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys

    # --- the port ---

    def find(self, account: AccountId) -> Account | None:
        with self._transaction() as connection:
            row = connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
            return None if row is None else self._account(connection, row)

    def find_by_username(self, username: str) -> Account | None:
        name = username.strip().casefold()
        if not name.isprintable():
            return None  # control characters and lone surrogates are in no name, and upset databases (U10)
        query = select(accounts).where(or_(accounts.c.username == name, func.lower(accounts.c.email) == name))
        with self._transaction() as connection:
            rows = connection.execute(query.limit(2)).all()
            return self._account(connection, rows[0]) if len(rows) == 1 else None

    def policy(self, account: AccountId) -> PasswordPolicy:
        self._row(account)
        return POLICY

    def unlock(self, account: AccountId) -> None:
        with self._transaction(writes=True) as connection:
            _change(connection, account, locked_at=None, bad_tries=0)

    def set_password(self, account: AccountId, password: str) -> None:
        row = self._row(account)
        former = [row.password_hash, *row.password_history][: POLICY.history]
        faults = [] if is_storable(password) else [PasswordFault.REFUSED]
        if len(password) < POLICY.min_length:
            faults.append(PasswordFault.TOO_SHORT)
        if any(_matches(known, password) for known in former):
            faults.append(PasswordFault.REUSED)
        if faults:
            raise PasswordRejected(*faults)
        hashed = HASHER.hash(password)
        with self._transaction(writes=True) as connection:
            _change(
                connection,
                account,
                password_hash=hashed,
                password_history=former[: POLICY.history - 1],
                password_changed_at=self._clock.now(),
                must_change=False,
                locked_at=None,
                bad_tries=0,
            )

    def revoke_sessions(self, account: AccountId) -> None:
        self._row(account)
        raise NotSupported("nobody is signed in anywhere here")

    def check_authenticator(self, account: AccountId, code: str) -> bool:
        row = self._row(account)
        step = matching_step(self._seed(row), code, self._clock.now()) if row.seed else None
        if step is None:
            return False
        with self._transaction() as connection:  # the newest step wins: no code is good twice
            taken = connection.execute(
                update(accounts)
                .where(accounts.c.id == account, accounts.c.authenticator_step < step)
                .values(authenticator_step=step)
            )
            return bool(taken.rowcount == 1)

    def locked_since(self, since: datetime) -> tuple[AccountId, ...]:
        query = select(accounts.c.id).where(accounts.c.enabled.is_(True), accounts.c.locked_at >= since)
        with self._transaction() as connection:
            return tuple(AccountId(found) for found in connection.execute(query).scalars())

    def expiring(self, first: datetime, last: datetime) -> tuple[Expiry, ...]:
        if POLICY.max_age_days is None:
            return ()
        age, changed_at = timedelta(days=POLICY.max_age_days), accounts.c.password_changed_at
        query = select(accounts.c.id, changed_at).where(
            accounts.c.enabled.is_(True),
            accounts.c.must_change.is_(False),
            changed_at.between(first - age, last - age),
        )
        with self._transaction() as connection:
            return tuple(
                Expiry(account=AccountId(row.id), at=row.password_changed_at + age)
                for row in connection.execute(query)
            )

    # --- the demo and the tests only ---

    def sign_in(self, username: str, password: str) -> SignIn:
        """Try a password as a computer would at its sign-in page; the fifth wrong one locks the account."""
        account = self.find_by_username(username)
        if account is None:
            _matches(NO_HASH, password)
            return SignIn.WRONG
        row = self._row(account.id)
        right = _matches(row.password_hash, password)
        if not row.enabled:
            return SignIn.DISABLED
        if row.locked_at is not None:
            return SignIn.LOCKED
        if not right:
            return self._count_bad_try(account.id)
        with self._transaction() as connection:
            _change(connection, account.id, bad_tries=0)
        if row.must_change:
            return SignIn.MUST_CHANGE
        return SignIn.EXPIRED if account.password_expired else SignIn.OK

    def lock(self, account: AccountId) -> None:
        """Lock the account as five wrong passwords would."""
        with self._transaction() as connection:
            self._lock(connection, account)

    def people(self) -> tuple[Person, ...]:
        """Everybody, by country and name."""
        query = select(accounts).order_by(accounts.c.country, accounts.c.display_name)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Person(
                id=AccountId(row.id),
                username=row.username,
                display_name=row.display_name,
                country=row.country,
                site=row.site,
                department=row.department,
                language=row.language,
                note=row.note,
            )
            for row in rows
        )

    def demo_authenticator_code(self, account: AccountId) -> str | None:
        """What the person's authenticator shows now; None where there is none. Raises NotSupported when
        unreadable."""
        row = self._row(account)
        return totp(self._seed(row)).at(self._clock.now()) if row.seed else None

    # --- inside ---

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Connection]:
        try:
            with self._store.transaction() as connection:
                yield connection
        except CommitUnanswered as err:
            raise (OutcomeUnknown if writes else DirectoryUnavailable)(str(err)) from err
        except StoreUnavailable as err:
            raise DirectoryUnavailable(str(err)) from err

    def _row(self, account: AccountId) -> Row:
        with self._transaction() as connection:
            row = connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()
        if row is None:
            raise AccountNotFound(account)
        return row

    def _seed(self, row: Row) -> str:
        try:
            return unseal(self._keys, row.id, row.seed)
        except SealBroken as err:
            raise NotSupported("the authenticator's seed cannot be read") from err

    def _count_bad_try(self, account: AccountId) -> SignIn:
        with self._transaction() as connection:
            _change(connection, account, bad_tries=accounts.c.bad_tries + 1)
            tries = connection.execute(
                select(accounts.c.bad_tries).where(accounts.c.id == account)
            ).scalar_one()
            if tries < LOCKOUT_AFTER:
                return SignIn.WRONG
            self._lock(connection, account)
            return SignIn.LOCKED

    def _lock(self, connection: Connection, account: AccountId) -> None:
        now = self._clock.now()
        _change(connection, account, locked_at=now, bad_tries=LOCKOUT_AFTER)
        connection.execute(insert(lockouts).values(account=account, at=now))

    def _account(self, connection: Connection, row: Row) -> Account:
        now = self._clock.now()
        return Account(
            id=AccountId(row.id),
            username=row.username,
            display_name=row.display_name,
            given_name=row.given_name,
            email=row.email,
            language=row.language,
            country=row.country,
            site=row.site,
            department=row.department,
            enabled=row.enabled,
            guest=row.guest,
            privileged=is_privileged(row.groups),
            vip=row.vip,
            locked=row.locked_at is not None,
            locked_at=row.locked_at,
            lockouts_today=_lockouts_since(connection, row.id, now - timedelta(hours=24)),
            password_expired=_is_expired(row.password_changed_at, now),
            must_change_password=row.must_change,
            password_changed_at=row.password_changed_at,
            phone=Phone(number=row.phone, registered_at=row.phone_since)
            if row.phone and row.phone_since
            else None,
            authenticator_since=row.authenticator_since if row.seed else None,
            alternate_email=row.alternate_email,
            manager=AccountId(row.manager) if row.manager else None,
        )


def is_privileged(groups: list[str]) -> bool:
    """Whether any group is an admin group at any depth, or one whose own memberships nobody knows (S7)."""
    seen: set[str] = set()
    waiting = list(groups)
    while waiting:
        group = waiting.pop()
        if group in ADMIN_GROUPS or group not in MEMBER_OF:
            return True
        if group not in seen:
            seen.add(group)
            waiting.extend(MEMBER_OF[group])
    return False


def _lockouts_since(connection: Connection, account: str, since: datetime) -> int:
    query = (
        select(func.count()).select_from(lockouts).where(lockouts.c.account == account, lockouts.c.at > since)
    )
    return int(connection.execute(query).scalar_one())


def _is_expired(changed_at: datetime, now: datetime) -> bool:
    return POLICY.max_age_days is not None and now - changed_at > timedelta(days=POLICY.max_age_days)


def _change(connection: Connection, account: AccountId, **values: object) -> None:
    if connection.execute(update(accounts).where(accounts.c.id == account).values(**values)).rowcount == 0:
        raise AccountNotFound(account)


def is_storable(password: str) -> bool:
    """Whether it is text at all: a lone surrogate is half a character."""
    return not any("\ud800" <= char <= "\udfff" for char in password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (VerificationError, UnicodeEncodeError):
        return False
