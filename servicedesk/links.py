"""Single-use links to the page where a new password is chosen (S4)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import reset_links
from servicedesk.store.turns import Turn, wait_for_turn

TOKEN_BYTES = 32  # 256 bits
CLAIM_LEASE = timedelta(seconds=30)  # F7: then whoever claimed it has died before anything was written


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkView:
    """A link that is still good."""

    account: AccountId
    conversation: str | None  # where it was asked for; None: on the reset page
    language: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A link that one request has taken, and since when: a later claim of the same link is another one."""

    token_hash: str
    at: datetime
    link: LinkView | None = None  # None: the claim of another process, taken up by the worker


class Links:
    """A link is open, claimed by one request, written with (`hold`), and spent; or void.

    A claim lapses after CLAIM_LEASE and the link is good again (F7). Once something is about to be written it
    does not: then only the outcome frees or spends the link (F3)."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings

    def issue(
        self,
        account: AccountId,
        conversation: str | None,
        language: str,
        *,
        connection: Connection | None = None,
    ) -> str:
        """A new token; older links of this account end. Only its hash is stored."""
        if connection is None:
            with self._store.transaction() as own:
                return self.issue(account, conversation, language, connection=own)
        self.void_all(account, connection=connection)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock.now()
        connection.execute(
            insert(reset_links).values(
                token_hash=_hash(token),
                account=account,
                conversation=conversation,
                language=language,
                state="open",
                issued_at=now,
                expires_at=now + self._settings.limits.link_lifetime,
            )
        )
        return token

    def url(self, token: str) -> str:
        """Always under the configured address, never under one that a request named."""
        return f"{self._settings.desk_url}/reset/{token}"

    def peek(self, token: str, *, ended: bool = False) -> LinkView | None:
        """The link if it is still good; looking uses nothing up (U11).

        `ended`: also one that is too old or was made void, as long as it is kept; never one that was used."""
        wanted = _unused(token) if ended else _good(token, self._clock.now())
        with self._store.transaction() as connection:
            row = connection.execute(select(reset_links).where(wanted)).one_or_none()
        return None if row is None else _view(row)

    def claim(self, token: str) -> Claim | None:
        """Take the link for this one request; of any number at once one gets it."""
        now = self._clock.now()
        with self._store.transaction() as connection:
            taken = connection.execute(
                update(reset_links).where(_good(token, now)).values(state="claimed", claimed_at=now)
            )
            if taken.rowcount != 1:
                return None
            query = select(reset_links).where(reset_links.c.token_hash == _hash(token))
            return Claim(token_hash=_hash(token), at=now, link=_view(connection.execute(query).one()))

    def hold(self, claim: Claim, *, connection: Connection) -> bool:
        """Something is about to be written with this link; False when the claim lapsed and is another's."""
        return self._move(claim, ("claimed",), "writing", connection)

    def spend(self, claim: Claim, *, connection: Connection) -> None:
        """The password was changed: the link is used up."""
        self._move(claim, ("claimed", "writing"), "spent", connection)

    def free(self, claim: Claim, *, connection: Connection | None = None) -> None:
        """Nothing was changed, and that is certain: the link is good again until it expires."""
        if connection is None:
            with self._store.transaction() as own:
                return self.free(claim, connection=own)
        self._move(claim, ("claimed", "writing"), "open", connection)
        return None

    def void_all(self, account: AccountId, *, connection: Connection | None = None) -> None:
        """End every link of this account that nothing has been written with; one in use does not come back."""
        if connection is None:
            with self._store.transaction() as own:
                return self.void_all(account, connection=own)
        wait_for_turn(connection, Turn.ACCOUNT, account)
        connection.execute(
            update(reset_links)
            .where(reset_links.c.account == account, reset_links.c.state.in_(("open", "claimed")))
            .values(state="void")
        )
        return None

    def _move(self, claim: Claim, states: tuple[str, ...], state: str, connection: Connection) -> bool:
        moved = connection.execute(
            update(reset_links)
            .where(
                reset_links.c.token_hash == claim.token_hash,
                reset_links.c.claimed_at == claim.at,
                reset_links.c.state.in_(states),
            )
            .values(state=state)
        )
        return bool(moved.rowcount == 1)


def _good(token: str, now: datetime) -> Any:
    lapsed = and_(reset_links.c.state == "claimed", reset_links.c.claimed_at <= now - CLAIM_LEASE)
    return and_(
        reset_links.c.token_hash == _hash(token),
        or_(reset_links.c.state == "open", lapsed),
        reset_links.c.issued_at <= now,  # a clock that went back revives nothing (F14)
        reset_links.c.expires_at > now,
    )


def _unused(token: str) -> Any:
    return and_(reset_links.c.token_hash == _hash(token), reset_links.c.state.not_in(("writing", "spent")))


def _view(row: Row) -> LinkView:
    return LinkView(
        account=AccountId(row.account),
        conversation=row.conversation,
        language=row.language,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
