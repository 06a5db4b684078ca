"""Dynamics 365 Customer Service, by the Dataverse Web API.

learn.microsoft.com: "Update and delete table rows using the Web API" (upsert by alternate key, If-None-Match: * answers 412
where there is one), "Create a table row" (Prefer: return=representation), "Query data" (@odata.nextLink), "incident" and
"annotation" table reference, "Service protection API limits" (429, Retry-After), "Use OAuth with Dataverse". Notes have no
mark for whom they are: Power Pages shows those that begin with *WEB* to the requester, and so do we."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from servicedesk.errors import SettingsError
from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, ok, wrong
from servicedesk.ticketing.errors import OutcomeUnknown, TicketNotFound, TicketSystemError
from servicedesk.ticketing.html_text import from_html, to_html
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.people import People
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import client_credentials

API = "api/data/v9.2"
PAGE = 100
PEOPLE = 20  # in one filter, which is part of the address


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    scope = f"{settings.url}/.default"
    sign_in = client_credentials(settings, settings.needed("token_url"), scope=scope)
    return OutsideTickets(Dynamics365(Http(settings, sign_in), mapping), mapping)


class Dynamics365:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.UNIQUE
    search_lag = timedelta()
    attaches_on_open = False

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self.people = People(self._contacts, at_once=PEOPLE)
        self._key_field = mapping.option("key_field")
        self._mark = mapping.option("public_mark")
        if not re.fullmatch(r"[a-z]\w+", self._key_field, re.ASCII):
            raise SettingsError(
                "TIER0_TICKETING_MAPPING: options.key_field: is no name such as tier0_reference"
            )
        if not mapping.create.get("customer"):
            raise SettingsError(
                "TIER0_TICKETING_MAPPING: create.customer: has to be set, such as /accounts(…)"
            )

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        body = dict(fields)
        customer, contact = str(body.pop("customer")), str(body.pop("contact", ""))
        person = self.people.find(contact) if contact else ""
        kind = "contact" if person else "account"
        body[f"customerid_{kind}@odata.bind"] = f"/contacts({person})" if person else customer
        answer = self._http.send(
            "PATCH",
            f"{API}/incidents({self._key_field}='{_quoted(key)}')",
            params={"$select": "incidentid,ticketnumber"},
            headers={"If-None-Match": "*", "Prefer": "return=representation"},
            json=body,
            takes=(412,),
        )
        if answer.status != 412:
            return _ref(answer.object)
        found = next(self.search(key), None)
        if found is None:
            raise OutcomeUnknown("the reference is taken, and its ticket is not seen")
        return found

    def search(self, key: str) -> Iterator[TicketRef]:
        select = f"incidentid,ticketnumber,{self._key_field}"
        where = f"{self._key_field} eq '{_quoted(key)}'"
        for row in self._rows(
            "incidents", {"$filter": where, "$select": select, "$orderby": "createdon asc"}
        ):
            if row.get(self._key_field) == key:
                yield _ref(row)

    def read(self, ref: TicketRef) -> Record:
        select = f"incidentid,ticketnumber,title,statuscode,modifiedon,{self._key_field}"
        row = self._http.get(f"{API}/incidents({_guid(ref)})", params={"$select": select}).object
        return Record(
            ref=_ref(row),
            key=row.get(self._key_field) or "",
            state=str(row.get("statuscode", "")),
            summary=row.get("title") or "",
            updated_at=_moment(row["modifiedon"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        params = {
            "$filter": f"_objectid_value eq {_guid(ref)} and isdocument eq false",
            "$select": "annotationid,notetext,createdon",
            "$expand": "createdby($select=fullname)",
            "$orderby": "createdon asc",
        }
        for row in self._rows("annotations", params):
            text = from_html(str(row.get("notetext") or ""))
            public = text.startswith(self._mark)
            yield Note(
                id=row["annotationid"],
                at=_moment(row["createdon"]),
                author=str((row.get("createdby") or {}).get("fullname") or ""),
                text=text.removeprefix(self._mark).strip(),
                public=public,
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        marked = f"{self._mark}\n{text}" if public else text
        self._annotate(ref, notetext=to_html(marked))

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PATCH", f"{API}/incidents({_guid(ref)})", headers={"If-Match": "*"}, json=fields)

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        where = f"_objectid_value eq {_guid(ref)} and isdocument eq true"
        for row in self._rows("annotations", {"$filter": where, "$select": "filename"}):
            yield str(row.get("filename") or "")

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        content = base64.b64encode(attachment.content).decode()
        self._annotate(ref, filename=attachment.name, mimetype=attachment.media_type, documentbody=content)

    def changed(self, since: datetime) -> Iterator[Change]:
        """Cases that changed, and those with a new note, which is no change of the case."""
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        select = f"incidentid,ticketnumber,createdon,modifiedon,{self._key_field}"
        where = f"startswith({self._key_field},'T0-') and modifiedon ge {moment}"
        found: dict[str, Change] = {}
        for row in self._rows("incidents", {"$filter": where, "$select": select}):
            found[row["incidentid"]] = _change(row, row["modifiedon"])
        notes = {
            "$filter": f"objecttypecode eq 'incident' and createdon ge {moment}",
            "$select": "createdon",
            "$expand": f"objectid_incident($select={select})",
        }
        for row in self._rows("annotations", notes):
            incident = row.get("objectid_incident") or {}
            if str(incident.get(self._key_field) or "").startswith("T0-"):
                change = _change(incident, max(row["createdon"], incident["modifiedon"]))
                before = found.get(change.ref.id)
                if before is None or before.at < change.at:
                    found[change.ref.id] = change
        yield from sorted(found.values(), key=lambda change: change.at)

    def check(self) -> Iterator[Finding]:
        table = f"{API}/EntityDefinitions(LogicalName='incident')"
        try:
            self._http.get(f"{API}/WhoAmI")
            keys = self._http.get(f"{table}/Keys").object.get("value") or ()
            columns = (
                self._http.get(f"{table}/Attributes", params={"$select": "LogicalName"}).object.get("value")
                or ()
            )
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")
            return
        yield ok("connection", "the table incident can be read")
        active = [
            key
            for key in keys
            if key.get("KeyAttributes") == [self._key_field] and key.get("EntityKeyIndexStatus") == "Active"
        ]
        if active:
            yield ok("key", f"{self._key_field} is an alternate key")
        else:
            yield wrong("key", f"incident has no active alternate key of {self._key_field} alone")
        names = {column["LogicalName"] for column in columns}
        for name in sorted(set(self._mapping.create) - {"customer", "contact"} - names):
            if "@" not in name:
                yield wrong("column", f"incident has no {name}")

    def _annotate(self, ref: TicketRef, **values: str) -> None:
        body = {**values, "objectid_incident@odata.bind": f"/incidents({_guid(ref)})"}
        self._http.send("POST", f"{API}/annotations", json=body)

    def _contacts(self, emails: Sequence[str]) -> Iterator[tuple[str, str]]:
        any_of = " or ".join(f"emailaddress1 eq '{_quoted(email)}'" for email in emails)
        params = {"$filter": f"({any_of}) and statecode eq 0", "$select": "contactid,emailaddress1"}
        for row in self._rows("contacts", params):
            yield str(row.get("emailaddress1") or ""), str(row["contactid"])

    def _rows(self, table: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        headers = {"Prefer": f"odata.maxpagesize={PAGE}"}
        page = self._http.get(f"{API}/{table}", params=params, headers=headers, deadline=deadline).object
        while True:
            yield from page.get("value") or ()
            following = page.get("@odata.nextLink")
            if not following:
                return
            page = self._http.get(str(following), headers=headers, deadline=deadline).object


def _guid(ref: TicketRef) -> str:
    try:
        return str(uuid.UUID(ref.id))
    except ValueError:
        raise TicketNotFound(ref.id) from None


def _ref(row: dict[str, Any]) -> TicketRef:
    return TicketRef(id=row["incidentid"], number=row["ticketnumber"])


def _change(row: dict[str, Any], at: str) -> Change:
    return Change(ref=_ref(row), opened_at=_moment(row["createdon"]), at=_moment(at))


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
