"""The port over any outside system: what all of them share. What differs is a Vendor, one small module a system."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from servicedesk.findings import Finding
from servicedesk.ticketing.errors import TicketNotFound, TicketRejected
from servicedesk.ticketing.mapping import FieldMapping, Fields
from servicedesk.ticketing.notes import framed, mark_of, own
from servicedesk.ticketing.people import People
from servicedesk.ticketing.port import (
    Attachment,
    Change,
    Comment,
    Keeping,
    TicketDraft,
    TicketRef,
    TicketState,
    TicketView,
    at_any_time,
)

ENDED = (TicketState.RESOLVED, TicketState.CLOSED, TicketState.WITHDRAWN)
REQUESTER = "Requester"
MOST_COMMENT = 30_000
FRAME = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A ticket as the system has it."""

    ref: TicketRef
    key: str
    state: str  # in the system's own words
    summary: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    id: str
    at: datetime
    author: str
    text: str  # plain, whatever the system keeps
    public: bool


class Vendor(Protocol):
    """One system's own wire, and nothing that any other has as well. Errors are those of the port."""

    keeping: Keeping
    search_lag: timedelta
    attaches_on_open: bool

    @property
    def people(self) -> People | None:
        """Whom it looks up; None where it takes addresses as they are."""

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef: ...

    def search(self, key: str) -> Iterable[TicketRef]:
        """Those whose key is exactly this, the oldest first."""

    def read(self, ref: TicketRef) -> Record: ...

    def notes(self, ref: TicketRef) -> Iterable[Note]:
        """All, the oldest first; of a ticket that is there, which many systems do not say with these."""

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None: ...

    def change(self, ref: TicketRef, fields: Fields) -> None: ...

    def file_names(self, ref: TicketRef) -> Iterable[str]: ...

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None: ...

    def changed(self, since: datetime) -> Iterator[Change]: ...

    def check(self) -> Iterator[Finding]:
        """For an administrator: what is right and what is not. Changes nothing."""


@runtime_checkable
class ReadsSeveral(Protocol):
    """A vendor that answers for several tickets at once."""

    def read_several(self, refs: Sequence[TicketRef]) -> Iterable[tuple[Record, Sequence[Note]]]:
        """With all notes, the oldest first; those that are gone are left out."""


class OutsideTickets:
    """Implements servicedesk.ticketing.port.TicketSystem."""

    def __init__(self, vendor: Vendor, mapping: FieldMapping) -> None:
        self._vendor = vendor
        self._mapping = mapping
        self.keeping = vendor.keeping
        self.search_lag = vendor.search_lag
        self.attaches_on_open = vendor.attaches_on_open

    def look_ahead(self, coming: Callable[[], Iterable[str]]) -> None:
        if self._vendor.people is not None:
            self._vendor.people.look_ahead(coming)

    def open(self, draft: TicketDraft) -> TicketRef:
        return self._vendor.create(draft.key, self._mapping.new_ticket(draft), draft.attachments)

    def find(self, key: str) -> TicketRef | None:
        return next(iter(self._vendor.search(key)), None)

    def state(self, ref: TicketRef) -> TicketState:
        return self._mapping.state(self._vendor.read(ref).state)

    def view(self, ref: TicketRef) -> TicketView:
        return self._view(self._vendor.read(ref), self._vendor.notes(ref))

    def views(self, refs: Sequence[TicketRef]) -> Iterator[TicketView]:
        if isinstance(self._vendor, ReadsSeveral):
            for record, notes in self._vendor.read_several(refs):
                yield self._view(record, notes)
            return
        for ref in refs:
            with suppress(TicketNotFound):
                yield self.view(ref)

    def comment(
        self,
        ref: TicketRef,
        *,
        key: str,
        author: str,
        text: str,
        public: bool,
        new: bool = False,
        first: Callable[[], None] = at_any_time,
    ) -> None:
        if new or not self._has_note(ref, mark_of(key)):
            first()
            self._vendor.add_note(ref, framed(key, author, self._cut(text)), public=public)

    def attach(
        self,
        ref: TicketRef,
        attachment: Attachment,
        *,
        new: bool = False,
        first: Callable[[], None] = at_any_time,
    ) -> None:
        if new or attachment.name not in self._vendor.file_names(ref):
            first()
            self._vendor.add_file(ref, attachment)

    def reopen(self, ref: TicketRef, *, key: str, reason: str) -> None:
        if self.state(ref) in ENDED:
            self._explain(ref, key, "Reopened", reason)
            self._change(ref, self._mapping.reopened())

    def withdraw(self, ref: TicketRef, *, key: str, reason: str) -> None:
        if self.state(ref) not in (TicketState.CLOSED, TicketState.WITHDRAWN):
            self._explain(ref, key, "Withdrawn", reason)
            self._change(ref, self._mapping.withdrawn())

    def changed_since(self, moment: datetime) -> Iterator[Change]:
        return self._vendor.changed(moment)

    def check(self) -> Iterator[Finding]:
        return self._vendor.check()

    def _view(self, record: Record, notes: Iterable[Note]) -> TicketView:
        return TicketView(
            ref=record.ref,
            key=record.key,
            state=self._mapping.state(record.state),
            summary=record.summary,
            updated_at=record.updated_at,
            comments=tuple(map(_comment, notes)),
        )

    def _has_note(self, ref: TicketRef, mark: str) -> bool:
        self._vendor.read(ref)
        return any((ours := own(note.text)) and ours.mark == mark for note in self._vendor.notes(ref))

    def _cut(self, text: str) -> str:
        """What a comment holds, in bytes; what stands around the text is some 100 of them."""
        most = self._mapping.limits.get("comment", MOST_COMMENT) - FRAME
        whole = text.encode("utf-8", "replace")
        return text if len(whole) <= most else whole[: most - 3].decode("utf-8", "ignore") + "…"

    def _explain(self, ref: TicketRef, key: str, what: str, reason: str) -> None:
        """Before the change: a closed ticket takes no comment, and after a crash the key keeps it single."""
        self.comment(
            ref, key=key, author=REQUESTER, text=f"{what}: {reason}" if reason else what, public=True
        )

    def _change(self, ref: TicketRef, fields: Fields) -> None:
        if not fields:
            raise TicketRejected("the mapping says nothing of how this is done")
        self._vendor.change(ref, fields)


def _comment(note: Note) -> Comment:
    ours = own(note.text)
    return Comment(
        id=note.id,
        at=note.at,
        author=ours.author if ours else note.author,
        text=ours.text if ours else note.text,
        public=note.public,
        ours=ours is not None,
    )
