"""Whether a settled ticket is solved, asked of its requester: once each time it is settled, wherever that was seen.

"No" puts it back to work (cases.reopen); "yes" may come with stars and a comment, for L1 and for the figures (D5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import and_, exists, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from servicedesk.audit import Audit
from servicedesk.case_records import SETTLED
from servicedesk.case_rounds import CaseRounds
from servicedesk.clock import Clock
from servicedesk.handover.packet import clean, shorten
from servicedesk.outbox import Outbox
from servicedesk.requesters import Choice, Place, Requesters
from servicedesk.settings import Settings
from servicedesk.store import Store
from servicedesk.store.tables import cases, messages, outbox, resolutions
from servicedesk.texts import say
from servicedesk.ticket_buttons import TicketAnswer, answer

SETTLING = timedelta(minutes=2)  # the last words of L1 may still be on their way; a slip is set right
NO_LONGER = timedelta(days=7)  # so late nobody knows any more how it went
COMMENT_AWAITED = timedelta(minutes=15)  # then L1 is told what was said so far
NOTES = 100  # for L1, a round
LAST_WORDS = 300  # characters
LONGEST_COMMENT = 1_000
MOST_STARS = 5
KEY = "solved"  # of the message that asks
TIER0 = "Tier0"


class Said(str, Enum):
    NOTHING = "asked"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    id: int
    reference: str
    said: Said
    stars: int | None
    comment: str | None
    asked_at: datetime
    answered_at: datetime | None


class Resolutions:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        rounds: CaseRounds,
        requesters: Requesters,
        outbox: Outbox,
        audit: Audit,
    ) -> None:
        self._store = store
        self._rounds = rounds
        self._clock = clock
        self._settings = settings
        self._requesters = requesters
        self._outbox = outbox
        self._audit = audit

    # --- asking ---

    def look(self) -> int:
        """Ask those whose ticket was settled a moment ago, and tell L1 what others have said; how many were asked.

        Raises StoreUnavailable."""
        self._tell_what_was_left()
        if not self._settings.reminders.ask_solved:
            return 0
        return self._rounds.go(self._unasked(), self._ask)

    def ask_here(
        self, reference: str, *, conversation: str, language: str
    ) -> tuple[str, list[Choice]] | None:
        """The question, for who is here and asks after a settled ticket; None where they have answered already.

        Whose ticket it is, the caller knows."""
        with self._store.transaction() as connection:
            row = connection.execute(select(cases).where(cases.c.reference == reference)).one_or_none()
            if row is None or row.settled_at is None or not self._settings.reminders.ask_solved:
                return None
            self._insert(connection, row, conversation, row.account)
            newest = _newest(connection, reference)
            if newest is None or newest.state != Said.NOTHING.value:
                return None
            return _question(connection, row, language)

    def _unasked(self) -> tuple[Any, ...]:
        """Settled lately, not asked of, and with nothing under way to the ticket that may open it again."""
        now = self._clock.now()
        asked = exists(
            select(resolutions.c.id).where(
                resolutions.c.reference == cases.c.reference, resolutions.c.settled_at == cases.c.settled_at
            )
        )
        under_way = exists(
            select(outbox.c.id).where(
                outbox.c.stream == "ticket:" + cases.c.reference, outbox.c.state == "queued"
            )
        )
        return (
            cases.c.state.in_([state.value for state in SETTLED]),
            cases.c.settled_at <= now - SETTLING,
            cases.c.settled_at > now - NO_LONGER,
            ~asked,
            ~under_way,
        )

    def _ask(self, row: Row, place: Place) -> bool:
        if self._requesters.is_quiet(row) and not self._requesters.is_there(place):
            return False
        case = self._rounds.as_it_is_now(row)
        if case is None or case.state not in SETTLED:
            return False
        with self._store.transaction() as connection:
            if not self._insert(connection, row, place.conversation, place.account):
                return False  # another worker has asked
            text, choices = _question(connection, row, place.language)
            key = f"{KEY}:{row.reference}:{row.settled_at.isoformat(timespec='seconds')}"
            self._requesters.say(connection, place, key=key, text=text, choices=choices)
        return True

    def _insert(self, connection: Connection, row: Row, conversation: str, account: str | None) -> bool:
        values = {
            "reference": row.reference,
            "settled_at": row.settled_at,
            "conversation": conversation,
            "account": account,
            "category": row.category,
            "state": Said.NOTHING.value,
            "asked_at": self._clock.now(),
        }
        try:
            with connection.begin_nested():
                connection.execute(insert(resolutions).values(**values))
        except IntegrityError:
            return False
        return True

    # --- answers ---

    def of(self, reference: str) -> Resolution | None:
        """What was last asked of this case."""
        with self._store.reading() as connection:
            row = _newest(connection, reference)
        return None if row is None else _resolution(row)

    def asked_last_in(self, conversation: str) -> str | None:
        """The reference, where our newest words in this conversation are the question; typed words answer it."""
        query = (
            select(messages.c.key)
            .where(messages.c.conversation == conversation, messages.c.author != "employee")
            .order_by(messages.c.id.desc())
            .limit(1)
        )
        with self._store.reading() as connection:
            key = connection.execute(query).scalar_one_or_none() or ""
        return key.split(":")[1] if key.startswith(f"{KEY}:") else None

    def answer(self, reference: str, said: Said) -> bool:
        """What the requester says to the newest question; False where that was answered, or nothing was asked."""
        return self._change(reference, Said.NOTHING, f"case.{said.value}", state=said.value)

    def rate(self, reference: str, stars: int) -> bool:
        """After a "yes", once."""
        if not 1 <= stars <= MOST_STARS:
            return False
        unrated = resolutions.c.stars.is_(None)
        return self._change(reference, Said.SOLVED, "case.rated", unrated, stars=stars)

    def comment(self, reference: str, text: str) -> bool:
        """After the stars, once; redacted (D3). Then L1 is told. No text: there is none."""
        words = clean(text).strip()[:LONGEST_COMMENT]
        uncommented = and_(resolutions.c.stars.is_not(None), resolutions.c.comment.is_(None))
        done = bool(words) and self._change(
            reference, Said.SOLVED, "case.rating_comment", uncommented, comment=words
        )
        with self._store.transaction() as connection:
            row = _newest(connection, reference)
            if row is not None and row.state == Said.SOLVED.value:
                self._tell(connection, row)
        return done

    def _change(self, reference: str, before: Said, event: str, *conditions: Any, **values: Any) -> bool:
        with self._store.transaction() as connection:
            row = _newest(connection, reference)
            if row is None:
                return False
            mine = (resolutions.c.id == row.id, resolutions.c.state == before.value, *conditions)
            change = update(resolutions).where(*mine).values(answered_at=self._clock.now(), **values)
            if not connection.execute(change).rowcount:
                return False
            self._audit.record(
                connection,
                event=event,
                outcome="done",
                actor=row.account or row.conversation,
                subject=row.account or "",
                details={"reference": reference, "category": row.category},
            )
        return True

    # --- for L1 ---

    def _tell_what_was_left(self) -> None:
        """Who has said yes, and then nothing more."""
        left = and_(
            resolutions.c.state == Said.SOLVED.value,
            resolutions.c.told_at.is_(None),
            resolutions.c.answered_at < self._clock.now() - COMMENT_AWAITED,
        )
        with self._store.transaction() as connection:
            for row in connection.execute(select(resolutions).where(left).limit(NOTES)).all():
                self._tell(connection, row)

    def _tell(self, connection: Connection, row: Row) -> None:
        """One note, for agents. Once: whoever comes second finds it told."""
        untold = (resolutions.c.id == row.id, resolutions.c.told_at.is_(None))
        if not connection.execute(
            update(resolutions).where(*untold).values(told_at=self._clock.now())
        ).rowcount:
            return
        lines = [
            "The requester says that it is solved.",
            *([f"Rated {row.stars} of {MOST_STARS}."] if row.stars else []),
            *([f"> {line}" for line in row.comment.splitlines()] if row.comment else []),
        ]
        self._outbox.put(
            connection,
            kind="ticket.comment",
            key=f"ticket.comment:{row.reference}:resolution:{row.id}",
            payload={
                "reference": row.reference,
                "author": TIER0,
                "text": "\n".join(lines),
                "public": False,
                "optional": True,  # a system may take nothing more on a closed ticket
            },
        )


def _question(connection: Connection, case: Row, language: str) -> tuple[str, list[Choice]]:
    text = say(language, "ticket_solved", reference=case.reference, summary=case.summary)
    last = _last_words(connection, case)
    if last is not None:
        words = shorten(last.text, LAST_WORDS)
        text = say(language, "ticket_solved_said", question=text, name=last.author_name, words=words)
    yes, no = TicketAnswer.SOLVED, TicketAnswer.NOT_SOLVED
    return text, [
        (say(language, "button_solved"), answer(case.reference, yes)),
        (say(language, "button_not_solved"), answer(case.reference, no)),
    ]


def _last_words(connection: Connection, case: Row) -> Row | None:
    """What L1 last wrote to the requester about this case, as it stands in the chat: screened (S12)."""
    query = (
        select(messages)
        .where(messages.c.conversation == case.conversation, messages.c.author == "agent")
        .order_by(messages.c.id.desc())
        .limit(20)
    )
    found = connection.execute(query).all()
    return next((row for row in found if row.content.get("reference") == case.reference), None)


def _newest(connection: Connection, reference: str) -> Row | None:
    query = select(resolutions).where(resolutions.c.reference == reference)
    return connection.execute(query.order_by(resolutions.c.id.desc()).limit(1)).one_or_none()


def _resolution(row: Row) -> Resolution:
    return Resolution(
        id=row.id,
        reference=row.reference,
        said=Said(row.state),
        stars=row.stars,
        comment=row.comment,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
    )
