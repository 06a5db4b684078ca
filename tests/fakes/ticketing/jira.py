"""Jira Service Management Cloud, as developer.atlassian.com describes it: requests with fields of their request type's form,
text in Atlassian documents, a search for words with nextPageToken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.atlassian_document import from_document
from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, basic, reply
from tests.fakes.wire import says

USER, TOKEN = "tier0@nordlys.example", "ATATT-a-token-of-the-test"
KEY = "customfield_10050"
FORM = {"summary": True, "description": False, KEY: False, "customfield_10060": False}
TRANSITIONS = {"11": ("Back to in progress", "In progress"), "21": ("Cancel request", "Canceled")}
CATEGORIES = {
    "Waiting for support": "new",
    "In progress": "indeterminate",
    "Canceled": "done",
    "Resolved": "done",
}
NODES = {"doc", "paragraph", "text", "hardBreak"}
KARI = {"accountId": "5b10ac8d82e05b22cc7d4ef5", "displayName": "Kari Nordmann", "active": True}
ME = {"accountId": "5b10a2844c20165700ede21g", "displayName": "Tier0", "active": True}


class FakeJira(FakeVendor):
    create = r"^POST /rest/servicedeskapi/request$"
    search = r"^GET /rest/api/3/search/jql$"
    nonsense = {"requestFieldValues": {"customfield_99999": "x"}}

    def __init__(self) -> None:
        super().__init__()
        self.issues: dict[str, dict[str, Any]] = {}

    def let_in(self, request: Request) -> None:
        if basic(request) != (USER, TOKEN):
            raise Refused(
                401, {"message": "Client must be authenticated to access this resource.", "status-code": 401}
            )

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        issue = r"/rest/api/3/issue/(?P<issue_id>[^/]+)"
        return [
            ("POST", "/rest/servicedeskapi/request", self._create),
            ("GET", r"/rest/servicedeskapi/servicedesk/1/requesttype/(?P<kind>\d+)/field", self._form),
            ("GET", "/rest/api/3/search/jql", self._search),
            ("GET", "/rest/api/3/user/search", self._users),
            ("GET", issue, self._get),
            ("GET", f"{issue}/comment", self._comments),
            ("POST", f"{issue}/comment", self._comment),
            ("GET", f"{issue}/transitions", self._transitions),
            ("POST", f"{issue}/transitions", self._transition),
            ("POST", f"{issue}/attachments", self._attach),
        ]

    def _create(self, request: Request) -> Response:
        body = request.get_json()
        unknown = set(body) - {
            "serviceDeskId",
            "requestTypeId",
            "requestFieldValues",
            "raiseOnBehalfOf",
            "isAdfRequest",
        }
        values = body.get("requestFieldValues", {})
        if (
            unknown
            or str(body.get("serviceDeskId")) != "1"
            or str(body.get("requestTypeId")) not in ("10", "11")
        ):
            raise _wrong("The request type does not exist, or the body is not understood.")
        for name in set(values) - set(FORM):
            raise _wrong(f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")
        for name in (name for name, needed in FORM.items() if needed and not values.get(name)):
            raise _wrong(f"Your request could not be created. Please check the fields: {name}")
        if len(values["summary"]) > 255 or "\n" in values["summary"]:
            raise _wrong("The summary is invalid")
        if body.get("isAdfRequest") is not True:
            raise _wrong("description: a string is taken for wiki markup")
        _check_document(values.get("description"))
        if body.get("raiseOnBehalfOf", KARI["accountId"]) != KARI["accountId"]:
            raise _wrong("The user does not exist.")
        identifier, now = str(10_000 + len(self.issues)), self.tick()
        self.issues[identifier] = {
            "id": identifier, "key": f"IT-{len(self.issues) + 1}", "comments": [], "attached": [],
            "reporter": body.get("raiseOnBehalfOf"),
            "fields": {**values, "status": _status("Waiting for support"), "created": _stamp(now), "updated": _stamp(now)},
        }  # fmt: skip
        made = {
            "issueId": identifier,
            "issueKey": self.issues[identifier]["key"],
            "requestTypeId": body["requestTypeId"],
        }
        return reply(made, 201)

    def _form(self, request: Request, kind: str) -> Response:
        fields = [{"fieldId": name, "required": needed} for name, needed in FORM.items()]
        return reply(
            {"requestTypeFields": fields, "canRaiseOnBehalfOf": True, "canAddRequestParticipants": True}
        )

    def _users(self, request: Request) -> Response:
        return reply([KARI] if request.args["query"] == "kari.nordmann@nordlys.example" else [])

    def _search(self, request: Request) -> Response:
        jql = request.args["jql"]
        found = list(self.issues.values())
        if words := re.search(r'cf\[10050\] ~ "\\"(.+?)\\""', jql):
            # A search for words, and dashes part them.
            wanted = set(words[1].split("-"))
            found = [issue for issue in found if wanted & set(issue["fields"].get(KEY, "").split("-"))]
        elif minutes := re.search(r'cf\[10050\] is not EMPTY AND updated >= "-(\d+)m"', jql):
            since = datetime.now(timezone.utc) - timedelta(minutes=int(minutes[1]))
            found = [issue for issue in found if _parsed(issue["fields"]["updated"]) >= since]
            found.sort(key=lambda issue: issue["fields"]["updated"])
        else:
            raise Refused(400, {"errorMessages": ["Error in the JQL Query"], "errors": {}})
        start = int(request.args.get("nextPageToken", "t0")[1:])
        limit = min(self.page, int(request.args["maxResults"]))
        names = request.args.get("fields", "").split(",")
        page: dict[str, Any] = {"issues": [_chosen(issue, names) for issue in found[start : start + limit]]}
        page["isLast"] = start + limit >= len(found)
        if not page["isLast"]:
            page["nextPageToken"] = f"t{start + limit}"
        return reply(page)

    def _get(self, request: Request, issue_id: str) -> Response:
        issue = self._issue(issue_id)
        with_files = {**issue["fields"], "attachment": [{"filename": name} for name, _ in issue["attached"]]}
        return reply(_chosen({**issue, "fields": with_files}, request.args.get("fields", "").split(",")))

    def _comments(self, request: Request, issue_id: str) -> Response:
        comments = self._issue(issue_id)["comments"]
        start, limit = int(request.args["startAt"]), min(self.page, int(request.args["maxResults"]))
        page = {
            "startAt": start,
            "maxResults": limit,
            "total": len(comments),
            "comments": comments[start : start + limit],
        }
        return reply(page)

    def _comment(self, request: Request, issue_id: str) -> Response:
        body = request.get_json()
        _check_document(body["body"])
        (internal,) = [
            each["value"]["internal"] for each in body["properties"] if each["key"] == "sd.public.comment"
        ]
        return reply(self._write(issue_id, body["body"], ME, public=not internal), 201)

    def _transitions(self, request: Request, issue_id: str) -> Response:
        self._issue(issue_id)
        return reply({"transitions": [{"id": key, "name": name} for key, (name, _) in TRANSITIONS.items()]})

    def _transition(self, request: Request, issue_id: str) -> Response:
        identifier = request.get_json()["transition"]["id"]
        if identifier not in TRANSITIONS:
            raise Refused(
                400,
                {"errorMessages": ["It seems that you have tried to perform an invalid workflow operation"]},
            )
        self._put(issue_id, TRANSITIONS[identifier][1])
        return Response(status=204)

    def _attach(self, request: Request, issue_id: str) -> Response:
        issue = self._issue(issue_id)
        if request.headers.get("X-Atlassian-Token") != "no-check":
            return Response("XSRF check failed", 403)
        file = request.files["file"]
        issue["attached"].append((file.filename, file.read()))
        issue["fields"]["updated"] = _stamp(self.tick())
        return reply([{"filename": file.filename}])

    def _write(self, issue_id: str, document: Any, author: dict[str, Any], *, public: bool) -> dict[str, Any]:
        issue, now = self._issue(issue_id), self.tick()
        comment = {"id": str(20_000 + len(issue["comments"])), "author": author, "body": document,
                   "created": _stamp(now), "jsdPublic": public}  # fmt: skip
        issue["comments"].append(comment)
        issue["fields"]["updated"] = _stamp(now)
        return comment

    def _put(self, issue_id: str, status: str) -> None:
        self._issue(issue_id)["fields"] |= {"status": _status(status), "updated": _stamp(self.tick())}

    def _issue(self, issue_id: str) -> dict[str, Any]:
        if issue_id not in self.issues:
            message = "Issue does not exist or you do not have permission to see it."
            raise Refused(404, {"errorMessages": [message], "errors": {}})
        return self.issues[issue_id]

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(issue["fields"].get(KEY) == key for issue in self.issues.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        fields = self.issues[ref.id]["fields"]
        return fields["summary"], from_document(fields["description"])

    def comments(self, ref: TicketRef) -> list[str]:
        return [from_document(comment["body"]) for comment in self.issues[ref.id]["comments"]]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return dict(self.issues[ref.id]["attached"])

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        lines = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}]}
            for line in text.split("\n")
            if line
        ]
        document = {"type": "doc", "version": 1, "content": lines}
        self._write(ref.id, document, {"displayName": "Anna Agent"}, public=public)

    def resolve(self, ref: TicketRef) -> None:
        self._put(ref.id, "Resolved")

    def limited(self) -> Callable[[], Any]:
        return says(
            429, '{"errorMessages":["Rate limit exceeded."]}', Retry_After="7", X_RateLimit_NearLimit="false"
        )

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().small_pages(monkeypatch)
        monkeypatch.setattr("servicedesk.ticketing.jira_service_management.PAGE", 2)


def _wrong(message: str) -> Refused:
    return Refused(
        400, {"errorMessage": message, "i18nErrorMessage": {"i18nKey": "sd.error", "parameters": []}}
    )


def _check_document(node: Any) -> None:
    """What the editor takes: known nodes, and no text node without text."""
    if (
        not isinstance(node, dict)
        or node.get("type") not in NODES
        or (node["type"] == "text" and not node.get("text"))
    ):
        raise Refused(
            400, {"errorMessages": ["INVALID_INPUT"], "errors": {"comment": "Comment body is not valid!"}}
        )
    for child in node.get("content", ()):
        _check_document(child)


def _status(name: str) -> dict[str, Any]:
    return {"name": name, "statusCategory": {"key": CATEGORIES[name]}}


def _chosen(issue: dict[str, Any], names: list[str]) -> dict[str, Any]:
    fields = {name: value for name, value in issue["fields"].items() if name in names}
    return {"id": issue["id"], "key": issue["key"], "fields": fields}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _parsed(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
