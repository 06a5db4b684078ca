"""Whose account a chat platform's user is (S1): linked once, on proof, and proven anew each time it counts.

A link never moves by itself. Where the evidence points to another account than before, or the account is
another user's already, the answer is no."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from servicedesk.audit import Audit
from servicedesk.clock import Clock
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.store import Store
from servicedesk.store.tables import channel_links

logger = logging.getLogger(__name__)


class EvidenceKind(str, Enum):
    EMAIL = "email"  # the profile's address, where the company's sign-on owns it
    OBJECT_ID = "object_id"  # the directory's own id of the account


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the platform says of its user that names one account. Never what the user typed."""

    kind: EvidenceKind
    value: str


class ChannelLinks:
    def __init__(self, *, store: Store, clock: Clock, directory: Directory, audit: Audit) -> None:
        self._store = store
        self._clock = clock
        self._directory = directory
        self._audit = audit

    def account_of(self, *, channel: str, tenant: str, user: str, evidence: Evidence) -> Account | None:
        """The one account that this user is, linked at the first proof; None where that is not certain.

        Raises DirectoryUnavailable, StoreUnavailable."""
        found = self._find(evidence)
        with self._store.transaction() as connection:
            linked = _linked(connection, channel, tenant, user)
            if linked is None and found is not None:
                linked = self._link(connection, channel, tenant, user, found.id, evidence)
        if found is None or linked != found.id:
            if linked is not None:
                logger.warning("a %s user's profile no longer names the account that was linked", channel)
            return None
        return found

    def forget(self, *, channel: str, tenant: str, user: str) -> bool:
        """Take the link away, so that the next proof makes a new one; False when there is none."""
        with self._store.transaction() as connection:
            account = _linked(connection, channel, tenant, user)
            if account is None:
                return False
            self._record(connection, "channel.unlinked", "done", "operator", account, channel)
            connection.execute(delete(channel_links).where(*_of(channel, tenant, user)))
        return True

    def _find(self, evidence: Evidence) -> Account | None:
        if evidence.kind is EvidenceKind.OBJECT_ID:
            return self._directory.find(AccountId(evidence.value))
        found = self._directory.find_by_username(evidence.value)
        # It may also have been somebody's sign-in name: only the address itself is evidence.
        same = found is not None and found.email.casefold() == evidence.value.strip().casefold()
        return found if same else None

    def _link(
        self,
        connection: Connection,
        channel: str,
        tenant: str,
        user: str,
        account: AccountId,
        evidence: Evidence,
    ) -> AccountId | None:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(channel_links).values(
                        channel=channel,
                        tenant=tenant,
                        channel_user=user,
                        account=account,
                        evidence=evidence.kind.value,
                        linked_at=self._clock.now(),
                    )
                )
        except IntegrityError:  # another process was faster, or the account is another user's
            mine = _linked(connection, channel, tenant, user)
            if mine is None:
                logger.warning("an account is linked to another %s user already: not linked again", channel)
                self._record(connection, "channel.linked", "refused", "bot", account, channel)
            return mine
        self._record(connection, "channel.linked", "done", "bot", account, channel)
        return account

    def _record(
        self,
        connection: Connection,
        event: str,
        outcome: str,
        actor: str,
        account: AccountId,
        channel: str,
    ) -> None:
        self._audit.record(
            connection,
            event=event,
            outcome=outcome,
            actor=actor,
            subject=account,
            details={"channel": channel},
        )


def _linked(connection: Connection, channel: str, tenant: str, user: str) -> AccountId | None:
    query = select(channel_links.c.account).where(*_of(channel, tenant, user))
    account = connection.execute(query).scalar_one_or_none()
    return AccountId(account) if account else None


def _of(channel: str, tenant: str, user: str) -> tuple[Any, ...]:
    return (
        channel_links.c.channel == channel,
        channel_links.c.tenant == tenant,
        channel_links.c.channel_user == user,
    )
