"""Zammad's API, as docs.zammad.org describes it: unknown attributes are left out, an unknown group is refused."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.html_text import from_html, to_html
from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, reply

TOKEN = "zammad-token-of-the-test"
KEY = "tier0_reference"
STATES = {"new", "open", "pending reminder", "pending close", "closed", "merged"}
PRIORITIES = {"1 low", "2 normal", "3 high"}
ATTRIBUTES = {"title", "group", "customer_id", "priority", "state", KEY}


class FakeZammad(FakeVendor):
    create = r"^POST /api/v1/tickets$"
    search = r"^GET /api/v1/tickets/search$"
    nonsense = {"no_such_attribute": "x"}

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, dict[str, Any]] = {}
        self.said: dict[int, list[dict[str, Any]]] = {}
        self.articles = 0
        self._insert(
            {"title": "Welcome to Zammad!", "group": "Users", "customer_id": "guess:nicole@example.com"}
        )

    def let_in(self, request: Request) -> None:
        if request.headers.get("Authorization") != f"Token token={TOKEN}":
            raise Refused(401, {"error": "Authentication required"})

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        ticket = r"/api/v1/tickets/(?P<number>\d+)"
        return [
            ("POST", "/api/v1/tickets", self._create),
            (
                "GET",
                "/api/v1/tickets",
                lambda request: self._paged(request, list(self.kept.values()), "per_page"),
            ),
            ("GET", "/api/v1/tickets/search", self._search),
            ("GET", ticket, lambda _request, number: reply(self._ticket(number))),
            ("PUT", ticket, self._update),
            ("GET", r"/api/v1/ticket_articles/by_ticket/(?P<number>\d+)", self._list_articles),
            ("POST", "/api/v1/ticket_articles", self._article),
        ]

    def _create(self, request: Request) -> Response:
        body = request.get_json()
        for name in ("title", "group", "customer_id"):
            if not body.get(name):
                raise Refused(422, {"error": f"Missing required value for field '{name}'!"})
        _check(body)
        if not (body.get("article") or {}).get("body"):
            raise Refused(422, {"error": "Need at least an 'article body' field."})
        ticket = self._insert(body)
        self._say(ticket["id"], body["article"], "Tier0 <tier0@nordlys.example>")
        ticket["updated_at"] = ticket["created_at"]
        return reply(ticket, 201)

    def _search(self, request: Request) -> Response:
        query = request.args["query"]
        if words := re.fullmatch(rf'{KEY}:"(.+)"', query):
            wanted = set(words[1].split("-"))  # the index parts words at the dash
            found = [each for each in self.kept.values() if wanted & set((each[KEY] or "").split("-"))]
        elif since := re.fullmatch(rf'{KEY}:T0\* AND updated_at:\["(.+)" TO \*\]', query):
            found = [
                each for each in self.kept.values() if each[KEY] and each["updated_at"][:19] >= since[1][:19]
            ]
        else:
            raise Refused(422, {"error": "invalid query"})
        assert request.args["expand"] == "true"
        found.sort(key=lambda each: each[request.args["sort_by"]])
        return self._paged(request, found, "limit")

    def _update(self, request: Request, number: str) -> Response:
        ticket, body = self._ticket(number), request.get_json()
        _check(body)
        ticket |= {name: value for name, value in body.items() if name in ATTRIBUTES}
        ticket["updated_at"] = self._stamp()
        return reply(ticket)

    def _list_articles(self, request: Request, number: str) -> Response:
        ticket = self._ticket(number)
        said = self.said[ticket["id"]]
        return reply([{name: value for name, value in each.items() if name != "data"} for each in said])

    def _article(self, request: Request) -> Response:
        body = request.get_json()
        ticket = self._ticket(str(body["ticket_id"]))
        return reply(self._say(ticket["id"], body, "Tier0 <tier0@nordlys.example>"), 201)

    def _paged(self, request: Request, rows: list[Any], size_name: str) -> Response:
        page, size = int(request.args.get("page", 1)), min(self.page, int(request.args.get(size_name, 50)))
        return reply(rows[(page - 1) * size : page * size])

    def _insert(self, body: dict[str, Any]) -> dict[str, Any]:
        number, now = len(self.kept) + 1, self._stamp()
        ticket = {**dict.fromkeys(ATTRIBUTES), "state": "new", "priority": "2 normal"}
        ticket |= {name: value for name, value in body.items() if name in ATTRIBUTES}
        ticket |= {"id": number, "number": str(22_000 + number), "created_at": now, "updated_at": now}
        self.kept[number], self.said[number] = ticket, []
        return ticket

    def _say(self, number: int, article: dict[str, Any], sender: str) -> dict[str, Any]:
        self.articles += 1
        files = article.get("attachments", ())
        said = {"id": self.articles, "body": article["body"], "content_type": article.get("content_type", "text/plain"),
                "internal": article.get("internal", False), "from": sender, "created_at": self._stamp(),
                "attachments": [{"filename": file["filename"]} for file in files],
                "data": {file["filename"]: base64.b64decode(file["data"]) for file in files}}  # fmt: skip
        self.said[number].append(said)
        self.kept[number]["updated_at"] = self._stamp()
        return {name: value for name, value in said.items() if name != "data"}

    def _ticket(self, number: str) -> dict[str, Any]:
        if int(number) not in self.kept:
            raise Refused(404, {"error": f"Couldn't find Ticket with 'id'={number}"})
        return self.kept[int(number)]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%S.000Z")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(each[KEY] == key for each in self.kept.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        return self.kept[int(ref.id)]["title"], self._seen(ref)[0]

    def comments(self, ref: TicketRef) -> list[str]:
        return self._seen(ref)[1:]

    def _seen(self, ref: TicketRef) -> list[str]:
        """Plain text is escaped for the page; HTML is shown."""
        return [
            from_html(each["body"]) if each["content_type"] == "text/html" else each["body"]
            for each in self.said[int(ref.id)]
        ]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return {name: data for each in self.said[int(ref.id)] for name, data in each["data"].items()}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        article = {"body": to_html(text), "content_type": "text/html", "internal": not public}
        self._say(int(ref.id), article, "Anna Agent")

    def resolve(self, ref: TicketRef) -> None:
        self.kept[int(ref.id)] |= {"state": "closed", "updated_at": self._stamp()}

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().small_pages(monkeypatch)
        monkeypatch.setattr("servicedesk.ticketing.zammad.PAGE", 2)


def _check(body: dict[str, Any]) -> None:
    for name, allowed in (("group", {"Users"}), ("state", STATES), ("priority", PRIORITIES)):
        if name in body and body[name] not in allowed:
            raise Refused(422, {"error": f"No lookup value found for '{name}': \"{body[name]}\""})
