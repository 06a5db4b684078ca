"""Single-use links to the page where a new password is chosen (S4)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.engine import Connection

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import reset_links

TOKEN_BYTES = 32  # 256 bits


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkView:
    """A link that is still good."""

    account: AccountId
    conversation: str | None  # where it was asked for; None: on the reset page
    language: str
    issued_at: datetime
    expires_at: datetime


class Links:
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

    def peek(self, token: str) -> LinkView | None:
        """The link if it is still good; looking uses nothing up (U11)."""
        return self._view(token, "open")

    def claimed(self, token: str) -> LinkView | None:
        """The link if it is claimed right now: by the one who asks, who has just claimed it."""
        return self._view(token, "claimed")

    def claim(self, token: str) -> AccountId | None:
        """Take the link for this one request; of any number at once one gets it."""
        now = self._clock.now()
        with self._store.transaction() as connection:
            taken = connection.execute(
                update(reset_links)
                .where(
                    and_(
                        reset_links.c.token_hash == _hash(token),
                        reset_links.c.state == "open",
                        reset_links.c.issued_at <= now,  # a clock that went back revives nothing (F14)
                        reset_links.c.expires_at > now,
                    )
                )
                .values(state="claimed", claimed_at=now)
            )
            if taken.rowcount != 1:
                return None
            query = select(reset_links.c.account).where(reset_links.c.token_hash == _hash(token))
            return AccountId(connection.execute(query).scalar_one())

    def spend(self, token: str, *, connection: Connection | None = None) -> None:
        """The password was changed: the link is used up."""
        self._move(token, "spent", connection)

    def free(self, token: str, *, connection: Connection | None = None) -> None:
        """Nothing was changed, and that is certain: the link is good again until it expires."""
        self._move(token, "open", connection)

    def void_all(self, account: AccountId, *, connection: Connection | None = None) -> None:
        """End every open link of this account."""
        if connection is None:
            with self._store.transaction() as own:
                return self.void_all(account, connection=own)
        connection.execute(
            update(reset_links)
            .where(reset_links.c.account == account, reset_links.c.state == "open")
            .values(state="void")
        )
        return None

    def _move(self, token: str, state: str, connection: Connection | None) -> None:
        if connection is None:
            with self._store.transaction() as own:
                return self._move(token, state, own)
        connection.execute(
            update(reset_links)
            .where(reset_links.c.token_hash == _hash(token), reset_links.c.state == "claimed")
            .values(state=state)
        )
        return None

    def _view(self, token: str, state: str) -> LinkView | None:
        now = self._clock.now()
        query = select(reset_links).where(
            reset_links.c.token_hash == _hash(token), reset_links.c.state == state
        )
        with self._store.transaction() as connection:
            row: Any = connection.execute(query).one_or_none()
        if row is None or not row.issued_at <= now < row.expires_at:
            return None
        return LinkView(
            account=AccountId(row.account),
            conversation=row.conversation,
            language=row.language,
            issued_at=row.issued_at,
            expires_at=row.expires_at,
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
