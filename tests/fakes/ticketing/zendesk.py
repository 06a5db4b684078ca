"""Zendesk Support, as developer.zendesk.com describes it: idempotency keys, pages by cursor, a search that is by number."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.html_text import from_html
from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, basic, reply
from tests.fakes.wire import says

USER, TOKEN = "tier0@nordlys.example", "zendesk-token-of-the-test"
CHOICES = {
    "status": {"new", "open", "pending", "hold", "solved", "closed"},
    "priority": {"urgent", "high", "normal", "low"},
    "type": {"problem", "incident", "question", "task"},
}
PEOPLE = {1: {"id": 1, "name": "Tier0", "role": "agent"}, 2: {"id": 2, "name": "Anna Agent", "role": "agent"}}


class FakeZendesk(FakeVendor):
    create = r"^POST /api/v2/tickets$"
    search = r"^GET /api/v2/tickets$"
    nonsense = {
        "priority": "enormous"
    }  # a field that is not there is left out; a choice that is none is refused

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, dict[str, Any]] = {}
        self.said: dict[int, list[dict[str, Any]]] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self.idempotent: dict[str, tuple[str, dict[str, Any]]] = {}

    def let_in(self, request: Request) -> None:
        if basic(request) != (f"{USER}/token", TOKEN):
            raise Refused(401, {"error": "Couldn't authenticate you"})

    def not_found(self) -> Refused:
        return Refused(404, {"error": "InvalidEndpoint", "description": "Not found"})

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        ticket = r"/api/v2/tickets/(?P<number>\w+)"
        return [
            ("POST", "/api/v2/tickets", self._create),
            ("GET", "/api/v2/tickets", self._list),
            ("GET", "/api/v2/search", self._search),
            ("GET", "/api/v2/users/me", lambda _request: reply({"user": PEOPLE[1]})),
            ("GET", ticket, lambda _request, number: reply({"ticket": self._ticket(number)})),
            ("PUT", ticket, self._update),
            ("GET", f"{ticket}/comments", self._comments),
            ("POST", "/api/v2/uploads", self._upload),
        ]

    def _create(self, request: Request) -> Response:
        body = request.get_json()
        key, digest = request.headers.get("Idempotency-Key", ""), json.dumps(body, sort_keys=True)
        if key in self.idempotent:
            before, ticket = self.idempotent[key]
            if before != digest:
                raise Refused(400, {"error": "IdempotentRequestError", "description": "other parameters"})
            return reply({"ticket": ticket}, 201, X_Idempotency_Lookup="hit")
        wanted = body["ticket"]
        if not (wanted.get("comment") or {}).get("html_body"):
            raise _invalid(
                {"description": [{"description": "Description: cannot be blank", "error": "BlankValue"}]}
            )
        _check(wanted)
        number, now = len(self.kept) + 1, self._stamp()
        names = ("subject", "priority", "type", "tags", "external_id")
        ticket = {"id": number, "status": "new", "created_at": now, "updated_at": now}
        ticket |= {name: wanted[name] for name in names if name in wanted}
        self.kept[number], self.said[number] = ticket, []
        self._say(number, wanted["comment"], 1)
        ticket["updated_at"] = now
        self.idempotent[key] = (digest, ticket)
        return reply({"ticket": ticket}, 201, X_Idempotency_Lookup="miss")

    def _list(self, request: Request) -> Response:
        found = [
            each for each in self.kept.values() if each.get("external_id") == request.args["external_id"]
        ]
        return self._cursor(request, "tickets", found)

    def _search(self, request: Request) -> Response:
        terms = dict(part.replace(">=", ":", 1).split(":", 1) for part in request.args["query"].split())
        found = [
            {**each, "result_type": "ticket"}
            for each in self.kept.values()
            if terms["tags"] in each.get("tags", ()) and each["updated_at"] >= terms["updated"]
        ]
        found.sort(key=lambda each: each["updated_at"])
        page, size = int(request.args.get("page", 1)), min(self.page, int(request.args["per_page"]))
        there = found[(page - 1) * size : page * size]
        following = None
        if page * size < len(found):
            following = f"{request.base_url}?{_with(request, page=str(page + 1))}"
        return reply({"results": there, "count": len(found), "next_page": following})

    def _update(self, request: Request, number: str) -> Response:
        ticket, wanted = self._ticket(number), request.get_json()["ticket"]
        if ticket["status"] == "closed":
            raise _invalid(
                {"status": [{"description": "Status: closed prevents ticket update", "error": "Invalid"}]}
            )
        _check(wanted)
        if "comment" in wanted:
            self._say(ticket["id"], wanted["comment"], 1)
        ticket |= {name: wanted[name] for name in ("status", "priority", "subject") if name in wanted}
        ticket["updated_at"] = self._stamp()
        return reply({"ticket": ticket})

    def _comments(self, request: Request, number: str) -> Response:
        return self._cursor(
            request, "comments", self.said[self._ticket(number)["id"]], users=list(PEOPLE.values())
        )

    def _upload(self, request: Request) -> Response:
        token = f"upload-{len(self.uploads)}"
        self.uploads[token] = (request.args["filename"], request.get_data())
        return reply({"upload": {"token": token}}, 201)

    def _cursor(self, request: Request, name: str, rows: list[Any], **more: Any) -> Response:
        start, size = int(request.args.get("page[after]", 0)), min(self.page, int(request.args["page[size]"]))
        has_more = start + size < len(rows)
        following = (
            f"{request.base_url}?{_with(request, **{'page[after]': str(start + size)})}" if has_more else None
        )
        page = {
            name: rows[start : start + size],
            "meta": {"has_more": has_more},
            "links": {"next": following},
        }
        return reply({**page, **more})

    def _say(self, number: int, comment: dict[str, Any], author: int) -> None:
        markup = comment["html_body"]
        files = [
            {"file_name": self.uploads[token][0], "token": token} for token in comment.get("uploads", ())
        ]
        self.said[number].append(
            {"id": 100 * number + len(self.said[number]), "html_body": markup, "plain_body": from_html(markup),
             "public": comment.get("public", True), "author_id": author, "attachments": files,
             "created_at": self._stamp()}
        )  # fmt: skip
        self.kept[number]["updated_at"] = self._stamp()

    def _ticket(self, number: str) -> dict[str, Any]:
        if not number.isdigit() or int(number) not in self.kept:
            raise Refused(404, {"error": "RecordNotFound", "description": "Not found"})
        return self.kept[int(number)]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(each.get("external_id") == key for each in self.kept.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        return self.kept[int(ref.id)]["subject"], self._seen(ref)[0]

    def comments(self, ref: TicketRef) -> list[str]:
        return self._seen(ref)[1:]

    def _seen(self, ref: TicketRef) -> list[str]:
        said = self.said[int(ref.id)]
        assert not any("<script" in each["html_body"] or "<img" in each["html_body"] for each in said)
        return [from_html(each["html_body"]) for each in said]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        tokens = [file["token"] for each in self.said[int(ref.id)] for file in each["attachments"]]
        return dict(self.uploads[token] for token in tokens)

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        from servicedesk.ticketing.html_text import to_html

        self._say(int(ref.id), {"html_body": to_html(text), "public": public}, 2)

    def resolve(self, ref: TicketRef) -> None:
        self.kept[int(ref.id)] |= {"status": "solved", "updated_at": self._stamp()}

    def limited(self) -> Callable[[], Any]:
        return says(429, "Number of allowed API requests per minute exceeded", Retry_After="7")

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().small_pages(monkeypatch)
        monkeypatch.setattr("servicedesk.ticketing.zendesk.PAGE", 2)


def _check(wanted: dict[str, Any]) -> None:
    for name, allowed in CHOICES.items():
        if name in wanted and wanted[name] not in allowed:
            raise _invalid(
                {name: [{"description": f"{name}: {wanted[name]} is not valid", "error": "InvalidValue"}]}
            )
    if "@" not in (wanted.get("requester") or {"email": "@"}).get("email", ""):
        raise _invalid(
            {"requester": [{"description": "Requester: Email: cannot be blank", "error": "BlankValue"}]}
        )


def _invalid(details: dict[str, Any]) -> Refused:
    return Refused(
        422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    )


def _with(request: Request, **changed: str) -> str:
    from urllib.parse import urlencode

    return urlencode({**request.args, **changed})
