"""BMC Helix ITSM (Remedy), by the AR System REST API.

docs.bmc.com: "Overview of the platform REST API" (POST /api/jwt/login, Authorization: AR-JWT), "The platform REST API
references" (HPD:IncidentInterface_Create, HPD:IncidentInterface, HPD:WorkLog), "Endpoints in AR REST API" (q, fields, sort,
limit, offset; attachments as attach-FIELD). Errors are a list with messageNumber. Names with blanks are the forms' own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from servicedesk.exchange import Deadline, NoAnswer, NotSent, exchange, new_session
from servicedesk.findings import Finding, note, ok, wrong
from servicedesk.ticketing.errors import (
    AccessRefused,
    TicketNotFound,
    TicketSystemError,
    TicketSystemUnavailable,
)
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import TOKEN_SECONDS, Token

API = "api/arsys/v1/entry"
CREATE, INCIDENT, WORK_LOG = (
    quote(form, safe="") for form in ("HPD:IncidentInterface_Create", "HPD:IncidentInterface", "HPD:WorkLog")
)
NUMBER, FILE = "Incident Number", "z2AF Work Log01"
PAGE = 100
TOKEN_LIFETIME = 3600.0
LOOKED_AT = 500  # rows that are read at most to see what changed


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    session = new_session(str(settings.ca_file) if settings.ca_file else True)
    return OutsideTickets(BmcHelix(Http(settings, _sign_in(settings, session), session), mapping), mapping)


def _sign_in(settings: TicketingSettings, session: requests.Session) -> Token:
    """A JSON Web Token, which comes as the whole body."""
    user = settings.needed("user")

    def fetch() -> tuple[str, float]:
        form = {"username": user, "password": settings.secret.read()}
        try:
            received = exchange(
                session,
                "POST",
                f"{settings.url}/api/jwt/login",
                headers={},
                deadline=Deadline(TOKEN_SECONDS),
                data=form,
            )
        except (NotSent, NoAnswer) as err:
            raise TicketSystemUnavailable(f"the sign-in does not answer ({err})") from None
        if received.status in (400, 401, 403):
            raise AccessRefused(f"{received.status}: the sign-in refuses us")
        token = received.content.decode("ascii", "replace").strip()
        if received.status != 200 or not re.fullmatch(r"[\w.=-]+", token, re.ASCII):
            raise TicketSystemUnavailable(f"the sign-in answers {received.status}")
        return token, TOKEN_LIFETIME

    return Token(fetch, "AR-JWT")


class BmcHelix:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta()  # a qualification reads the database itself
    attaches_on_open = False
    people = None

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self._key_field = mapping.option("key_field")
        self._create_key_field = mapping.option("create_key_field")

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        params = {"fields": f"values({NUMBER})"}
        body = {"values": {**fields, self._create_key_field: key}}
        return _ref(self._http.send("POST", f"{API}/{CREATE}", params=params, json=body).object["values"])

    def search(self, key: str) -> Iterator[TicketRef]:
        if '"' in key:
            return
        where = f"'{self._key_field}' = \"{key}\""
        for values in self._rows(INCIDENT, where, (NUMBER, self._key_field), "Submit Date.asc"):
            if values.get(self._key_field) == key:
                yield _ref(values)

    def read(self, ref: TicketRef) -> Record:
        values = self._incident(ref, "Status", "Description", "Last Modified Date", self._key_field)
        return Record(
            ref=_ref(values),
            key=values.get(self._key_field) or "",
            state=values.get("Status") or "",
            summary=values.get("Description") or "",
            updated_at=_moment(values["Last Modified Date"]),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        for values in self._work_log(ref):
            text = str(values.get("Detailed Description") or "").strip()
            if text:
                yield Note(
                    id=values["Work Log ID"],
                    at=_moment(values["Work Log Submit Date"]),
                    author=values.get("Work Log Submitter") or "",
                    text=text,
                    public=values.get("View Access") == "Public",
                )

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._http.send("POST", f"{API}/{WORK_LOG}", json={"values": _log(ref, text, public=public)})

    def change(self, ref: TicketRef, fields: Fields) -> None:
        entry = quote(str(self._incident(ref, "Request ID")["Request ID"]), safe="")
        self._http.send("PUT", f"{API}/{INCIDENT}/{entry}", json={"values": fields})

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        for values in self._work_log(ref):
            file = values.get(FILE)
            if isinstance(file, dict):
                yield str(file.get("name") or "")

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        values = {**_log(ref, attachment.name, public=False), FILE: attachment.name}
        parts = {
            "entry": (None, json.dumps({"values": values}), "application/json"),
            f"attach-{FILE}": (attachment.name, attachment.content, attachment.media_type),
        }
        self._http.send("POST", f"{API}/{WORK_LOG}", files=parts)

    def changed(self, since: datetime) -> Iterator[Change]:
        """Read backwards until it gets too old: a time in a qualification means another zone to each server."""
        found: dict[str, Change] = {}
        ours = f"'{self._key_field}' LIKE \"T0-%\""
        fields = (NUMBER, "Submit Date", "Last Modified Date")
        for values in self._until(since, INCIDENT, ours, fields, "Last Modified Date"):
            found[values[NUMBER]] = _change(values, values["Last Modified Date"])
        noted: dict[str, str] = {}
        logged = (NUMBER, "Work Log Submit Date")
        for values in self._until(since, WORK_LOG, f"'{NUMBER}' != $NULL$", logged, "Work Log Submit Date"):
            noted.setdefault(values[NUMBER], values["Work Log Submit Date"])
        for number, at in noted.items():
            values = self._incident(TicketRef(id=number, number=number), *fields, self._key_field)
            if str(values.get(self._key_field) or "").startswith("T0-"):
                found[number] = _change(values, max(at, values["Last Modified Date"], key=_moment))
        yield from sorted(found.values(), key=lambda change: change.at)

    def check(self) -> Iterator[Finding]:
        for form, fields in (
            (INCIDENT, (NUMBER, self._key_field, "Status")),
            (WORK_LOG, (NUMBER, "View Access")),
        ):
            try:
                list(self._page(form, "", fields, "", 0, 1))
            except TicketSystemError as err:
                yield wrong("form", f"{form}: {type(err).__name__}: {err}")
            else:
                yield ok("form", f"{form.replace('%3A', ':')} can be read")
        yield note("rights", "whether incidents can be opened and changed shows with --try only")

    def _incident(self, ref: TicketRef, *fields: str) -> dict[str, Any]:
        if '"' in ref.id:
            raise TicketNotFound(ref.id)
        for values in self._page(INCIDENT, f"'{NUMBER}' = \"{ref.id}\"", (NUMBER, *fields), "", 0, 1):
            return values
        raise TicketNotFound(ref.id)

    def _work_log(self, ref: TicketRef) -> Iterator[dict[str, Any]]:
        fields = (
            "Work Log ID",
            "Work Log Submit Date",
            "Work Log Submitter",
            "Detailed Description",
            "View Access",
            FILE,
        )
        return self._rows(WORK_LOG, f"'{NUMBER}' = \"{ref.id}\"", fields, "Work Log Submit Date.asc")

    def _until(
        self, since: datetime, form: str, where: str, fields: Sequence[str], date: str
    ) -> Iterator[dict[str, Any]]:
        for count, values in enumerate(self._rows(form, where, fields, f"{date}.desc")):
            if _moment(values[date]) < since or count == LOOKED_AT:
                return
            yield values

    def _rows(self, form: str, where: str, fields: Sequence[str], sort: str) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        offset = 0
        while True:
            page = list(self._page(form, where, fields, sort, offset, PAGE, deadline))
            yield from page
            if len(page) < PAGE:
                return
            offset += PAGE

    def _page(
        self,
        form: str,
        where: str,
        fields: Sequence[str],
        sort: str,
        offset: int,
        limit: int,
        deadline: Deadline | None = None,
    ) -> Iterator[dict[str, Any]]:
        params = {"fields": f"values({','.join(fields)})", "offset": offset, "limit": limit}
        params |= {name: value for name, value in (("q", where), ("sort", sort)) if value}
        for entry in (
            self._http.get(f"{API}/{form}", params=params, deadline=deadline).object.get("entries") or ()
        ):
            yield entry["values"]


def _log(ref: TicketRef, text: str, *, public: bool) -> Fields:
    return {
        NUMBER: ref.id,
        "Work Log Type": "General Information",
        "Detailed Description": text,
        "View Access": "Public" if public else "Internal",
        "Secure Work Log": "No",
    }


def _ref(values: dict[str, Any]) -> TicketRef:
    return TicketRef(id=values[NUMBER], number=values[NUMBER])


def _change(values: dict[str, Any], at: str) -> Change:
    return Change(ref=_ref(values), opened_at=_moment(values["Submit Date"]), at=_moment(at))


def _moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
