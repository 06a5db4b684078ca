"""Salesforce Service Cloud.

developer.salesforce.com, "REST API Developer Guide": sObject Basic Information (POST, errorCode DUPLICATE_VALUE for a unique
field), Query (nextRecordsUrl), sObject Describe, status code 403 with REQUEST_LIMIT_EXCEEDED; "Object Reference": Case,
CaseComment (4,000 bytes), ContentVersion; "OAuth 2.0 Client Credentials Flow"."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.errors import SettingsError
from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, ok, wrong
from servicedesk.ticketing.errors import OutcomeUnknown, TicketRejected, TicketSystemError
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import client_credentials


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    sign_in = client_credentials(settings, f"{settings.url}/services/oauth2/token")
    return OutsideTickets(Salesforce(Http(settings, sign_in), mapping), mapping)


class Salesforce:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.UNIQUE
    search_lag = timedelta()  # SOQL reads the database itself
    attaches_on_open = False
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self._key_field = mapping.option("key_field")
        if not re.fullmatch(r"\w+", self._key_field, re.ASCII):
            raise SettingsError(
                "TIER0_TICKETING_MAPPING: options.key_field: is no name such as Tier0_Reference__c"
            )
        self._api = f"services/data/{quote(mapping.option('api_version'), safe='')}"

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        body = {**fields, self._key_field: key}
        answer = self._http.send("POST", f"{self._api}/sobjects/Case", json=body, takes=(400,))
        if answer.status != 400:
            return self._ref(str(answer.object["id"]))
        if "DUPLICATE_VALUE" not in answer.fault:
            raise TicketRejected(answer.fault)
        found = next(self.search(key), None)
        if found is None:
            raise OutcomeUnknown("the reference is taken, and its ticket is not seen")
        return found

    def search(self, key: str) -> Iterator[TicketRef]:
        where = f"{self._key_field} = '{_quoted(key)}' ORDER BY CreatedDate"
        for row in self._query(f"SELECT Id, CaseNumber, {self._key_field} FROM Case WHERE {where}"):
            if row.get(self._key_field) == key:  # Salesforce does not tell capitals from small letters
                yield TicketRef(id=row["Id"], number=row["CaseNumber"])

    def read(self, ref: TicketRef) -> Record:
        fields = f"CaseNumber,Status,Subject,LastModifiedDate,{self._key_field}"
        row = self._http.get(self._case(ref.id), params={"fields": fields}).object
        return Record(
            ref=TicketRef(id=ref.id, number=row["CaseNumber"]),
            key=row.get(self._key_field) or "",
            state=row.get("Status") or "",
            summary=row.get("Subject") or "",
            updated_at=_moment(row["LastModifiedDate"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        fields = "Id, CommentBody, IsPublished, CreatedDate, CreatedBy.Name"
        where = f"ParentId = '{_quoted(ref.id)}' ORDER BY CreatedDate, Id"
        for row in self._query(f"SELECT {fields} FROM CaseComment WHERE {where}"):
            yield Note(
                id=row["Id"],
                at=_moment(row["CreatedDate"]),
                author=str((row.get("CreatedBy") or {}).get("Name") or ""),
                text=str(row.get("CommentBody") or "").strip(),
                public=row.get("IsPublished") is True,
            )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        body = {"ParentId": ref.id, "CommentBody": text, "IsPublished": public}
        self._http.send("POST", f"{self._api}/sobjects/CaseComment", json=body)

    def change(self, ref: TicketRef, fields: Fields) -> None:
        self._http.send("PATCH", self._case(ref.id), json=fields)

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        where = f"LinkedEntityId = '{_quoted(ref.id)}'"
        for row in self._query(f"SELECT ContentDocument.Title FROM ContentDocumentLink WHERE {where}"):
            yield str((row.get("ContentDocument") or {}).get("Title") or "")

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        body = {
            "Title": attachment.name,
            "PathOnClient": attachment.name,
            "VersionData": base64.b64encode(attachment.content).decode(),
            "FirstPublishLocationId": ref.id,
        }
        self._http.send("POST", f"{self._api}/sobjects/ContentVersion", json=body)

    def changed(self, since: datetime) -> Iterator[Change]:
        """Cases that changed, and those with a new comment: whether that counts as a change is up to the org."""
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        ours = f"{self._key_field} LIKE 'T0-%'"
        found: dict[str, Change] = {}
        cases = (
            "SELECT Id, CaseNumber, CreatedDate, LastModifiedDate FROM Case"
            f" WHERE {ours} AND LastModifiedDate >= {moment}"
        )
        for row in self._query(cases):
            found[row["Id"]] = _change(row, row["LastModifiedDate"])
        comments = (
            "SELECT CreatedDate, Parent.Id, Parent.CaseNumber, Parent.CreatedDate FROM CaseComment"
            f" WHERE Parent.{ours} AND CreatedDate >= {moment}"
        )
        for row in self._query(comments):
            change = _change(row["Parent"], row["CreatedDate"])
            before = found.get(change.ref.id)
            if before is None or before.at < change.at:
                found[change.ref.id] = change
        yield from sorted(found.values(), key=lambda change: change.at)

    def check(self) -> Iterator[Finding]:
        try:
            described = self._http.get(f"{self._api}/sobjects/Case/describe").object.get("fields") or ()
        except TicketSystemError as err:
            yield wrong("connection", f"{type(err).__name__}: {err}")
            return
        yield ok("connection", "the object Case can be read")
        fields = {str(field["name"]): field for field in described}
        key = fields.get(self._key_field)
        if key is None:
            yield wrong("field", f"Case has no {self._key_field}, or our user may not see it")
        elif not key.get("unique"):
            yield wrong("field", f"{self._key_field} is not unique: a lost answer could end in a second case")
        else:
            yield ok("field", f"{self._key_field} is unique")
        for name in sorted(
            set(self._mapping.create) - {n for n, field in fields.items() if field.get("createable")}
        ):
            yield wrong("field", f"Case has no {name}, or our user may not set it")

    def _ref(self, identifier: str) -> TicketRef:
        row = self._http.get(self._case(identifier), params={"fields": "CaseNumber"}).object
        return TicketRef(id=identifier, number=row["CaseNumber"])

    def _case(self, identifier: str) -> str:
        return f"{self._api}/sobjects/Case/{quote(identifier, safe='')}"

    def _query(self, soql: str) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        page = self._http.get(f"{self._api}/query", params={"q": soql}, deadline=deadline).object
        while True:
            yield from page.get("records") or ()
            if page.get("done", True):
                return
            page = self._http.get(str(page["nextRecordsUrl"]), deadline=deadline).object


def _change(case: dict[str, Any], at: str) -> Change:
    ref = TicketRef(id=case["Id"], number=case["CaseNumber"])
    return Change(ref=ref, opened_at=_moment(case["CreatedDate"]), at=_moment(at))


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
