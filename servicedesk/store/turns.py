"""Who waits for whom, until the end of the transaction.

SQLite has one writer at a time, so everything here is done by BEGIN IMMEDIATE already. PostgreSQL lets
transactions run side by side, and those that decide by what they read (is a try left? was it unlocked three
times today?) must not decide side by side for the same account.

One order, so that no two wait for each other: an account or conversation first, the channel, the audit trail
last."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import text
from sqlalchemy.engine import Connection


class Turn(str, Enum):
    ACCOUNT = "account"
    CONVERSATION = "conversation"
    CHANNEL = "channel"
    AUDIT = "audit"
    DEMO = "demo"


def wait_for_turn(connection: Connection, turn: Turn, name: str = "") -> None:
    """Hold this turn until the transaction ends; taking it twice does no harm.

    Raises StoreUnavailable, through the store, when the one before takes too long."""
    if connection.dialect.name == "postgresql":
        # Two names with one hash wait for each other without need; nothing worse.
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": f"tier0:{turn.value}:{name}"})
