"""Zendesk Support.

developer.zendesk.com: "Tickets" (POST /api/v2/tickets with external_id and the header Idempotency-Key, List Tickets by
external_id), "Ticket Comments" (cursor pagination, plain_body), "Attachments" (/api/v2/uploads), "Search", "Rate limits"
(429, Retry-After). A key is kept for two hours and with the same body only: the search stays the safety net."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.ticketing.errors import TicketSystemError
from servicedesk.ticketing.html_text import to_html
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Basic

API = "api/v2"
PAGE = 100


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    sign_in = Basic(f"{settings.needed('user')}/token", settings.secret)
    return OutsideTickets(Zendesk(Http(settings, sign_in), mapping), mapping)


class Zendesk:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta(minutes=3)  # what was written reaches the search within minutes
    attaches_on_open = False
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._tag = mapping.option("tag")

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        comment = dict(fields.get("comment", {}))
        comment["html_body"] = to_html(str(comment.pop("body", "")))  # `body` may be read as Markdown
        body = {"ticket": {**fields, "comment": comment, "external_id": key}}
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
        headers = {"Idempotency-Key": f"{key}-{digest}"}
        return _ref(self._http.send("POST", f"{API}/tickets", json=body, headers=headers).object["ticket"])

    def search(self, key: str) -> Iterator[TicketRef]:
        params = {"external_id": key, "page[size]": PAGE}
        found = [each for each in self._pages("tickets", params, "tickets") if each.get("external_id") == key]
        yield from map(_ref, sorted(found, key=lambda ticket: int(ticket["id"])))

    def read(self, ref: TicketRef) -> Record:
        ticket = self._http.get(_path(ref)).object["ticket"]
        return Record(
            ref=_ref(ticket),
            key=str(ticket.get("external_id") or ""),
            state=str(ticket.get("status", "")),
            summary=str(ticket.get("subject") or ""),
            updated_at=_moment(ticket["updated_at"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        for comment in self._comments(ref)[1:]:  # the first is the description
            yield Note(
                id=str(comment["id"]),
                at=_moment(comment["created_at"]),
                author=comment["author"],
                text=str(comment.get("plain_body") or "").replace("\u00a0", " ").strip(),
                public=comment.get("public") is True,
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self.change(ref, {"comment": {"html_body": to_html(text), "public": public}})

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PUT", _path(ref), json={"ticket": fields})

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        for comment in self._comments(ref):
            for each in comment.get("attachments") or ():
                yield str(each.get("file_name", ""))

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        headers = {"Content-Type": attachment.media_type}
        params = {"filename": attachment.name}
        sent = self._http.send(
            "POST", f"{API}/uploads", params=params, headers=headers, data=attachment.content
        )
        comment = {"html_body": to_html(attachment.name), "public": False}
        self.change(ref, {"comment": {**comment, "uploads": [sent.object["upload"]["token"]]}})

    def changed(self, since: datetime) -> Iterator[Change]:
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = f"type:ticket tags:{self._tag} updated>={moment}"
        params = {"query": query, "sort_by": "updated_at", "sort_order": "asc", "per_page": PAGE}
        for ticket in self._pages("search", params, "results"):
            yield Change(
                ref=_ref(ticket),
                opened_at=_moment(ticket["created_at"]),
                at=_moment(ticket["updated_at"]),
            )

    def check(self) -> Iterator[Finding]:
        try:
            user = self._http.get(f"{API}/users/me").object.get("user") or {}
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")
            return
        role = str(user.get("role", ""))
        if role not in ("agent", "admin"):
            yield wrong("sign-in", f"our account is {role or 'nobody'}: it has to be an agent")
            return
        yield ok("sign-in", "as an agent")
        if role == "admin":
            yield note("rights", "our account is an administrator: an agent is enough")

    def _comments(self, ref: TicketRef) -> list[dict[str, Any]]:
        people: dict[Any, str] = {}
        comments: list[dict[str, Any]] = []
        params = {"page[size]": PAGE, "include": "users"}
        for page in self._answers(f"tickets/{quote(ref.id, safe='')}/comments", params):
            people |= {user["id"]: str(user.get("name", "")) for user in page.get("users") or ()}
            comments += page.get("comments") or ()
        return [{**comment, "author": people.get(comment.get("author_id"), "")} for comment in comments]

    def _pages(self, path: str, params: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        for page in self._answers(path, params):
            yield from page.get(name) or ()

    def _answers(self, path: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Pages by cursor, and the search's by number: both say where the next one is."""
        deadline = Deadline(2 * READ_SECONDS)
        answer = self._http.get(f"{API}/{path}", params=params, deadline=deadline).object
        while True:
            yield answer
            more = (answer.get("meta") or {}).get("has_more", True)
            following = (answer.get("links") or {}).get("next") or answer.get("next_page")
            if not more or not following:
                return
            answer = self._http.get(str(following), deadline=deadline).object


def _path(ref: TicketRef) -> str:
    return f"{API}/tickets/{quote(ref.id, safe='')}"


def _ref(ticket: dict[str, Any]) -> TicketRef:
    return TicketRef(id=str(ticket["id"]), number=str(ticket["id"]))


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
