"""Where somebody can be told something unasked: one to one, proven, and on a chat platform still linked (S1)."""

from __future__ import annotations

from sqlalchemy import exists, or_, select
from sqlalchemy.sql import Select

from servicedesk.conversations import PUSHED
from servicedesk.directory.port import AccountId
from servicedesk.store.tables import channel_links, conversations


def private_chats(account: AccountId) -> Select:
    """This person's conversations of that kind, the one that was used last first."""
    linked = exists(
        select(channel_links.c.account).where(
            channel_links.c.channel == conversations.c.channel,
            channel_links.c.tenant == conversations.c.tenant,
            channel_links.c.channel_user == conversations.c.channel_user,
            channel_links.c.account == account,
        )
    )
    return (
        select(conversations)
        .where(
            conversations.c.account == account,
            conversations.c.private.is_(True),
            conversations.c.channel != "rest",  # nobody reads there what comes later
            or_(conversations.c.channel.not_in(PUSHED), linked),
        )
        .order_by(conversations.c.seen_at.desc())
    )
