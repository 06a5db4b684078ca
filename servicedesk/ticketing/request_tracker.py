"""Request Tracker 5, by REST 2 (docs.bestpractical.com/rt/5.0.3/RT/REST2.html; tested against 5.0.3 itself).

RT leaves out what it does not know, also in a new ticket, and answers a refused change with 200 and a sentence:
so custom fields are looked for first, and a change is read back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.ticketing.errors import TicketNotFound, TicketRejected, TicketSystemError
from servicedesk.ticketing.html_text import from_html
from servicedesk.ticketing.http import READ_SECONDS, Answer, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load, possible
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Header

API = "REST/2.0"
PAGE = 100  # the most that RT gives
SAID = {
    "Correspond": True,
    "Comment": False,
}  # transactions with words in them: for the requester to read or not


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    return OutsideTickets(RequestTracker(Http(settings, Header(settings.secret, "token")), mapping), mapping)


class RequestTracker:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta()  # a search reads the database itself
    attaches_on_open = True
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self._key_field = mapping.option("key_field")
        self._complete: set[str] = set()  # queues that have all our custom fields

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        custom = {**fields.get("CustomFields", {}), self._key_field: key}
        queue = str(fields.get("Queue", ""))
        if queue not in self._complete:
            missing = sorted(set(custom) - self._custom_fields(queue))
            if missing:
                raise TicketRejected(f"the queue has no custom field called {missing[0]}")
            self._complete.add(queue)
        body = {**fields, "CustomFields": custom, "Attachments": [_upload(each) for each in attachments]}
        return _ref(self._http.send("POST", f"{API}/ticket", json=body).object.get("id"))

    def search(self, key: str) -> Iterator[TicketRef]:
        query = f"'CF.{{{self._key_field}}}' = '{_quoted(key)}'"
        for ticket in self._tickets(query, fields="CustomFields", orderby="id"):
            if key in self._keys(ticket):
                yield _ref(ticket.get("id"))

    def read(self, ref: TicketRef) -> Record:
        ticket = self._http.get(_path(ref)).object
        return Record(
            ref=ref,
            key=next(iter(self._keys(ticket)), ""),
            state=str(ticket.get("Status", "")),
            summary=str(ticket.get("Subject", "")),
            updated_at=_moment(ticket.get("LastUpdated")),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        options = {"fields": "Type,Created,Creator", "fields[Creator]": "Name,RealName"}
        history = list(self._pages(f"{_path(ref)}/history", options))
        if not history:  # RT has one for a number that no ticket has: at least "Create" stands in any other
            raise TicketNotFound(ref.id)
        said = [each for each in history if each.get("Type") in SAID]
        texts = self._texts(ref) if said else {}
        for transaction in said:
            creator = transaction.get("Creator") or {}
            identifier = str(transaction["id"])
            yield Note(
                id=identifier,
                at=_moment(transaction.get("Created")),
                author=str(creator.get("RealName") or creator.get("Name") or ""),
                text=texts.get(identifier, ""),
                public=SAID[transaction["Type"]],
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        way = "correspond" if public else "comment"
        self._http.send("POST", f"{_path(ref)}/{way}", json={"Content": text, "ContentType": "text/plain"})

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PUT", _path(ref), json=fields)
        now = self._http.get(_path(ref)).object
        if "Status" in fields and now.get("Status") != fields["Status"]:
            raise TicketRejected(f"the ticket cannot become {fields['Status']}")

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        for each in self._pages(f"{_path(ref)}/attachments", {"fields": "Filename"}):
            yield str(each.get("Filename", ""))

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        # As a form: in JSON, RT spoils names with letters beyond ASCII.
        said = json.dumps({"Content": attachment.name, "ContentType": "text/plain"})
        parts = {
            "JSON": (None, said),
            "Attachments": (attachment.name, attachment.content, attachment.media_type),
        }
        self._http.send("POST", f"{_path(ref)}/comment", files=parts)

    def changed(self, since: datetime) -> Iterator[Change]:
        # With Z: else RT takes the time for one of its own zone.
        moment = (since - timedelta(seconds=1)).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = f"'CF.{{{self._key_field}}}' LIKE 'T0-' AND LastUpdated > '{moment}'"
        for ticket in self._tickets(query, fields="Created,LastUpdated", orderby="LastUpdated"):
            yield Change(
                ref=_ref(ticket.get("id")),
                opened_at=_moment(ticket.get("Created")),
                at=_moment(ticket.get("LastUpdated")),
            )

    def check(self) -> Iterator[Finding]:
        try:
            version = self._http.get(f"{API}/rt").object.get("Version", "?")
            yield ok("connection", f"Request Tracker {version} knows our token")
            for queue in possible(self._mapping.create.get("Queue", "")):
                yield from self._check_queue(queue)
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")

    def _check_queue(self, queue: str) -> Iterator[Finding]:
        try:
            found = self._queue(queue)
        except TicketSystemError as err:
            yield wrong("queue", f"{queue}: not there, or the right SeeQueue is missing ({err})")
            return
        links = {link.get("ref") for link in found.object.get("_hyperlinks", ())}
        if "create" in links:
            yield ok("queue", f"{queue}: tickets can be opened")
        else:
            yield wrong("queue", f"{queue}: the right CreateTicket is missing")
        wanted = {self._key_field, *self._mapping.create.get("CustomFields", {})}
        for name in sorted(wanted - _names(found)):
            yield wrong("custom field", f"{queue} has no {name!r}, or the right SeeCustomField is missing")
        if wanted <= _names(found):
            yield ok("custom field", f"{queue} has {', '.join(sorted(wanted))}")
        yield note("rights", "ReplyToTicket, CommentOnTicket, ModifyTicket show with --try only")

    def _custom_fields(self, queue: str) -> set[str]:
        try:
            return _names(self._queue(queue))
        except TicketNotFound as err:
            raise TicketRejected(f"there is no queue called {queue}") from err

    def _queue(self, name: str) -> Answer:
        return self._http.get(f"{API}/queue/{quote(name, safe='')}")

    def _texts(self, ref: TicketRef) -> dict[str, str]:
        """The words of each transaction: the plain part where there is one, else what the HTML shows."""
        texts: dict[str, str] = {}
        options = {"fields": "Filename,ContentType,TransactionId,Content"}
        for part in self._pages(f"{_path(ref)}/attachments", options):
            transaction, kind = str(part.get("TransactionId", "")), str(part.get("ContentType", ""))
            if part.get("Filename"):
                continue
            if kind == "text/plain":
                texts[transaction] = str(part.get("Content") or "").strip()
            elif kind == "text/html":
                texts.setdefault(transaction, from_html(str(part.get("Content") or "")))
        return texts

    def _tickets(self, query: str, **options: str) -> Iterator[dict[str, Any]]:
        return self._pages(f"{API}/tickets", {"query": query, "order": "ASC", **options})

    def _pages(self, path: str, options: dict[str, str]) -> Iterator[dict[str, Any]]:
        """All pages. RT counts only what is searched for, so the last page is the one that is not full."""
        deadline = Deadline(2 * READ_SECONDS)
        page = 0
        while True:
            page += 1
            params = {**options, "per_page": PAGE, "page": page}
            items = self._http.get(path, params=params, deadline=deadline).object.get("items") or []
            yield from items
            if len(items) < PAGE:
                return

    def _keys(self, ticket: dict[str, Any]) -> list[str]:
        for field in ticket.get("CustomFields") or ():
            if field.get("name") == self._key_field:
                return [str(value) for value in field.get("values", ())]
        return []


def _path(ref: TicketRef) -> str:
    return f"{API}/ticket/{quote(ref.id, safe='')}"


def _ref(identifier: Any) -> TicketRef:
    return TicketRef(id=str(identifier), number=str(identifier))


def _names(queue: Answer) -> set[str]:
    return {str(field.get("name")) for field in queue.object.get("TicketCustomFields", ())}


def _upload(attachment: Attachment) -> dict[str, str]:
    return {
        "FileName": attachment.name,
        "FileType": attachment.media_type,
        "FileContent": base64.b64encode(attachment.content).decode(),
    }


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value).replace("Z", "+00:00"))
