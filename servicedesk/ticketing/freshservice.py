"""Freshservice.

api.freshservice.com (v2): "Create a Ticket", "Filter Tickets" (by tag, 30 a page), "List All Conversations of a Ticket",
"Create a Note", "Rate Limit" (429, Retry-After). Our reference is a tag: text fields of one's own cannot be filtered by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.ticketing.errors import TicketNotFound, TicketRejected, TicketSystemError
from servicedesk.ticketing.html_text import from_html, to_html
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Basic

API = "api/v2"
PAGE = 100
FILTER_PAGE = 30  # cannot be chosen


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    sign_in = Basic("", settings.secret, secret_is_user=True)
    return OutsideTickets(Freshservice(Http(settings, sign_in), mapping), mapping)


class Freshservice:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta(minutes=5)  # the filter reads an index
    attaches_on_open = False
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._workspace = mapping.options.get("workspace_id", "")
        self._names: dict[Any, str] = {}

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        body = {**fields, "description": to_html(str(fields.get("description", "")))}
        body["tags"] = [*fields.get("tags", ()), key]
        return _ref(self._http.send("POST", f"{API}/tickets", json=body).object["ticket"])

    def search(self, key: str) -> Iterator[TicketRef]:
        if not re.fullmatch(r"[\w-]+", key):
            return
        query = f"\"tag:'{key}'{f' AND workspace_id:{self._workspace}' if self._workspace else ''}\""
        found = [
            ticket
            for ticket in self._pages("tickets/filter", {"query": query}, "tickets", FILTER_PAGE)
            if key in ticket.get("tags", [key])
        ]
        yield from map(_ref, sorted(found, key=lambda ticket: int(ticket["id"])))

    def read(self, ref: TicketRef) -> Record:
        ticket = self._http.get(_path(ref)).object["ticket"]
        return Record(
            ref=_ref(ticket),
            key=next((tag for tag in ticket.get("tags") or () if tag.startswith("T0-")), ""),
            state=str(ticket.get("status", "")),
            summary=str(ticket.get("subject") or ""),
            updated_at=_moment(ticket["updated_at"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        for each in sorted(self._conversations(ref), key=lambda one: (one["created_at"], one["id"])):
            yield Note(
                id=str(each["id"]),
                at=_moment(each["created_at"]),
                author=self._name(each.get("user_id")),
                text=from_html(str(each.get("body") or "")),
                public=each.get("private") is False,
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._http.send("POST", f"{_path(ref)}/notes", json={"body": to_html(text), "private": not public})

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PUT", _path(ref), json=fields)

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        ticket = self._http.get(_path(ref)).object["ticket"]
        for holder in (ticket, *self._conversations(ref)):
            for each in holder.get("attachments") or ():
                yield str(each.get("name", ""))

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        self._http.send(
            "POST",
            f"{_path(ref)}/notes",
            data={"body": to_html(attachment.name), "private": "true"},
            files={"attachments[]": (attachment.name, attachment.content, attachment.media_type)},
        )

    def changed(self, since: datetime) -> Iterator[Change]:
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = {"updated_since": moment, "order_type": "asc"}
        if self._workspace:
            params["workspace_id"] = self._workspace
        # In the order of their opening: the port wants that of the change.
        tickets = sorted(
            self._pages("tickets", params, "tickets", PAGE), key=lambda one: str(one["updated_at"])
        )
        for ticket in tickets:
            yield Change(
                ref=_ref(ticket),
                opened_at=_moment(ticket["created_at"]),
                at=_moment(ticket["updated_at"]),
            )

    def check(self) -> Iterator[Finding]:
        try:
            self._http.get(f"{API}/tickets", params={"per_page": 1})
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")
            return
        yield ok("connection", "tickets can be read")
        yield note("rights", "whether tickets can be opened and changed shows with --try only")

    def _conversations(self, ref: TicketRef) -> list[dict[str, Any]]:
        path = f"tickets/{quote(ref.id, safe='')}/conversations"
        return list(self._pages(path, {}, "conversations", PAGE))

    def _name(self, user: Any) -> str:
        """Of an agent; requesters are not looked up."""
        if user not in self._names:
            try:
                agent = self._http.get(f"{API}/agents/{quote(str(user), safe='')}").object.get("agent") or {}
                self._names[user] = f"{agent.get('first_name') or ''} {agent.get('last_name') or ''}".strip()
            except (TicketNotFound, TicketRejected):
                self._names[user] = ""
        return self._names[user]

    def _pages(self, path: str, params: dict[str, Any], name: str, size: int) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        page = 1
        while True:
            more = {"page": page} if size == FILTER_PAGE else {"page": page, "per_page": size}
            found = self._http.get(f"{API}/{path}", params={**params, **more}, deadline=deadline).object
            rows = found.get(name) or []
            yield from rows
            if len(rows) < size:
                return
            page += 1


def _path(ref: TicketRef) -> str:
    return f"{API}/tickets/{quote(ref.id, safe='')}"


def _ref(ticket: dict[str, Any]) -> TicketRef:
    kind = "SR" if ticket.get("type") == "Service Request" else "INC"
    return TicketRef(id=str(ticket["id"]), number=f"{kind}-{ticket['id']}")


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
