"""The table `slack_installations`: where the app is installed, and the sealed tokens that Slack gave us for it.

Who is served is not said here but in the settings (S1)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.audit import Audit
from servicedesk.clock import APART, Clock
from servicedesk.keys import KeyRing, Purpose
from servicedesk.sealing import seal, unseal
from servicedesk.store import Store
from servicedesk.store.tables import slack_installations as table

MAX_NAMED = 32  # of a workspace's id, which a stranger may have sent
LEASE = timedelta(minutes=1)  # to renew a pair of tokens, and to wait after a try that failed


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenPair:
    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)  # "": tokens do not rotate
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """What Slack gave for one installation."""

    workspace: str  # T…, or E… for a whole organisation
    name: str
    bot_user: str
    scopes: tuple[str, ...]
    tokens: TokenPair


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    workspace: str
    name: str
    bot_user: str
    scopes: tuple[str, ...]
    tokens: TokenPair
    version: int
    refused: str  # Slack's word for why it renews the tokens no more; "" while it does
    installed_at: datetime


class Installations:
    """Every call blocks. Raises StoreUnavailable, and SealBroken where the key is gone."""

    def __init__(self, store: Store, clock: Clock, keys: KeyRing, audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._keys = keys

    def get(self, workspace: str) -> Installation | None:
        with self._store.reading() as connection:
            row = connection.execute(select(table).where(table.c.workspace == workspace)).one_or_none()
        return None if row is None else self._opened(row)

    def workspaces(self) -> tuple[str, ...]:
        with self._store.reading() as connection:
            return tuple(connection.execute(select(table.c.workspace).order_by(table.c.workspace)).scalars())

    def save(self, granted: Granted) -> None:
        """A new installation, or the same once more: whoever is renewing the old tokens meanwhile is too late."""
        with self._store.transaction() as connection:
            self._record(connection, "slack.installed", "done", granted.workspace)
            if self._replace(connection, granted):
                return
            try:
                with connection.begin_nested():
                    values = self._values(granted)
                    connection.execute(
                        insert(table).values(
                            workspace=granted.workspace, version=1, lease_until=None, **values
                        )
                    )
            except IntegrityError:  # another process was faster
                self._replace(connection, granted)

    def claim(self, workspace: str, version: int) -> bool:
        """Renewing these tokens is ours for `LEASE`; False while it is another's, or they are renewed already."""
        now = self._clock.now()
        # F14: a lease that ends further away than any lasts was given before the clock was set back.
        free = or_(
            table.c.lease_until.is_(None),
            table.c.lease_until <= now,
            table.c.lease_until > now + LEASE + APART,
        )
        change = update(table).where(table.c.workspace == workspace, table.c.version == version, free)
        with self._store.transaction() as connection:
            return bool(connection.execute(change.values(lease_until=now + LEASE)).rowcount)

    def renewed(self, workspace: str, version: int, tokens: TokenPair) -> bool:
        """Keep the pair that Slack gave for version `version`; False when that is not the newest any more."""
        return self._change(
            workspace,
            version,
            tokens=self._sealed(workspace, tokens),
            expires_at=tokens.expires_at,
            renewed_at=self._clock.now(),
            refused="",
            version=version + 1,
            lease_until=None,
        )

    def refuse(self, workspace: str, version: int, reason: str) -> bool:
        """Slack will not renew these tokens: told by `check`, and asked again when the lease ends."""
        return self._change(workspace, version, refused=reason[:80])

    def remove(self, workspace: str, version: int) -> bool:
        """Forget an installation and its tokens, unless it was made anew meanwhile."""
        gone = delete(table).where(table.c.workspace == workspace, table.c.version == version)
        with self._store.transaction() as connection:
            removed = bool(connection.execute(gone).rowcount)
            if removed:
                self._record(connection, "slack.removed", "done", workspace)
            return removed

    def refuse_stranger(self, workspace: str) -> None:
        """Nothing of this installation is kept, but that there was one."""
        with self._store.transaction() as connection:
            self._record(connection, "slack.installed", "refused", workspace)

    def _record(self, connection: Connection, event: str, outcome: str, workspace: str) -> None:
        """Who it was, only Slack knows: its own audit log names them."""
        details = {"workspace": workspace[:MAX_NAMED]}
        self._audit.record(connection, event=event, outcome=outcome, actor="bot", subject="", details=details)

    def _change(self, workspace: str, of_version: int, **values: Any) -> bool:
        change = update(table).where(table.c.workspace == workspace, table.c.version == of_version)
        with self._store.transaction() as connection:
            return bool(connection.execute(change.values(**values)).rowcount)

    def _replace(self, connection: Connection, granted: Granted) -> bool:
        change = update(table).where(table.c.workspace == granted.workspace)
        values = {**self._values(granted), "version": table.c.version + 1, "lease_until": None}
        return bool(connection.execute(change.values(**values)).rowcount)

    def _values(self, granted: Granted) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "name": granted.name[:120],
            "bot_user": granted.bot_user[:32],
            "scopes": ",".join(granted.scopes),
            "tokens": self._sealed(granted.workspace, granted.tokens),
            "expires_at": granted.tokens.expires_at,
            "refused": "",
            "installed_at": now,
            "renewed_at": now,
        }

    def _sealed(self, workspace: str, tokens: TokenPair) -> str:
        return seal(
            self._keys,
            f"slack:{workspace}",
            json.dumps([tokens.access, tokens.refresh]),
            purpose=Purpose.TOKEN,
        )

    def _opened(self, row: Row) -> Installation:
        access, refresh = json.loads(
            unseal(self._keys, f"slack:{row.workspace}", row.tokens, purpose=Purpose.TOKEN)
        )
        return Installation(
            workspace=row.workspace,
            name=row.name,
            bot_user=row.bot_user,
            scopes=tuple(row.scopes.split(",")),
            tokens=TokenPair(access=access, refresh=refresh, expires_at=row.expires_at),
            version=row.version,
            refused=row.refused,
            installed_at=row.installed_at,
        )
