"""The rows of open proofs: what was asked for, where, and how it stands (S3)."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.keys import KeyRing, Purpose
from servicedesk.settings import Limits
from servicedesk.store.tables import challenges
from servicedesk.store.turns import Turn, wait_for_turn

APPROVAL_DIGITS = 2  # the requester shows the number, and one guess is all there is (approvals/requests.py)
AUTHENTICATOR_DIGITS = 6  # RFC 6238, as every authenticator app shows them


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a proof is asked for."""

    account: str
    conversation: str  # or the reset page's session
    channel_user: str
    proven: bool
    purpose: str  # reset, unlock
    factor: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """A proof that was just used up."""

    account: AccountId
    issued_at: datetime


class Challenges:
    """All methods join the caller's transaction."""

    def __init__(self, clock: Clock, keys: KeyRing, limits: Limits) -> None:
        self._clock = clock
        self._keys = keys
        self._limits = limits

    def digits(self, *, proven: bool, factor: str) -> int:
        if factor == "authenticator":
            return AUTHENTICATOR_DIGITS
        if factor == "approval":
            return APPROVAL_DIGITS
        return self._limits.code_digits if proven else self._limits.code_digits_unproven

    def open(self, connection: Connection, request: Request, code: str | None) -> str:
        """Make the one open challenge of this account (a stranger's never ends the owner's), and return its
        id.

        Only a MAC of the code is stored; None where the authenticator makes the code."""
        self._void_older(connection, request)
        now = self._clock.now()
        nonce = secrets.token_hex(16)
        version, mac = ("", "") if code is None else self._mac(request, nonce, code)
        identifier = f"{time.time_ns():016x}{secrets.token_hex(8)}"  # sorts by age
        connection.execute(
            insert(challenges).values(
                id=identifier,
                account=request.account,
                conversation=request.conversation,
                channel_user=request.channel_user,
                proven=request.proven,
                purpose=request.purpose,
                factor=request.factor,
                hint=request.hint,
                nonce=nonce,
                key_version=version,
                code_mac=mac,
                state="open",
                issued_at=now,
                expires_at=now + self._limits.code_lifetime,
            )
        )
        return identifier

    def newest(
        self, connection: Connection, conversation: str, *, states: tuple[str, ...] = ()
    ) -> Row | None:
        query = select(challenges).where(challenges.c.conversation == conversation)
        if states:
            query = query.where(challenges.c.state.in_(states))
        return connection.execute(query.order_by(challenges.c.id.desc()).limit(1)).one_or_none()

    def get(self, connection: Connection, identifier: str) -> Row | None:
        return connection.execute(select(challenges).where(challenges.c.id == identifier)).one_or_none()

    def is_alive(self, row: Row) -> bool:
        """In its ten minutes; a time before it was issued counts as after them (F14)."""
        return bool(row.issued_at <= self._clock.now() < row.expires_at)

    def code_matches(self, row: Row, code: str) -> bool:
        """In constant time."""
        parts = (row.account, row.conversation, row.channel_user, row.purpose, row.nonce, code)
        return self._keys.verify(Purpose.CODE, row.key_version, row.code_mac, *parts)

    def accept(self, connection: Connection, identifier: str) -> bool:
        """Take the right code; only the first of any number at once is taken."""
        taken = connection.execute(
            update(challenges)
            .where(challenges.c.id == identifier, challenges.c.state == "open")
            .values(state="accepted", accepted_at=self._clock.now())
        )
        return bool(taken.rowcount == 1)

    def count_wrong(self, connection: Connection, identifier: str) -> None:
        connection.execute(
            update(challenges).where(challenges.c.id == identifier).values(wrong=challenges.c.wrong + 1)
        )

    def spend(self, connection: Connection, row: Row) -> Spent | None:
        """Use an accepted proof up; None when it is too old or somebody was faster."""
        now = self._clock.now()
        if (
            row.accepted_at is None
            or not row.accepted_at <= now < row.accepted_at + self._limits.code_lifetime
        ):
            return None
        wait_for_turn(connection, Turn.ACCOUNT, row.account)
        taken = connection.execute(
            update(challenges)
            .where(challenges.c.id == row.id, challenges.c.state == "accepted")
            .values(state="spent")
        )
        if taken.rowcount != 1:
            return None
        return Spent(account=AccountId(row.account), issued_at=row.issued_at)

    def void_all(self, connection: Connection, account: str, *, proven: bool | None = None) -> None:
        """End everything open or accepted of this account."""
        wait_for_turn(connection, Turn.ACCOUNT, account)
        statement = update(challenges).where(
            challenges.c.account == account, challenges.c.state.in_(("open", "accepted"))
        )
        if proven is not None:
            statement = statement.where(challenges.c.proven.is_(proven))
        connection.execute(statement.values(state="void"))

    def void(self, connection: Connection, identifier: str) -> None:
        connection.execute(
            update(challenges)
            .where(challenges.c.id == identifier, challenges.c.state == "open")
            .values(state="void")
        )

    def cancel(self, connection: Connection, conversation: str) -> bool:
        """End what is open or accepted in this conversation; whether there was anything still alive."""
        row = self.newest(connection, conversation, states=("open", "accepted"))
        if row is not None:
            wait_for_turn(connection, Turn.ACCOUNT, row.account)
        connection.execute(
            update(challenges)
            .where(
                challenges.c.conversation == conversation,
                challenges.c.state.in_(("open", "accepted", "void")),
            )
            .values(state="cancelled")
        )
        return row is not None and self.is_alive(row)

    def _void_older(self, connection: Connection, request: Request) -> None:
        # Newest only (S3), but a stranger on the reset page must not end the proof of somebody else there (U14).
        if request.proven:
            connection.execute(
                update(challenges)
                .where(
                    challenges.c.account == request.account,
                    challenges.c.proven.is_(True),
                    challenges.c.state == "open",
                )
                .values(state="void")
            )
        connection.execute(
            update(challenges)
            .where(challenges.c.conversation == request.conversation, challenges.c.state == "open")
            .values(state="void")
        )

    def _mac(self, request: Request, nonce: str, code: str) -> tuple[str, str]:
        return self._keys.mac(
            Purpose.CODE,
            request.account,
            request.conversation,
            request.channel_user,
            request.purpose,
            nonce,
            code,
        )
