"""Salesforce's REST API, as developer.salesforce.com describes it: fields that are not there and a unique value
that is taken are refused, queries come in pages, too many calls are a 403."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, bearer, reply
from tests.fakes.wire import says

CLIENT, SECRET = "3MVG9-client-of-the-test", "salesforce-secret-of-the-test"
KEY = "Tier0_Reference__c"
FIELDS = {"Subject", "Description", "Origin", "Status", "Priority", "SuppliedName", "SuppliedEmail", KEY}
STATUSES = {"New", "Working", "Escalated", "On Hold", "Closed"}
API = "/services/data/v61.0"


class FakeSalesforce(FakeVendor):
    create = r"^POST /services/data/v61.0/sobjects/Case$"
    search = r"^GET /services/data/v61.0/query$"
    nonsense = {"No_Such_Field__c": "x"}

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[str, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []
        self.linked: list[tuple[str, str, bytes]] = []
        self.token = "00D-token-1"
        self.cursors: dict[str, list[Any]] = {}

    def let_in(self, request: Request) -> None:
        if bearer(request) != self.token:
            raise _fault(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def not_found(self) -> Refused:
        return _fault(404, "NOT_FOUND", "The requested resource does not exist")

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        case = rf"{API}/sobjects/Case/(?P<identifier>\w+)"
        return [
            ("POST", "/services/oauth2/token", _open(self._sign_in)),
            ("POST", f"{API}/sobjects/Case", self._create),
            ("GET", f"{API}/sobjects/Case/describe", self._describe),
            ("GET", case, lambda _request, identifier: reply(self._case(identifier))),
            ("PATCH", case, self._change),
            ("POST", f"{API}/sobjects/CaseComment", self._comment),
            ("POST", f"{API}/sobjects/ContentVersion", self._upload),
            ("GET", f"{API}/query", self._query),
            ("GET", rf"{API}/query/(?P<cursor>[\w-]+)", self._more),
        ]

    def _sign_in(self, request: Request) -> Response:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        if request.form.to_dict() != wanted:
            return reply({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        return reply({"access_token": self.token, "token_type": "Bearer", "instance_url": self.wire.url})

    def _create(self, request: Request) -> Response:
        body = request.get_json()
        _check(body)
        for identifier, case in self.cases.items():
            if body.get(KEY) and case[KEY] == body[KEY]:
                message = f"duplicate value found: {KEY} duplicates value on record with id: {identifier}"
                raise _fault(400, "DUPLICATE_VALUE", message, KEY)
        identifier, now = f"500xx{len(self.cases):010}AAA", self._stamp()
        made = {"Id": identifier, "CreatedDate": now, "LastModifiedDate": now}
        made["CaseNumber"] = f"{len(self.cases) + 1_001:08}"
        self.cases[identifier] = {**dict.fromkeys(FIELDS), **body, **made}
        return reply({"id": identifier, "success": True, "errors": []}, 201)

    def _describe(self, request: Request) -> Response:
        fields = [{"name": name, "createable": True, "unique": name == KEY} for name in sorted(FIELDS)]
        return reply({"name": "Case", "fields": fields})

    def _change(self, request: Request, identifier: str) -> Response:
        case, body = self._case(identifier), request.get_json()
        _check(body)
        case |= {**body, "LastModifiedDate": self._stamp()}
        return Response(status=204)

    def _comment(self, request: Request) -> Response:
        body = request.get_json()
        if set(body) != {"ParentId", "CommentBody", "IsPublished"}:
            raise _fault(400, "INVALID_FIELD", "No such column on sobject of type CaseComment")
        if len(body["CommentBody"].encode()) > 4_000:
            raise _fault(400, "STRING_TOO_LONG", "Comment: data value too large", "CommentBody")
        self._case(body["ParentId"])
        return reply({"id": self._say(body, "Tier0"), "success": True, "errors": []}, 201)

    def _upload(self, request: Request) -> Response:
        body = request.get_json()
        self._case(body["FirstPublishLocationId"])
        data = base64.b64decode(body["VersionData"])
        self.linked.append((body["FirstPublishLocationId"], body["Title"], data))
        return reply({"id": f"068{len(self.linked)}", "success": True, "errors": []}, 201)

    def _query(self, request: Request) -> Response:
        return self._page(self._found(request.args["q"]))

    def _more(self, request: Request, cursor: str) -> Response:
        return self._page(self.cursors.pop(cursor))

    def _page(self, rows: list[Any]) -> Response:
        page, rest = rows[: self.page], rows[self.page :]
        answer: dict[str, Any] = {"totalSize": len(rows), "done": not rest, "records": page}
        if rest:
            cursor = f"01g{len(self.cursors)}-{len(rest)}"
            self.cursors[cursor] = rest
            answer["nextRecordsUrl"] = f"{API}/query/{cursor}"
        return reply(answer)

    def _found(self, soql: str) -> list[Any]:
        if key := re.search(rf"FROM Case WHERE {KEY} = '([^']*)'", soql):
            return [case for case in self.cases.values() if (case[KEY] or "").lower() == key[1].lower()]
        if since := re.search(rf"FROM Case WHERE {KEY} LIKE 'T0-%' AND LastModifiedDate >= (\S+)", soql):
            return [
                case for case in self.cases.values() if case[KEY] and case["LastModifiedDate"] >= since[1]
            ]
        if since := re.search(
            rf"FROM CaseComment WHERE Parent.{KEY} LIKE 'T0-%' AND CreatedDate >= (\S+)", soql
        ):
            found = [each for each in self.said if each["CreatedDate"] >= since[1]]
            return [{**each, "Parent": self.cases[each["ParentId"]]} for each in found]
        if parent := re.search(r"FROM CaseComment WHERE ParentId = '(\w+)' ORDER BY", soql):
            return [each for each in self.said if each["ParentId"] == parent[1]]
        if entity := re.search(r"FROM ContentDocumentLink WHERE LinkedEntityId = '(\w+)'", soql):
            titles = [title for case, title, _ in self.linked if case == entity[1]]
            return [{"ContentDocument": {"Title": title}} for title in titles]
        raise _fault(400, "MALFORMED_QUERY", f"unexpected token: {soql}")

    def _say(self, body: dict[str, Any], author: str) -> str:
        identifier = f"00a{len(self.said):012}"
        self.said.append(
            {**body, "Id": identifier, "CreatedDate": self._stamp(), "CreatedBy": {"Name": author}}
        )
        return identifier

    def _case(self, identifier: str) -> dict[str, Any]:
        if identifier not in self.cases:
            raise self.not_found()
        return self.cases[identifier]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(case[KEY] == key for case in self.cases.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        return self.cases[ref.id]["Subject"], self.cases[ref.id]["Description"]

    def comments(self, ref: TicketRef) -> list[str]:
        return [each["CommentBody"] for each in self.said if each["ParentId"] == ref.id]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return {title: data for case, title, data in self.linked if case == ref.id}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._say({"ParentId": ref.id, "CommentBody": text, "IsPublished": public}, "Anna Agent")

    def resolve(self, ref: TicketRef) -> None:
        self.cases[ref.id] |= {"Status": "Closed", "LastModifiedDate": self._stamp()}

    def limited(self) -> Callable[[], Any]:
        body = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        return says(403, json.dumps(body))


def _check(body: dict[str, Any]) -> None:
    for name in set(body) - FIELDS:
        raise _fault(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Case")
    if body.get("Status", "New") not in STATUSES:
        raise _fault(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "bad value for restricted picklist field",
            "Status",
        )


def _fault(status: int, code: str, message: str, *fields: str) -> Refused:
    return Refused(status, [{"message": message, "errorCode": code, "fields": list(fields)}])


def _open(route: Route) -> Route:
    def opened(request: Request) -> Response:
        return route(request)

    opened.open_to_all = True  # type: ignore[attr-defined]
    return opened
