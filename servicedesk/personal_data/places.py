"""Table by table: which rows are a person's. A table that stands in neither list fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Table, false, or_, select
from sqlalchemy.engine import Connection

from servicedesk.personal_data.known import Known
from servicedesk.store import tables as t

Mine = Callable[[Connection, Known], Any]
BATCH = 1_000


def _account(column: Column) -> Mine:
    return lambda _connection, known: column == known.account


def _conversation(column: Column) -> Mine:
    return lambda _connection, known: column.in_(known.conversations)


def _either(account: Column, conversation: Column) -> Mine:
    return lambda _connection, known: or_(account == known.account, conversation.in_(known.conversations))


def _vouched(_connection: Connection, known: Known) -> Any:
    """Whoever of the two is erased, nobody can tell any more who asked whom."""
    mine = known.account
    return or_(
        t.approvals.c.requester == mine,
        t.approvals.c.approver == mine,
        t.approvals.c.conversation.in_(known.conversations),
    )


def _asked(_connection: Connection, known: Known) -> Any:
    """Whether it was solved: also where it was asked in a conversation that nobody proves any more."""
    mine = _either(t.resolutions.c.account, t.resolutions.c.conversation)(_connection, known)
    return or_(mine, t.resolutions.c.reference.in_(known.cases))


def _ticket(column: Column) -> Mine:
    return lambda _connection, known: column.in_(known.tickets)


def _queued(connection: Connection, known: Known) -> Any:
    """The queue knows no accounts, its items do: finished ones by their key alone."""
    names = known.names
    return _rows_of(
        connection, t.outbox, lambda row: bool(names & {*row.key.split(":"), *_strings(row.payload)})
    )


def _delivered(connection: Connection, known: Known) -> Any:
    names = known.names
    return _rows_of(connection, t.deliveries, lambda row: bool(names & {row.recipient, *row.key.split(":")}))


def _rows_of(connection: Connection, table: Table, is_mine: Callable[[Any], bool]) -> Any:
    mine: list[int] = []
    last = 0
    while rows := connection.execute(
        select(table).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
    ).all():
        mine += [row.id for row in rows if is_mine(row)]
        last = rows[-1].id
    return table.c.id.in_(mine) if mine else false()


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


# In the order in which they can be deleted: who points to another row goes before it.
OF_A_PERSON: dict[Table, Mine] = {
    t.sendings: _conversation(t.sendings.c.conversation),
    t.buttons: _conversation(t.buttons.c.conversation),
    t.inbound: _conversation(t.inbound.c.conversation),
    t.messages: _conversation(t.messages.c.conversation),
    t.feedback: _conversation(t.feedback.c.conversation),
    t.deliveries: _delivered,
    t.outbox: _queued,
    t.ticket_comments: _ticket(t.ticket_comments.c.ticket),
    t.ticket_attachments: _ticket(t.ticket_attachments.c.ticket),
    t.tickets: _ticket(t.tickets.c.id),
    t.resolutions: _asked,
    t.cases: _either(t.cases.c.account, t.cases.c.conversation),
    t.challenges: _either(t.challenges.c.account, t.challenges.c.conversation),
    t.reset_links: _either(t.reset_links.c.account, t.reset_links.c.conversation),
    t.account_changes: _either(t.account_changes.c.account, t.account_changes.c.conversation),
    t.approvals: _vouched,
    t.code_tries: _account(t.code_tries.c.account),
    t.code_sends: _account(t.code_sends.c.account),
    t.authenticators: _account(t.authenticators.c.account),
    t.reminders: _account(t.reminders.c.account),
    t.reminders_off: _account(t.reminders_off.c.account),
    t.channel_links: _account(t.channel_links.c.account),
    t.conversations: _conversation(t.conversations.c.id),
}

NOT_ERASED: dict[Table, str] = {
    t.audit: "stays whole; whose a row is, nobody can tell once the person's key is gone (D2)",
    t.person_keys: "one row a pseudonym, thrown away by the audit trail itself",
    t.directory_accounts: "the directory's, and its administrators': the demo's one is no exception",
    t.directory_lockouts: "the directory's, for two days",
    t.agents: "who works at the desk, not who writes to it",
    t.desk_sessions: "the same, for ten hours",
    t.sign_in_tries: "the same, for two days",
    t.channel_tries: "counts over all accounts, and names none",
    t.outages: "what IT announced",
    t.watermarks: "how far a process has read, and when a system has called",
    t.slack_installations: "which workspaces the app is installed in, and names no one",
    t.spent_states: "used-up random numbers, for a day",
}

# What proves something to us is not handed out, not even to whom it belongs.
WITHHELD = frozenset(
    {
        t.authenticators.c.seed,
        t.challenges.c.nonce,
        t.challenges.c.code_mac,
        t.reset_links.c.token_hash,
        t.account_changes.c.alarm_hash,
        t.deliveries.c.text,  # sealed; a code may be in it
    }
)
