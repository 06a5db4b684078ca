"""The desk's own people (S12): who they are, how they are set up, and whether a sign-in is good."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from servicedesk.clock import Clock
from servicedesk.errors import Tier0Error
from servicedesk.keys import KeyRing
from servicedesk.sealing import seal, unseal
from servicedesk.store import Store
from servicedesk.store.tables import agents, desk_sessions, sign_in_tries

ISSUER = "Tier0 desk"
SETUP_LIFETIME = timedelta(hours=24)
SETUP_MARK = "setup$"  # stands where a password hash will: nobody can sign in with it
NAMELESS = "setup-"  # user name of the first agent until that agent chooses one
TOTP_SECONDS = 30
WINDOW = timedelta(minutes=15)  # wrong sign-ins older than this are forgotten
FREE_TRIES = 5  # after these, each wrong one doubles the wait
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's minimum for argon2id
DUMMY_HASH = HASHER.hash(secrets.token_urlsafe(16))


class Role(str, Enum):
    AGENT = "agent"
    LEAD = "lead"
    AUTHOR = "author"
    AUDITOR = "auditor"
    ADMIN = "admin"


class AgentExists(Tier0Error):
    """Another agent has this user name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    id: str
    username: str
    display_name: str
    role: Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """An agent who has yet to choose a password."""

    agent: Agent
    otpauth: str  # what the authenticator app scans
    secret: str  # the same, to type

    @property
    def nameless(self) -> bool:
        return self.agent.username.startswith(NAMELESS)


class Staff:
    def __init__(self, store: Store, keys: KeyRing, clock: Clock) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock

    def invite(self, username: str, display_name: str, role: Role) -> str:
        """Add an agent and return the one-time token of the set-up page. Raises AgentExists."""
        token = secrets.token_urlsafe(32)
        identifier = secrets.token_hex(16)
        try:
            with self._store.transaction() as connection:
                connection.execute(
                    insert(agents).values(
                        id=identifier,
                        username=_folded(username),
                        display_name=display_name,
                        role=role.value,
                        password_hash=self._setup_mark(token),
                        seed=seal(self._keys, f"agent:{identifier}", pyotp.random_base32()),
                        enabled=True,
                        created_at=self._clock.now(),
                    )
                )
        except IntegrityError as err:
            raise AgentExists(username) from err
        return token

    def invite_first(self) -> str | None:
        """A set-up token for the first administrator, or None once anybody can sign in.

        A newer one voids the older."""
        with self._store.transaction() as connection:
            ready = (
                select(func.count()).select_from(agents).where(~agents.c.password_hash.startswith(SETUP_MARK))
            )
            if connection.execute(ready).scalar_one():
                return None
            connection.execute(delete(agents).where(agents.c.username.startswith(NAMELESS)))
        return self.invite(f"{NAMELESS}{secrets.token_hex(4)}", "", Role.ADMIN)

    def pending(self, token: str) -> Setup | None:
        """Who this set-up token belongs to, or None when it is unknown, used or too old. Spends nothing."""
        with self._store.transaction() as connection:
            row = connection.execute(select(agents).where(_pending_with(token))).one_or_none()
        if row is None or self._clock.now().timestamp() > float(row.password_hash.rsplit("$", 1)[1]):
            return None
        secret = unseal(self._keys, f"agent:{row.id}", row.seed)
        agent = _agent(row)
        name = "first agent" if agent.username.startswith(NAMELESS) else agent.username
        return Setup(
            agent=agent,
            secret=secret,
            otpauth=pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER),
        )

    def complete(self, token: str, *, username: str, display_name: str, password: str, code: str) -> bool:
        """Set the password if the authenticator's code is right, and spend the token; else False.

        Raises AgentExists."""
        setup = self.pending(token)
        if setup is None or not pyotp.TOTP(setup.secret).verify(
            code, for_time=self._clock.now(), valid_window=1
        ):
            return False
        values = {"password_hash": HASHER.hash(password), "display_name": display_name}
        if setup.nameless:
            values["username"] = _folded(username)
        try:
            with self._store.transaction() as connection:
                return bool(
                    connection.execute(update(agents).where(_pending_with(token)).values(**values)).rowcount
                )
        except IntegrityError as err:
            raise AgentExists(username) from err

    def sign_in(self, username: str, password: str, code: str) -> Agent | None:
        """The agent, or None whatever is wrong: unknown, disabled and waiting take the same time."""
        name = _folded(username)
        tried = self._count_try(name)
        with self._store.transaction() as connection:
            row = connection.execute(select(agents).where(agents.c.username == name)).one_or_none()
        right = _password_is(row.password_hash if row is not None else DUMMY_HASH, password)
        if not tried or row is None or not row.enabled or not right or not self._take_code(row, code):
            return None
        with self._store.transaction() as connection:
            connection.execute(delete(sign_in_tries).where(sign_in_tries.c.username == name))
        return _agent(row)

    def find(self, identifier: str) -> Agent | None:
        """An agent who may work now; disabled or not yet set up is None."""
        with self._store.transaction() as connection:
            row = connection.execute(
                select(agents).where(agents.c.id == identifier, agents.c.enabled.is_(True))
            ).one_or_none()
        return None if row is None or row.password_hash.startswith(SETUP_MARK) else _agent(row)

    def everybody(self) -> tuple[tuple[Agent, bool, bool], ...]:
        """Every agent, whether enabled, and whether set up."""
        with self._store.transaction() as connection:
            rows = connection.execute(select(agents).order_by(agents.c.username)).all()
        return tuple((_agent(row), row.enabled, not row.password_hash.startswith(SETUP_MARK)) for row in rows)

    def change(self, username: str, *, role: Role | None = None, enabled: bool | None = None) -> bool:
        """Change role or standing and end the agent's sessions; False when there is no such agent."""
        values = {"role": role.value if role else None, "enabled": enabled}
        with self._store.transaction() as connection:
            identifier = connection.execute(
                select(agents.c.id).where(agents.c.username == _folded(username))
            ).scalar_one_or_none()
            if identifier is None:
                return False
            given = {name: value for name, value in values.items() if value is not None}
            connection.execute(update(agents).where(agents.c.id == identifier).values(**given))
            connection.execute(delete(desk_sessions).where(desk_sessions.c.agent == identifier))
        return True

    def _setup_mark(self, token: str) -> str:
        return f"{SETUP_MARK}{_hash(token)}${(self._clock.now() + SETUP_LIFETIME).timestamp():.0f}"

    def _count_try(self, name: str) -> bool:
        """Count a try before comparing; False, and not counted, while this name has to wait.

        Nobody can make another's wait longer than `LONGEST_WAIT` (U14)."""
        now = self._clock.now()
        with self._store.transaction() as connection:
            connection.execute(delete(sign_in_tries).where(sign_in_tries.c.at < now - WINDOW))
            mine = connection.execute(
                insert(sign_in_tries).values(username=name, at=now)
            ).inserted_primary_key[0]
        earlier = and_(sign_in_tries.c.username == name, sign_in_tries.c.id < mine)
        with self._store.transaction() as connection:
            count, newest = connection.execute(
                select(func.count(), func.max(sign_in_tries.c.at)).where(earlier)
            ).one()
            if count and now < _aware(newest, now) + wait_after(count):
                connection.execute(delete(sign_in_tries).where(sign_in_tries.c.id == mine))
                return False
        return True

    def _take_code(self, row: Row, code: str) -> bool:
        """Whether the authenticator's code is right and was not used before (one step either way)."""
        digits = "".join(code.split())
        now_step = int(self._clock.now().timestamp()) // TOTP_SECONDS
        totp = pyotp.TOTP(unseal(self._keys, f"agent:{row.id}", row.seed))
        matching = [step for step in (now_step - 1, now_step, now_step + 1) if _code_is(totp, step, digits)]
        if not matching:
            return False
        fresh = and_(agents.c.id == row.id, agents.c.seed_step < matching[-1])
        with self._store.transaction() as connection:
            return bool(
                connection.execute(update(agents).where(fresh).values(seed_step=matching[-1])).rowcount
            )


def wait_after(tries: int) -> timedelta:
    """How long a name has to wait after so many tries that were not right."""
    if tries < FREE_TRIES:
        return timedelta(0)
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - FREE_TRIES, 10))


def _aware(value: datetime, like: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=like.tzinfo)


def _code_is(totp: pyotp.TOTP, step: int, digits: str) -> bool:
    return pyotp.utils.strings_equal(totp.at(step * TOTP_SECONDS), digits)


def _password_is(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except InvalidHashError:  # not set up yet: spend the same time
        return _password_is(DUMMY_HASH, password) and False
    except VerificationError:
        return False


def _folded(username: str) -> str:
    return username.strip().casefold()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _pending_with(token: str) -> Any:
    return and_(agents.c.password_hash.startswith(f"{SETUP_MARK}{_hash(token)}$"), agents.c.enabled.is_(True))


def _agent(row: Row) -> Agent:
    return Agent(id=row.id, username=row.username, display_name=row.display_name, role=Role(row.role))
