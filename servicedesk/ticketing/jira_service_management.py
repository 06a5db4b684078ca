"""Jira Service Management in the cloud.

developer.atlassian.com: "Jira Service Management Cloud REST API" (POST /rest/servicedeskapi/request with isAdfRequest,
requesttype/…/field) and "Jira Cloud platform REST API v3" (issue, comment with sd.public.comment, attachments,
transitions, search/jql with nextPageToken), "Rate limiting" (429, Retry-After)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from servicedesk.errors import SettingsError
from servicedesk.exchange import Deadline
from servicedesk.findings import Finding, ok, wrong
from servicedesk.ticketing.atlassian_document import from_document, to_document
from servicedesk.ticketing.errors import TicketRejected, TicketSystemError
from servicedesk.ticketing.http import READ_SECONDS, Http
from servicedesk.ticketing.mapping import FieldMapping, Fields, load, possible
from servicedesk.ticketing.outside import Note, OutsideTickets, Record
from servicedesk.ticketing.people import People
from servicedesk.ticketing.port import Attachment, Change, Keeping, TicketRef
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import Basic

JIRA = "rest/api/3"
DESK = "rest/servicedeskapi"
PAGE = 100


def build(settings: TicketingSettings) -> OutsideTickets:
    mapping = load(settings.system, settings.mapping)
    sign_in = Basic(settings.needed("user"), settings.secret)
    return OutsideTickets(JiraServiceManagement(Http(settings, sign_in), mapping), mapping)


class JiraServiceManagement:
    """Implements servicedesk.ticketing.outside.Vendor."""

    keeping = Keeping.SEARCHED
    search_lag = timedelta(minutes=2)  # JQL reads an index
    attaches_on_open = False

    def __init__(self, http: Http, mapping: FieldMapping) -> None:
        self._http = http
        self._mapping = mapping
        self.people = People(self._accounts)
        self._key_field = mapping.option("key_field")
        number = re.fullmatch(r"customfield_(\d+)", self._key_field)
        if number is None:
            raise SettingsError("TIER0_TICKETING_MAPPING: options.key_field: is no customfield_10050")
        self._in_jql = f"cf[{number[1]}]"
        for name in ("serviceDeskId", "requestTypeId"):
            if not mapping.create.get(name):
                raise SettingsError(f"TIER0_TICKETING_MAPPING: create.{name}: has to be set")

    def create(self, key: str, fields: Fields, attachments: Sequence[Attachment]) -> TicketRef:
        values = {**fields["requestFieldValues"], self._key_field: key}
        most = self._mapping.limits.get("description", 30_000)
        values["description"] = to_document(str(values.get("description", ""))[:most])
        body = {**fields, "requestFieldValues": values, "isAdfRequest": True}
        if "raiseOnBehalfOf" in body:
            body["raiseOnBehalfOf"] = self.people.find(str(body["raiseOnBehalfOf"]))
        body = {name: value for name, value in body.items() if value}
        made = self._http.send("POST", f"{DESK}/request", json=body).object
        return TicketRef(id=str(made["issueId"]), number=str(made["issueKey"]))

    def search(self, key: str) -> Iterator[TicketRef]:
        if not re.fullmatch(r"[\w-]+", key):  # has a meaning in JQL
            return
        jql = f'{self._in_jql} ~ "\\"{key}\\"" ORDER BY created ASC'
        for issue in self._issues(jql, [self._key_field]):
            if issue["fields"].get(self._key_field) == key:  # a search for words finds more
                yield _ref(issue)

    def read(self, ref: TicketRef) -> Record:
        params = {"fields": f"summary,status,updated,{self._key_field}"}
        issue = self._http.get(_path(ref), params=params).object
        fields = issue["fields"]
        return Record(
            ref=_ref(issue),
            key=str(fields.get(self._key_field) or ""),
            state=self._state(fields.get("status") or {}),
            summary=str(fields.get("summary") or ""),
            updated_at=_moment(fields.get("updated")),
        )

    def notes(self, ref: TicketRef) -> Iterator[Note]:
        deadline = Deadline(2 * READ_SECONDS)
        start, total = 0, 1
        while start < total:
            params = {"startAt": start, "maxResults": PAGE, "orderBy": "created"}
            page = self._http.get(f"{_path(ref)}/comment", params=params, deadline=deadline).object
            comments = page.get("comments") or []
            for comment in comments:
                yield Note(
                    id=str(comment["id"]),
                    at=_moment(comment.get("created")),
                    author=str((comment.get("author") or {}).get("displayName") or ""),
                    text=from_document(comment.get("body")),
                    public=comment.get("jsdPublic", True) is True,
                )
            total = int(page.get("total", 0)) if comments else 0
            start += len(comments)

    def add_note(self, ref: TicketRef, text: str, *, public: bool) -> None:
        body = {
            "body": to_document(text),
            "properties": [{"key": "sd.public.comment", "value": {"internal": not public}}],
        }
        self._http.send("POST", f"{_path(ref)}/comment", json=body)

    def change(self, ref: TicketRef, fields: Fields) -> None:
        wanted = str(fields.get("transition", ""))
        found = self._http.get(f"{_path(ref)}/transitions").object.get("transitions") or []
        for transition in found:
            if wanted in (transition.get("name"), transition.get("id")):
                body = {"transition": {"id": transition["id"]}}
                self._http.send("POST", f"{_path(ref)}/transitions", json=body)
                return
        raise TicketRejected(f"there is no transition called {wanted} from the status that it has")

    def file_names(self, ref: TicketRef) -> Iterator[str]:
        issue = self._http.get(_path(ref), params={"fields": "attachment"}).object
        for each in issue["fields"].get("attachment") or ():
            yield str(each.get("filename", ""))

    def add_file(self, ref: TicketRef, attachment: Attachment) -> None:
        self._http.send(
            "POST",
            f"{_path(ref)}/attachments",
            headers={"X-Atlassian-Token": "no-check"},  # else refused as a cross-site request
            files={"file": (attachment.name, attachment.content, attachment.media_type)},
        )

    def changed(self, since: datetime) -> Iterator[Change]:
        # As minutes that have passed: a date would be read in the time zone of our account, and to the minute.
        minutes = math.ceil((datetime.now(timezone.utc) - since) / timedelta(minutes=1)) + 1
        jql = f'{self._in_jql} is not EMPTY AND updated >= "-{max(minutes, 1)}m" ORDER BY updated ASC'
        for issue in self._issues(jql, ["created", "updated"]):
            updated = _moment(issue["fields"]["updated"])
            if updated >= since:
                yield Change(ref=_ref(issue), opened_at=_moment(issue["fields"]["created"]), at=updated)

    def check(self) -> Iterator[Finding]:
        desk = str(self._mapping.create["serviceDeskId"])
        for kind in possible(self._mapping.create["requestTypeId"]):
            try:
                yield from self._check_request_type(desk, kind)
            except TicketSystemError as err:
                yield wrong("request type", f"{kind} of service desk {desk}: {type(err).__name__}: {err}")

    def _check_request_type(self, desk: str, kind: str) -> Iterator[Finding]:
        path = f"{DESK}/servicedesk/{quote(desk, safe='')}/requesttype/{quote(kind, safe='')}/field"
        form = self._http.get(path).object
        there = {
            str(field["fieldId"]): bool(field.get("required")) for field in form.get("requestTypeFields", ())
        }
        ours = {*self._mapping.create["requestFieldValues"], self._key_field}
        missing, empty = (
            sorted(ours - set(there)),
            sorted(name for name, needed in there.items() if needed and name not in ours),
        )
        for name in missing:
            yield wrong("request type", f"{kind}: the form has no field {name}")
        for name in empty:
            yield wrong("request type", f"{kind}: the form needs {name}, and the mapping has nothing for it")
        if not missing and not empty:
            yield ok("request type", f"{kind}: its form has all fields of the mapping")
        if not form.get("canRaiseOnBehalfOf"):
            yield wrong("request type", f"{kind}: our account may not open requests for others")

    def _state(self, status: dict[str, Any]) -> str:
        name = str(status.get("name", ""))
        if name in self._mapping.states:
            return name
        return f"category:{(status.get('statusCategory') or {}).get('key', '')}"

    def _accounts(self, emails: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Their addresses may be hidden from us: so those of one address are asked for at a time."""
        for email in emails:
            for each in self._http.get(f"{JIRA}/user/search", params={"query": email}).body or ():
                if isinstance(each, dict) and each.get("active"):
                    yield email, str(each["accountId"])

    def _issues(self, jql: str, fields: list[str]) -> Iterator[dict[str, Any]]:
        deadline = Deadline(2 * READ_SECONDS)
        params: dict[str, Any] = {"jql": jql, "fields": ",".join(fields), "maxResults": PAGE}
        while True:
            page = self._http.get(f"{JIRA}/search/jql", params=params, deadline=deadline).object
            yield from page.get("issues") or ()
            if page.get("isLast", True) or not page.get("nextPageToken"):
                return
            params["nextPageToken"] = page["nextPageToken"]


def _path(ref: TicketRef) -> str:
    return f"{JIRA}/issue/{quote(ref.id, safe='')}"


def _ref(issue: dict[str, Any]) -> TicketRef:
    return TicketRef(id=str(issue["id"]), number=str(issue["key"]))


def _moment(value: Any) -> datetime:
    return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S.%f%z")
