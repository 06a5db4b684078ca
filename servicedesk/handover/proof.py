"""What has been proven of the person in a conversation, and no more than that."""

from __future__ import annotations

from sqlalchemy import select

from servicedesk.conversations import Conversation
from servicedesk.store import Store
from servicedesk.store.tables import challenges

NO_FACTOR = "no second factor used in this conversation"
FACTORS = {
    "authenticator": "a code from the authenticator",
    "sms": "a code by text message",
    "mail": "a code by mail",
    "approval": "a colleague's or manager's word",
}


def proof_of(store: Store, conversation: Conversation) -> str:
    """Of one whom the channel proves: the channel, and the newest second factor that was accepted here."""
    query = (
        select(challenges.c.factor, challenges.c.accepted_at)
        .where(
            challenges.c.conversation == conversation.id,
            challenges.c.account == conversation.account,
            challenges.c.accepted_at.is_not(None),
        )
        .order_by(challenges.c.accepted_at.desc())
    )
    with store.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        return f"signed in to {conversation.channel}; {NO_FACTOR}"
    factor = FACTORS.get(row.factor, row.factor)
    at = f"{row.accepted_at:%Y-%m-%d %H:%M} UTC"
    return f"signed in to {conversation.channel}; in this conversation also {factor}, at {at}"
