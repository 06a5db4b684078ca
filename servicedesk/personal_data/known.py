"""Who a person is in our tables: the account, and every id that leads from it to something kept of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Connection

from servicedesk.conversations import conversation_id
from servicedesk.directory.port import AccountId
from servicedesk.store.tables import (
    account_changes,
    approvals,
    cases,
    challenges,
    channel_links,
    conversations,
    reset_links,
    tickets,
)

ROOM_SEPARATORS = (":", "/")  # a shared room's user is "user:room" on Slack and "user/room" on Teams


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    account: AccountId
    conversations: frozenset[str]
    cases: frozenset[str]
    tickets: frozenset[int]  # of the embedded ticket system
    steps: frozenset[
        str
    ]  # ids of changes, challenges and approvals: what was sent about them carries them in its key
    addresses: frozenset[str]  # numbers and mail addresses, where the directory still has them

    @property
    def names(self) -> frozenset[str]:
        """Everything that stands for this person in a queue's key or payload."""
        return frozenset({self.account, *self.conversations, *self.cases, *self.steps, *self.addresses})


def known_of(connection: Connection, account: AccountId, addresses: Iterable[str] = ()) -> Known:
    """Read in the caller's transaction. A conversation that is another's by now stays theirs."""
    talks = _conversations(connection, account)
    of_person = or_(cases.c.account == account, cases.c.conversation.in_(talks))
    own_cases = set(connection.execute(select(cases.c.reference).where(of_person)).scalars())
    asked = or_(tickets.c.requester == account, tickets.c.conversation.in_(talks))
    owners = {
        account_changes.c.id: account_changes.c.account == account,
        challenges.c.id: challenges.c.account == account,
        approvals.c.id: or_(approvals.c.requester == account, approvals.c.approver == account),
    }
    steps = {
        identifier
        for column, mine in owners.items()
        for identifier in connection.execute(select(column).where(mine)).scalars()
    }
    return Known(
        account=account,
        conversations=frozenset(talks),
        cases=frozenset(own_cases),
        tickets=frozenset(connection.execute(select(tickets.c.id).where(asked)).scalars()),
        steps=frozenset(steps),
        addresses=frozenset(filter(None, addresses)),
    )


def _conversations(connection: Connection, account: AccountId) -> set[str]:
    found = set(
        connection.execute(select(conversations.c.id).where(conversations.c.account == account)).scalars()
    )
    links = connection.execute(select(channel_links).where(channel_links.c.account == account)).all()
    for link in links:
        # Also what was said before the platform could be asked, and in rooms where others read.
        found.add(conversation_id(link.channel, link.tenant, link.channel_user))
        rooms = or_(
            *(
                conversations.c.channel_user.startswith(f"{link.channel_user}{s}", autoescape=True)
                for s in ROOM_SEPARATORS
            )
        )
        same = and_(conversations.c.channel == link.channel, conversations.c.tenant == link.tenant, rooms)
        found.update(connection.execute(select(conversations.c.id).where(same)).scalars())
    owners = {
        cases.c.conversation: cases.c.account,
        tickets.c.conversation: tickets.c.requester,
        challenges.c.conversation: challenges.c.account,
        reset_links.c.conversation: reset_links.c.account,
        account_changes.c.conversation: account_changes.c.account,
    }
    for conversation, owner in owners.items():
        query = select(conversation).where(owner == account, conversation.is_not(None))
        found.update(connection.execute(query).scalars())
    others = select(conversations.c.id).where(
        conversations.c.account.is_not(None), conversations.c.account != account
    )
    return found - set(connection.execute(others).scalars())
