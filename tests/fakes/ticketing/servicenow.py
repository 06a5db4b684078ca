"""ServiceNow's Table and Attachment API, as docs.servicenow.com describes them: fields that a table has not are left out,
a condition on such a field counts for nothing, errors are {"error": {"message", "detail"}, "status": "failure"}."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, basic, reply
from tests.fakes.wire import says

USER, PASSWORD = "svc.tier0", "a-passw0rd-of-the-test"
COLUMNS = {
    "sys_id", "number", "short_description", "description", "caller_id", "impact", "urgency", "contact_type", "state",
    "correlation_id", "correlation_display", "assignment_group", "sys_created_on", "sys_updated_on",
}  # fmt: skip
JOURNAL = ("comments", "work_notes")
CHOICES = {"state": {"1", "2", "3", "6", "7", "8"}}
Row = dict[str, str]


class FakeServiceNow(FakeVendor):
    create = r"^POST /api/now/table/incident$"
    search = r"^GET /api/now/table/incident$"
    nonsense = {"u_not_there": "{language}"}

    def __init__(self) -> None:
        super().__init__()
        self.incidents: dict[str, Row] = {}
        self.journal: list[Row] = []
        self.attached: list[tuple[Row, bytes]] = []
        self.users: list[Row] = [
            {"sys_id": uuid.uuid4().hex, "email": "kari.nordmann@nordlys.example", "active": "true"},
            {"sys_id": uuid.uuid4().hex, "email": "other@nordlys.example", "active": "true"},
        ]
        self._insert({"short_description": "somebody else's"})

    def let_in(self, request: Request) -> None:
        if basic(request) != (USER, PASSWORD):
            raise _failure(401, "User Not Authenticated", "Required to provide Auth information")

    def not_found(self) -> Refused:
        return _failure(400, "Requested URI does not represent any resource", None)

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        incident = r"/api/now/table/incident/(?P<sys_id>[^/]+)"
        return [
            ("POST", "/api/now/table/incident", self._create),
            ("GET", r"/api/now/table/(?P<table>\w+)", self._list),
            ("GET", incident, self._get),
            ("PATCH", incident, self._patch),
            ("POST", "/api/now/attachment/file", self._upload),
            ("GET", "/api/now/attachment", self._list_files),
        ]

    def _create(self, request: Request) -> Response:
        return reply({"result": _chosen(self._insert(_body(request)), request)}, 201)

    def _get(self, request: Request, sys_id: str) -> Response:
        return reply({"result": _chosen(self._row(sys_id), request)})

    def _patch(self, request: Request, sys_id: str) -> Response:
        row, body = self._row(sys_id), _body(request)
        row.update(_kept(body))
        row["sys_updated_on"] = self._stamp()
        for element in JOURNAL:
            if body.get(element):
                self._write(sys_id, element, body[element], USER)
        return reply({"result": _chosen(row, request)})

    def _list(self, request: Request, table: str) -> Response:
        rows = {
            "incident": list(self.incidents.values()),
            "sys_journal_field": self.journal,
            "sys_user": self.users,
        }
        if table not in rows:
            raise _failure(400, f"Invalid table {table}", None)
        return self._paged(rows[table], request)

    def _list_files(self, request: Request) -> Response:
        return self._paged([row for row, _ in self.attached], request)

    def _upload(self, request: Request) -> Response:
        self._row(request.args["table_sys_id"])
        row = {name: request.args[name] for name in ("table_name", "table_sys_id", "file_name")}
        row |= {"sys_id": uuid.uuid4().hex, "content_type": request.headers["Content-Type"]}
        self.attached.append((row, request.get_data()))
        return reply({"result": row}, 201)

    def _paged(self, rows: list[Row], request: Request) -> Response:
        found = _queried(rows, request.args.get("sysparm_query", ""))
        offset = int(request.args.get("sysparm_offset", 0))
        limit = min(self.page, int(request.args.get("sysparm_limit", 10_000)))
        page = [_chosen(row, request) for row in found[offset : offset + limit]]
        return reply({"result": page}, X_Total_Count=str(len(found)))

    def _insert(self, body: Row) -> Row:
        now = self._stamp()
        row = dict.fromkeys(COLUMNS, "") | _kept(body)
        number = f"INC{10_001 + len(self.incidents):07}"
        row |= {"sys_id": uuid.uuid4().hex, "number": number, "sys_created_on": now, "sys_updated_on": now}
        row["state"] = row["state"] or "1"
        self.incidents[row["sys_id"]] = row
        return row

    def _write(self, sys_id: str, element: str, value: str, user: str) -> None:
        self.journal.append(
            {"sys_id": uuid.uuid4().hex, "element_id": sys_id, "element": element, "value": value,
             "sys_created_by": user, "sys_created_on": self._stamp(), "name": "task"}
        )  # fmt: skip

    def _row(self, sys_id: str) -> Row:
        if sys_id not in self.incidents:
            detail = "Record doesn't exist or ACL restricts the record retrieval"
            raise _failure(404, "No Record found", detail)
        return self.incidents[sys_id]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%d %H:%M:%S")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(row["correlation_id"] == key for row in self.incidents.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        row = self.incidents[ref.id]
        return row["short_description"], row["description"]

    def comments(self, ref: TicketRef) -> list[str]:
        """[code] would let HTML through."""
        values = [row["value"] for row in self.journal if row["element_id"] == ref.id]
        assert not any("[code]" in value for value in values)
        return [value.replace("\u200b", "") for value in values]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return {row["file_name"]: data for row, data in self.attached if row["table_sys_id"] == ref.id}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._write(ref.id, JOURNAL[0 if public else 1], text, "anna.agent")
        self.incidents[ref.id]["sys_updated_on"] = self._stamp()

    def resolve(self, ref: TicketRef) -> None:
        self.incidents[ref.id] |= {"state": "6", "sys_updated_on": self._stamp()}

    def limited(self) -> Callable[[], Any]:
        body = '{"error":{"message":"Rate limit exceeded","detail":"Too many requests"},"status":"failure"}'
        return says(429, body, Retry_After="7", X_RateLimit_Limit="500")

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().small_pages(monkeypatch)
        monkeypatch.setattr("servicedesk.ticketing.servicenow.PAGE", 2)


def _failure(status: int, message: str, detail: str | None) -> Refused:
    return Refused(status, {"error": {"message": message, "detail": detail}, "status": "failure"})


def _body(request: Request) -> Row:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise _failure(400, "Exception while reading request", "The payload is not valid JSON.")
    return body


def _kept(body: Row) -> Row:
    """What a table has not is left out, and so is a choice that is none."""
    return {
        name: str(value)
        for name, value in body.items()
        if name in COLUMNS and str(value) in CHOICES.get(name, {str(value)})
    }


def _chosen(row: Row, request: Request) -> Row:
    names = request.args.get("sysparm_fields", "")
    return {name: row[name] for name in names.split(",") if name in row} if names else dict(row)


def _queried(rows: list[Row], query: str) -> list[Row]:
    found, order = rows, ""
    for part in filter(None, query.split("^")):
        if part.startswith("ORDERBY"):
            order = part.removeprefix("ORDERBY")
            continue
        for sign, meets in (
            ("STARTSWITH", str.startswith),
            (">=", str.__ge__),
            ("=", str.__eq__),
            ("IN", lambda value, wanted: value.lower() in wanted.lower().split(",")),
        ):
            name, _, wanted = part.partition(sign)
            if sign in part and name.islower():
                if found and name in found[0]:  # a condition on a field that is not there counts for nothing
                    found = [row for row in found if meets(row[name], wanted)]
                break
    return sorted(found, key=lambda row: row[order]) if order else found
