"""ServiceNow, by its Table and Attachment API.

docs.servicenow.com: "Table API" (/api/now/table), "Attachment API" (/api/now/attachment/file), "Inbound REST API rate
limiting" (429, Retry-After). A table leaves out fields that it does not have, and a query with such a field finds every
row (glide.invalid_query.returns_no_rows is off): so fields are looked for first, and a row's key is compared here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.ticketing.errors import TicketRejected, TicketSystemError
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.people import People
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Basic, SignIn, client_credentials

PAGE = 100
PEOPLE = 40  # in one query, which is part of the address: that should stay under 2,000 characters or so
KEY = "correlation_id"
RECORD = f"sys_id,number,{KEY},state,short_description,sys_updated_on"
JOURNAL = {"comments": True, "work_notes": False}  # whether the requester reads it
UNSEEN = "\u200b"


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    return OutsideTickets(ServiceNow(Http(settings, _sign_in(settings)), mapping), mapping)


def _sign_in(settings: TicketingSettings) -> SignIn:
    if settings.token_url:
        return client_credentials(settings, settings.token_url)
    return Basic(settings.needed("user"), settings.secret)


class ServiceNow:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta()  # the Table API reads the database itself
    attaches_on_open = False

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self.people = People(self._users, at_once=PEOPLE)
        self._name = mapping.option("table")
        self._table = f"api/now/table/{quote(self._name, safe='')}"
        self._seen = False  # whether the table was seen to have our fields

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        row = {**fields, KEY: key}
        if not self._seen:
            missing = self._missing(list(row))
            if missing:
                raise TicketRejected(f"the table has no field called {missing[0]}")
            self._seen = True
        caller = str(row.get("caller_id", ""))
        if "@" in caller:
            row["caller_id"] = self.people.find(caller)
        params = {"sysparm_fields": "sys_id,number"}
        return _ref(self._http.send("POST", self._table, params=params, json=row).object["result"])

    def search(self, key: str) -> Iterator[TicketRef]:
        if "^" in key:  # would be a second condition
            return
        query = f"{KEY}={key}^ORDERBYsys_created_on"
        for row in self._rows(self._table, query, f"sys_id,number,{KEY}"):
            if row.get(KEY) == key:
                yield _ref(row)

    def read(self, ref: TicketRef) -> Record:
        params = {"sysparm_fields": RECORD}
        row = self._http.get(f"{self._table}/{quote(ref.id, safe='')}", params=params).object["result"]
        return _record(row)

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        for row in self._journal(f"element_id={ref.id}"):
            yield _note(row)

    def read_several(self, refs: Sequence[TicketRef]) -> Iterator[tuple[Record, Sequence[Note]]]:
        wanted = ",".join(ref.id for ref in refs)
        notes: dict[str, list[Note]] = {ref.id: [] for ref in refs}
        rows = list(self._rows(self._table, f"sys_idIN{wanted}", RECORD))
        for row in self._journal(f"element_idIN{wanted}"):
            if row.get("element_id") in notes:
                notes[row["element_id"]].append(_note(row))
        for row in rows:
            if row["sys_id"] in notes:
                yield _record(row), notes[row["sys_id"]]

    def _journal(self, of: str) -> Iterator[dict[str, Any]]:
        query = f"{of}^elementINcomments,work_notes^ORDERBYsys_created_on"
        fields = "sys_id,element_id,element,value,sys_created_by,sys_created_on"
        return self._rows("api/now/table/sys_journal_field", query, fields)

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        # [code] in a journal field means that HTML follows.
        plain = text.replace("[code]", f"[{UNSEEN}code]").replace("[/code]", f"[{UNSEEN}/code]")
        self.change(ref, {"comments" if public else "work_notes": plain})

    def change(self, ref: TicketRef, fields: Fields) -> None:
        params = {"sysparm_fields": "sys_id,state"}
        answer = self._http.send(
            "PATCH", f"{self._table}/{quote(ref.id, safe='')}", params=params, json=fields
        )
        state = (answer.object.get("result") or {}).get("state")
        if "state" in fields and state != fields["state"]:
            raise TicketRejected(f"the ticket cannot get the state {fields['state']}")

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        query = f"table_name={self._name}^table_sys_id={ref.id}"
        for row in self._rows("api/now/attachment", query, "file_name"):
            yield row.get("file_name", "")

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        params = {"table_name": self._name, "table_sys_id": ref.id, "file_name": attachment.name}
        headers = {"Content-Type": attachment.media_type}
        self._http.send(
            "POST", "api/now/attachment/file", params=params, headers=headers, data=attachment.content
        )

    def changed(self, since: datetime) -> Iterator[Change]:
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        query = f"{KEY}STARTSWITHT0-^sys_updated_on>={moment}^ORDERBYsys_updated_on"
        for row in self._rows(self._table, query, f"sys_id,number,{KEY},sys_created_on,sys_updated_on"):
            if row.get(KEY, "").startswith("T0-"):
                yield Change(
                    ref=_ref(row),
                    opened_at=_moment(row["sys_created_on"]),
                    at=_moment(row["sys_updated_on"]),
                )

    def check(self) -> Iterator[Finding]:
        try:
            missing = self._missing([*self._mapping.create, KEY])
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")
            return
        yield ok("connection", f"the table {self._name} can be read")
        for name in missing:
            yield wrong("field", f"{self._name} has no {name}, or our user may not read it")
        if not missing:
            yield ok("field", "no field of the mapping is missing, as far as the newest ticket shows")
        for what, path in (
            ("journal", "api/now/table/sys_journal_field"),
            ("users", "api/now/table/sys_user"),
        ):
            yield self._may_read(what, path)

    def _may_read(self, what: str, path: str) -> Finding:
        try:
            rows = self._http.get(path, params={"sysparm_limit": 1, "sysparm_fields": "sys_id"}).object.get(
                "result"
            )
        except TicketSystemError as err:
            return wrong(what, f"{path}: {type(err).__name__}: {err}")
        return (
            ok(what, "can be read")
            if rows
            else note(what, f"{path}: nothing is seen there; is a right missing?")
        )

    def _missing(self, names: list[str]) -> list[str]:
        """Which of these the table has not, as far as a row of it tells: fields that are not there are left out."""
        params = {"sysparm_limit": 1, "sysparm_fields": ",".join(["sys_id", *names])}
        rows = self._http.get(self._table, params=params).object.get("result") or []
        return [name for name in names if name not in rows[0]] if rows else []

    def _users(self, emails: Sequence[str]) -> Iterator[tuple[str, str]]:
        asked = ",".join(email for email in emails if not {",", "^"} & set(email))
        if asked:
            for row in self._rows("api/now/table/sys_user", f"emailIN{asked}^active=true", "sys_id,email"):
                yield row.get("email", ""), str(row["sys_id"])

    def _rows(self, path: str, query: str, fields: str) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        offset = 0
        while True:
            params = {
                "sysparm_query": query,
                "sysparm_fields": fields,
                "sysparm_limit": PAGE,
                "sysparm_offset": offset,
            }
            answer = self._http.get(path, params=params, deadline=deadline)
            yield from answer.object.get("result") or []
            offset += PAGE  # a page may have fewer rows than it should: those that we may not see
            if offset >= int(answer.headers.get("X-Total-Count", 0)):
                return


def _ref(row: dict[str, Any]) -> TicketRef:
    return TicketRef(id=row["sys_id"], number=row["number"])


def _record(row: dict[str, Any]) -> Record:
    return Record(
        ref=_ref(row),
        key=row.get(KEY, ""),
        state=str(row.get("state", "")),
        summary=row.get("short_description", ""),
        updated_at=_moment(row.get("sys_updated_on")),
    )


def _note(row: dict[str, Any]) -> Note:
    return Note(
        id=row["sys_id"],
        at=_moment(row.get("sys_created_on")),
        author=row.get("sys_created_by", ""),
        text=row.get("value", "").replace(UNSEEN, "").strip(),
        public=JOURNAL[row["element"]],
    )


def _moment(value: Any) -> datetime:
    """Without display values, times are UTC."""
    return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
