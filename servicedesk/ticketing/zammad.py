"""Zammad.

docs.zammad.org: "API > Ticket" (create, search, expand=true), "API > Ticket > Articles" (content_type, internal,
attachments), "API > Introduction" (HTTP token). A ticket leaves out attributes that it does not have: so ours is looked for
first. The search needs Elasticsearch, which Zammad recommends, and reads an index."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.ticketing.errors import TicketRejected, TicketSystemError
from servicedesk.ticketing.html_text import from_html
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Header

API = "api/v1"
PAGE = 50
FREE = {
    "group",
    "customer_id",
    "priority",
    "state",
    "article",
    "tags",
    "owner",
    "title",
}  # names, not attributes


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    return OutsideTickets(Zammad(Http(settings, Header(settings.secret, "Token token=")), mapping), mapping)


class Zammad:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta(minutes=1)
    attaches_on_open = True
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self._key_field = mapping.option("key_field")
        self._seen = False  # whether a ticket was seen to have our attributes

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        body = {**fields, self._key_field: key}
        if not self._seen:
            missing = self._missing(body)
            if missing:
                raise TicketRejected(f"tickets have no attribute called {missing[0]}")
            self._seen = True
        article = {"type": "note", "content_type": "text/plain", **fields.get("article", {})}
        body["article"] = {**article, "attachments": [_upload(each) for each in attachments]}
        return _ref(self._http.send("POST", f"{API}/tickets", json=body).object)

    def search(self, key: str) -> Iterator[TicketRef]:
        if not re.fullmatch(r"[\w-]+", key):  # has a meaning in a query
            return
        query = f'{self._key_field}:"{key}"'
        for ticket in self._tickets(query, "created_at"):
            if ticket.get(self._key_field) == key:
                yield _ref(ticket)

    def read(self, ref: TicketRef) -> Record:
        ticket = self._http.get(_path(ref), params={"expand": "true"}).object
        return Record(
            ref=_ref(ticket),
            key=str(ticket.get(self._key_field) or ""),
            state=str(ticket.get("state", "")),
            summary=str(ticket.get("title") or ""),
            updated_at=_moment(ticket["updated_at"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        for article in self._articles(ref)[1:]:  # the first is the description
            body = str(article.get("body") or "")
            yield Note(
                id=str(article["id"]),
                at=_moment(article["created_at"]),
                author=str(article.get("from") or article.get("created_by") or ""),
                text=from_html(body) if article.get("content_type") == "text/html" else body.strip(),
                public=article.get("internal") is False,
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._add(ref, text, internal=not public)

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PUT", _path(ref), json=fields)

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        for article in self._articles(ref):
            for each in article.get("attachments") or ():
                yield str(each.get("filename", ""))

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        self._add(ref, attachment.name, internal=True, attachments=[_upload(attachment)])

    def changed(self, since: datetime) -> Iterator[Change]:
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = f'{self._key_field}:T0* AND updated_at:["{moment}" TO *]'
        for ticket in self._tickets(query, "updated_at"):
            yield Change(
                ref=_ref(ticket),
                opened_at=_moment(ticket["created_at"]),
                at=_moment(ticket["updated_at"]),
            )

    def check(self) -> Iterator[Finding]:
        try:
            missing = self._missing({**self._mapping.create, self._key_field: ""})
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")
            return
        yield ok("connection", "tickets can be read")
        for name in missing:
            yield wrong("attribute", f"tickets have no {name}: make it in Admin > Objects > Ticket")
        if not missing:
            yield ok("attribute", "no attribute of the mapping is missing, as far as a ticket shows")
        yield note("rights", "whether tickets can be opened and changed in the group shows with --try only")

    def _missing(self, fields: Fields) -> list[str]:
        """Which attributes tickets have not, as far as one shows."""
        tickets = self._http.get(f"{API}/tickets", params={"per_page": 1, "page": 1}).body or []
        if not tickets:
            return []
        return sorted(name for name in fields if name not in FREE and name not in tickets[0])

    def _add(self, ref: TicketRef, text: str, *, internal: bool, **more: Any) -> None:
        body = {"ticket_id": int(ref.id), "body": text, "content_type": "text/plain", "type": "note"}
        self._http.send("POST", f"{API}/ticket_articles", json={**body, "internal": internal, **more})

    def _articles(self, ref: TicketRef) -> list[dict[str, Any]]:
        path = f"{API}/ticket_articles/by_ticket/{quote(ref.id, safe='')}"
        articles = self._http.get(path, params={"expand": "true"}).body
        return sorted(articles or [], key=lambda article: int(article["id"]))

    def _tickets(self, query: str, order: str) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        page = 1
        while True:
            params = {
                "query": query,
                "sort_by": order,
                "order_by": "asc",
                "expand": "true",
                "limit": PAGE,
                "page": page,
            }
            found = self._http.get(f"{API}/tickets/search", params=params, deadline=deadline).body or []
            yield from found
            if len(found) < PAGE:
                return
            page += 1


def _path(ref: TicketRef) -> str:
    return f"{API}/tickets/{quote(ref.id, safe='')}"


def _ref(ticket: dict[str, Any]) -> TicketRef:
    return TicketRef(id=str(ticket["id"]), number=str(ticket["number"]))


def _upload(attachment: Attachment) -> dict[str, str]:
    data = base64.b64encode(attachment.content).decode()
    return {"filename": attachment.name, "data": data, "mime-type": attachment.media_type}


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
