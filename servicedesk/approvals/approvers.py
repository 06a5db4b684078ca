"""Who may be asked to vouch for somebody: whom the directory or an administrator names, never whom the requester names."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from servicedesk.clock import Clock
from servicedesk.conversations import Conversation, Conversations
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account, AccountId, Directory
from servicedesk.private_chats import private_chats
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import approvals

logger = logging.getLogger(__name__)

APPROVAL = "approval"
TURNED_DOWN = ("declined", "wrong")  # how a request ends that nobody expected
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Approver:
    account: Account
    chat: Conversation


class Approvers:
    def __init__(self, *, store: Store, clock: Clock, settings: Settings, directory: Directory) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._directory = directory

    def choose(self, requester: Account) -> Approver | None:
        """Whom to ask: the manager, else the first of the group; None where nobody can be, or somebody said no today.

        A directory that does not answer names nobody."""
        if APPROVAL not in self._settings.factors:
            return None
        with self._store.transaction() as connection:
            if self.was_turned_down(connection, requester.id):
                return None
        try:
            return next(self._reachable(requester), None)
        except DirectoryError:
            logger.warning("nobody can be asked to vouch: the directory does not answer")
            return None

    def still_may(self, requester: Account, approver: AccountId) -> bool:
        """Whether the directory, or the group, names this person now. Raises DirectoryError."""
        return any(account.id == approver for account in self._named(requester))

    def was_turned_down(self, connection: Connection, requester: AccountId) -> bool:
        """Whoever was turned down may not go on asking until somebody is worn out: not before tomorrow."""
        query = select(approvals.c.id).where(
            approvals.c.requester == requester,
            approvals.c.state.in_(TURNED_DOWN),
            approvals.c.asked_at > self._clock.now() - DAY,
        )
        return connection.execute(query.limit(1)).first() is not None

    def is_asked_too_often(self, connection: Connection, approver: AccountId) -> bool:
        """Over all requesters. A time in the future counts, too (F14)."""
        now, limits = self._clock.now(), self._settings.limits
        query = select(func.count()).select_from(approvals).where(approvals.c.approver == approver)
        rules = ((HOUR, limits.approvals_per_hour), (DAY, limits.approvals_per_day))
        return any(
            connection.execute(query.where(approvals.c.asked_at > now - window)).scalar_one() >= limit
            for window, limit in rules
        )

    def _reachable(self, requester: Account) -> Iterator[Approver]:
        for account in self._named(requester):
            with self._store.transaction() as connection:
                row = connection.execute(private_chats(account.id).limit(1)).one_or_none()
                if row is not None and not self.is_asked_too_often(connection, account.id):
                    yield Approver(account=account, chat=Conversations.of_row(row))

    def _named(self, requester: Account) -> Iterator[Account]:
        if requester.manager is not None:
            yield from self._fit(requester, self._directory.find(requester.manager))
        for name in self._settings.approvers:
            yield from self._fit(requester, self._directory.find_by_username(name))

    @staticmethod
    def _fit(requester: Account, account: Account | None) -> Iterator[Account]:
        if account is not None and may_vouch(account, requester):
            yield account


def may_vouch(account: Account, requester: Account) -> bool:
    """Nobody for themselves, under whatever address, and nobody whom one should not have to ask (S7)."""
    if not account.enabled or account.guest or account.privileged or account.vip:
        return False
    return account.id != requester.id and not _addresses(account) & _addresses(requester)


def _addresses(account: Account) -> set[str]:
    phone = account.phone.number if account.phone else ""
    known = (account.username, account.email, account.alternate_email or "", phone)
    return {address.strip().casefold() for address in known} - {""}


__all__ = ["APPROVAL", "Approver", "Approvers", "may_vouch"]
