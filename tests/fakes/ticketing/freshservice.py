"""Freshservice's API v2, as api.freshservice.com describes it: fields that are not there are refused, a filter by tag."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.html_text import from_html, to_html
from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, basic, reply
from tests.fakes.wire import says

TOKEN = "freshservice-key-of-the-test"
NEEDED = ("subject", "description", "email", "priority", "status", "source")
FIELDS = {
    *NEEDED,
    "type",
    "urgency",
    "impact",
    "tags",
    "group_id",
    "category",
    "custom_fields",
    "workspace_id",
}
AGENTS = {11: {"first_name": "Tier0", "last_name": ""}, 12: {"first_name": "Anna", "last_name": "Agent"}}


class FakeFreshservice(FakeVendor):
    create = r"^POST /api/v2/tickets$"
    search = r"^GET /api/v2/tickets/filter$"
    nonsense = {"no_such_field": "x"}
    filter_page = 30

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, dict[str, Any]] = {}
        self.said: dict[int, list[dict[str, Any]]] = {}
        self.content: dict[tuple[int, str], bytes] = {}

    def let_in(self, request: Request) -> None:
        if basic(request)[0] != TOKEN:
            raise Refused(
                401,
                {
                    "code": "invalid_credentials",
                    "message": "You have to be logged in to perform this action.",
                },
            )

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        ticket = r"/api/v2/tickets/(?P<number>\d+)"
        return [
            ("POST", "/api/v2/tickets", self._create),
            ("GET", "/api/v2/tickets", self._list),
            ("GET", "/api/v2/tickets/filter", self._filter),
            ("GET", ticket, lambda _request, number: reply({"ticket": self._ticket(number)})),
            ("PUT", ticket, self._update),
            ("GET", f"{ticket}/conversations", self._conversations),
            ("POST", f"{ticket}/notes", self._note),
            ("GET", r"/api/v2/agents/(?P<number>\d+)", self._agent),
        ]

    def _create(self, request: Request) -> Response:
        body = request.get_json()
        faults = [
            _fault(name, "invalid_field", "Unexpected/invalid field in request")
            for name in set(body) - FIELDS
        ]
        faults += [
            _fault(name, "missing_field", "It should be present") for name in NEEDED if not body.get(name)
        ]
        faults += _wrong_values(body)
        if faults:
            raise Refused(400, {"description": "Validation failed", "errors": faults})
        number, now = len(self.kept) + 1, self._stamp()
        self.kept[number] = {**body, "id": number, "created_at": now, "updated_at": now, "attachments": []}
        self.said[number] = []
        return reply({"ticket": self.kept[number]}, 201)

    def _list(self, request: Request) -> Response:
        since = request.args.get("updated_since", "")
        found = [each for each in self.kept.values() if each["updated_at"] >= since]
        return self._paged(request, "tickets", found, int(request.args.get("per_page", 30)))

    def _filter(self, request: Request) -> Response:
        tag = re.fullmatch(r"\"tag:'(.+)'\"", request.args["query"])
        if tag is None or "per_page" in request.args:
            raise Refused(400, {"code": "invalid_query", "message": "Invalid query"})
        found = [each for each in self.kept.values() if tag[1] in each["tags"]]
        return self._paged(request, "tickets", found, self.filter_page)

    def _update(self, request: Request, number: str) -> Response:
        ticket, body = self._ticket(number), request.get_json()
        faults = [
            _fault(name, "invalid_field", "Unexpected/invalid field in request")
            for name in set(body) - FIELDS
        ]
        if faults := faults + _wrong_values(body):
            raise Refused(400, {"description": "Validation failed", "errors": faults})
        ticket |= {**body, "updated_at": self._stamp()}
        return reply({"ticket": ticket})

    def _conversations(self, request: Request, number: str) -> Response:
        said = self.said[self._ticket(number)["id"]]
        return self._paged(request, "conversations", said, int(request.args["per_page"]))

    def _note(self, request: Request, number: str) -> Response:
        ticket = self._ticket(number)
        body = request.get_json(silent=True) or {
            **request.form,
            "private": request.form.get("private") == "true",
        }
        files = request.files.getlist("attachments[]")
        for file in files:
            self.content[ticket["id"], str(file.filename)] = file.read()
        names = [{"name": file.filename} for file in files]
        note = self._say(ticket["id"], body["body"], 11, private=body["private"], attachments=names)
        return reply({"conversation": note}, 201)

    def _agent(self, request: Request, number: str) -> Response:
        if int(number) not in AGENTS:
            raise Refused(404)
        return reply({"agent": AGENTS[int(number)]})

    def _paged(self, request: Request, name: str, rows: list[Any], size: int) -> Response:
        page = int(request.args.get("page", 1))
        size = min(size, 100)
        return reply({name: rows[(page - 1) * size : page * size], "total": len(rows)})

    def _say(
        self, number: int, body: str, user: int, *, private: bool, attachments: Any = ()
    ) -> dict[str, Any]:
        note = {"id": 1_000 * number + len(self.said[number]), "body": body, "body_text": from_html(body), "user_id": user,
                "private": private, "created_at": self._stamp(), "attachments": list(attachments)}  # fmt: skip
        self.said[number].append(note)
        self.kept[number]["updated_at"] = self._stamp()
        return note

    def _ticket(self, number: str) -> dict[str, Any]:
        if int(number) not in self.kept:
            raise Refused(404)
        return self.kept[int(number)]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(key in each["tags"] for each in self.kept.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        ticket = self.kept[int(ref.id)]
        assert "<script" not in ticket["description"]
        return ticket["subject"], from_html(ticket["description"])

    def comments(self, ref: TicketRef) -> list[str]:
        said = self.said[int(ref.id)]
        assert not any("<script" in each["body"] or "<img" in each["body"] for each in said)
        return [from_html(each["body"]) for each in said]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return {name: data for (number, name), data in self.content.items() if number == int(ref.id)}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._say(int(ref.id), to_html(text), 12, private=not public)

    def resolve(self, ref: TicketRef) -> None:
        self.kept[int(ref.id)] |= {"status": 4, "updated_at": self._stamp()}

    def limited(self) -> Callable[[], Any]:
        return says(429, '{"message":"You have exceeded the limit of requests per minute"}', Retry_After="7")

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.filter_page = 3
        monkeypatch.setattr("servicedesk.ticketing.freshservice.PAGE", 2)
        monkeypatch.setattr("servicedesk.ticketing.freshservice.FILTER_PAGE", 3)


def _wrong_values(body: dict[str, Any]) -> list[dict[str, str]]:
    ranges = {"priority": 4, "status": 5, "urgency": 3, "impact": 3}
    return [
        _fault(name, "invalid_value", f"It should be one of these values: 1 to {most}")
        for name, most in ranges.items()
        if name in body and body[name] not in range(1, most + 1)
    ]


def _fault(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message, "code": code}
