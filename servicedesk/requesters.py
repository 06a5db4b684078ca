"""The requester of a case: where something can be said to them unasked, and when (S1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from servicedesk.clock import Clock
from servicedesk.directory.port import AccountId
from servicedesk.handover.hours import Desk, Desks
from servicedesk.outbox import Outbox
from servicedesk.private_chats import private_chats
from servicedesk.quiet_hours import QuietHours
from servicedesk.store import Store
from servicedesk.store.tables import conversations

Choice = tuple[str, str]  # a button's title, and what it tells the dialogue
AT_THE_CHAT = timedelta(minutes=15)  # who wrote so lately is there, whatever the hour


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    conversation: str
    language: str
    account: AccountId | None
    seen_at: datetime


class Requesters:
    def __init__(
        self, *, store: Store, clock: Clock, quiet: QuietHours, desks: Desks, outbox: Outbox
    ) -> None:
        self._store = store
        self._clock = clock
        self._quiet = quiet
        self._desks = desks
        self._outbox = outbox

    def place(self, case: Row) -> Place | None:
        """The chat that the case came from, while it is still this person's alone; else where they were seen last."""
        with self._store.reading() as connection:
            row = connection.execute(_chats(case).limit(1)).one_or_none()
        if row is None:
            return None
        return Place(
            conversation=row.id,
            language=row.language or case.language,
            account=AccountId(row.account) if row.account else None,
            seen_at=row.seen_at,
        )

    def is_quiet(self, case: Row) -> bool:
        """At night and at the weekend where the person is, and on days on which their desk does not work."""
        now, desk = self._clock.now(), self._desk(case)
        if not desk.works_on(now.astimezone(desk.zone).date()):
            return True
        country = case.draft["form"]["person"]["country"] or next(iter(sorted(desk.countries)), "")
        return self._quiet.are_on(country)

    def is_there(self, place: Place) -> bool:
        return timedelta() <= self._clock.now() - place.seen_at < AT_THE_CHAT

    def working_days_since(self, case: Row, moment: datetime) -> int:
        """On the calendar of the desk that serves this person."""
        return self._desk(case).working_days(moment, self._clock.now())

    def say(
        self, connection: Connection, place: Place, *, key: str, text: str, choices: Sequence[Choice]
    ) -> None:
        """Queue a message in the caller's transaction."""
        payload: dict[str, Any] = {
            "conversation": place.conversation,
            "text": text,
            "choices": [{"title": title, "payload": payload} for title, payload in choices],
            "author": "notice",
        }
        self._outbox.put(connection, kind="chat.say", key=key, payload=payload)

    def _desk(self, case: Row) -> Desk:
        person = case.draft["form"]["person"]
        return self._desks.home(person["site"], person["country"], case.language)


def _chats(case: Row) -> Select:
    if case.account is not None:
        chats = private_chats(AccountId(case.account))
        own_first = (conversations.c.id == (case.conversation or "")).desc()
        return chats.order_by(None).order_by(own_first, conversations.c.seen_at.desc())
    return select(conversations).where(
        conversations.c.id == (case.conversation or ""),
        conversations.c.account.is_(None),  # signed in since: then it may be another person's by now
        conversations.c.private.is_(True),
        conversations.c.channel != "rest",  # nobody reads there what comes later
    )
