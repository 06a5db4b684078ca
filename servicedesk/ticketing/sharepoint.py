"""A SharePoint list, by Microsoft Graph.

learn.microsoft.com/graph/api: listItem (create, get, update, list with $expand=fields and $filter=fields/…, by one indexed
column at a time), driveItem (put content, children); "Avoid getting throttled in SharePoint Online" (429, Retry-After).
Graph has neither the comments nor the attachments of a list's items: notes are rows of a second list, and files lie in
the site's library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, ok, wrong
from servicedesk.ticketing.errors import TicketNotFound, TicketRejected, TicketSystemError
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import client_credentials

PAGE = 100
FOLDER = "Tier0"
NOTE_COLUMNS = ("Ticket", "Note", "Public")


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    scope = f"{settings.url}/.default"
    sign_in = client_credentials(settings, settings.needed("token_url"), scope=scope)
    return OutsideTickets(SharePoint(Http(settings, sign_in), mapping), mapping)


class SharePoint:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta()  # a filter reads the list itself
    attaches_on_open = False
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self._key_field = mapping.option("key_field")
        self._site = f"v1.0/sites/{quote(mapping.option('site'), safe=',.')}"
        self._tickets, self._notes = (
            f"{self._site}/lists/{quote(mapping.option(name), safe='')}" for name in ("list", "notes_list")
        )

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        body = {"fields": {**fields, self._key_field: key}}
        answer = self._http.send("POST", f"{self._tickets}/items", json=body, takes=(400, 409))
        if answer.status < 400:
            return _ref(answer.object)
        found = next(self.search(key), None)  # refused because the reference, which is unique, is there?
        if found is None:
            raise TicketRejected(answer.fault)
        return found

    def search(self, key: str) -> Iterator[TicketRef]:
        where = f"fields/{self._key_field} eq '{_quoted(key)}'"
        rows = [row for row in self._rows(self._tickets, where) if row["fields"].get(self._key_field) == key]
        yield from map(_ref, sorted(rows, key=lambda row: int(row["id"])))

    def read(self, ref: TicketRef) -> Record:
        row = self._http.get(self._item(ref), params={"$expand": "fields"}).object
        fields = row["fields"]
        return Record(
            ref=_ref(row),
            key=str(fields.get(self._key_field) or ""),
            state=str(fields.get("Status") or ""),
            summary=str(fields.get("Title") or ""),
            updated_at=_moment(row["lastModifiedDateTime"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        rows = self._rows(self._notes, f"fields/Ticket eq '{_quoted(ref.id)}'")
        for row in sorted(rows, key=lambda row: (row["createdDateTime"], int(row["id"]))):
            by = row.get("createdBy") or {}
            yield Note(
                id=str(row["id"]),
                at=_moment(row["createdDateTime"]),
                author=str((by.get("user") or by.get("application") or {}).get("displayName") or ""),
                text=str(row["fields"].get("Note") or "").strip(),
                public=row["fields"].get("Public") is True,
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        fields = {"Title": f"Ticket {ref.number}", "Ticket": ref.id, "Note": text, "Public": public}
        self._http.send("POST", f"{self._notes}/items", json={"fields": fields})

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PATCH", f"{self._item(ref)}/fields", json=fields)

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        try:
            for file in self._paged(f"{self._folder(ref)}:/children", {"$select": "name", "$top": str(PAGE)}):
                yield str(file.get("name", ""))
        except TicketNotFound:
            return  # no file yet, and so no folder

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        path = f"{self._folder(ref)}/{quote(attachment.name, safe='')}:/content"
        headers = {"Content-Type": attachment.media_type}
        self._http.send("PUT", path, headers=headers, data=attachment.content)

    def changed(self, since: datetime) -> Iterator[Change]:
        """Tickets that changed, and those with a new note, which is no change of the ticket."""
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        found: dict[str, Change] = {}
        for row in self._rows(self._tickets, f"fields/Modified ge '{moment}'"):
            if str(row["fields"].get(self._key_field) or "").startswith("T0-"):
                found[str(row["id"])] = _change(row, row["lastModifiedDateTime"])
        noted: dict[str, str] = {}
        for row in self._rows(self._notes, f"fields/Modified ge '{moment}'"):
            ticket = str(row["fields"].get("Ticket") or "")
            noted[ticket] = max(noted.get(ticket, ""), row["createdDateTime"])
        for ticket, at in noted.items():
            row = self._http.get(self._item(TicketRef(id=ticket, number=ticket))).object
            found[ticket] = _change(row, max(at, row["lastModifiedDateTime"]))
        yield from sorted(found.values(), key=lambda change: change.at)

    def check(self) -> Iterator[Finding]:
        for what, path, wanted in (
            ("list", self._tickets, {*self._mapping.create, self._key_field}),
            ("notes", self._notes, set(NOTE_COLUMNS)),
        ):
            try:
                columns = {str(each["name"]): each for each in self._paged(f"{path}/columns", {})}
            except TicketSystemError as err:
                yield wrong(what, f"{type(err).__name__}: {err}")
                continue
            missing = sorted(wanted - set(columns))
            for name in missing:
                yield wrong(what, f"there is no column {name} (its name within, not the one that is shown)")
            if not missing:
                yield ok(what, "all columns are there")
            key = columns.get(self._key_field, {})
            if what == "list" and key and not (key.get("indexed") and key.get("enforceUniqueValues")):
                yield wrong(what, f"{self._key_field} has to be indexed, with unique values")

    def _item(self, ref: TicketRef) -> str:
        return f"{self._tickets}/items/{quote(ref.id, safe='')}"

    def _folder(self, ref: TicketRef) -> str:
        return f"{self._site}/drive/root:/{FOLDER}/{quote(ref.id, safe='')}"

    def _rows(self, items_of: str, where: str) -> Iterator[dict[str, Any]]:
        return self._paged(f"{items_of}/items", {"$expand": "fields", "$filter": where, "$top": str(PAGE)})

    def _paged(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        page = self._http.get(path, params=params, deadline=deadline).object
        while True:
            yield from page.get("value") or ()
            following = page.get("@odata.nextLink")
            if not following:
                return
            page = self._http.get(str(following), deadline=deadline).object


def _ref(row: dict[str, Any]) -> TicketRef:
    return TicketRef(id=str(row["id"]), number=str(row["id"]))


def _change(row: dict[str, Any], at: str) -> Change:
    return Change(ref=_ref(row), opened_at=_moment(row["createdDateTime"]), at=_moment(at))


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
