"""Two lists and a library of a SharePoint site by Microsoft Graph, as learn.microsoft.com describes them.
The sign-in service is on the same line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, bearer, reply
from tests.fakes.wire import says

CLIENT, SECRET, TOKEN = "0b7f3bfb-6f3e-4b0e-8f83-5b0f0b0f2c55", "graph-secret-of-the-test", "eyJ-graph"
SITE = "contoso.sharepoint.com,2c712604-1370-44e7-a1f5-426573fda80a,2d2244c3-251a-49ea-93a8-39e1c3a060fe"
LIST, NOTES, KEY = "243bca4b-4e5e-45af-b37d-25f6135a740d", "9d1f7a1c-0000-4c3f-9a55-0d0a8e3c8a11", "Reference"
COLUMNS = {
    LIST: {
        "Title",
        "Description",
        "Requester",
        "Contact",
        "Kind",
        "Category",
        "Priority",
        "AssignmentGroup",
        "Status",
        KEY,
    },
    NOTES: {"Title", "Ticket", "Note", "Public"},
}
INDEXED = {LIST: {KEY, "Modified"}, NOTES: {"Ticket", "Modified"}}
STATUSES = {"New", "In progress", "Waiting", "Resolved", "Closed", "Withdrawn"}


class FakeSharePoint(FakeVendor):
    create = rf"^POST /v1.0/sites/{SITE}/lists/{LIST}/items$"
    search = rf"^GET /v1.0/sites/{SITE}/lists/{LIST}/items$"
    nonsense = {"NoSuchColumn": "x"}

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, dict[int, dict[str, Any]]] = {LIST: {}, NOTES: {}}
        self.library: dict[tuple[str, str], bytes] = {}

    def let_in(self, request: Request) -> None:
        if bearer(request) != TOKEN:
            raise Refused(
                401, {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}}
            )

    def not_found(self) -> Refused:
        return _fault(404, "itemNotFound", "The specified list was not found")

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        site = f"/v1.0/sites/{re.escape(SITE)}"
        items = rf"{site}/lists/(?P<name>{LIST}|{NOTES})"
        return [
            ("POST", "/tenant/oauth2/v2.0/token", self.signed_in),
            ("POST", f"{items}/items", self._create),
            ("GET", f"{items}/items", self._list),
            ("GET", f"{items}/columns", self._columns),
            (
                "GET",
                rf"{items}/items/(?P<number>\d+)",
                lambda _request, name, number: reply(self._item(name, number)),
            ),
            ("PATCH", rf"{items}/items/(?P<number>\d+)/fields", self._update),
            ("PUT", rf"{site}/drive/root:/Tier0/(?P<number>\d+)/(?P<file>.+):/content", self._upload),
            ("GET", rf"{site}/drive/root:/Tier0/(?P<number>\d+):/children", self._children),
        ]

    def signed_in(self, request: Request) -> Response:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        if request.form.to_dict() != {**wanted, "scope": f"{self.wire.url}/.default"}:
            return reply({"error": "invalid_client", "error_codes": [7000215]}, 401)
        return reply({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599})

    signed_in.open_to_all = True  # type: ignore[attr-defined]

    def _create(self, request: Request, name: str) -> Response:
        fields = request.get_json()["fields"]
        _check(name, fields)
        if name == LIST and any(each["fields"].get(KEY) == fields[KEY] for each in self.items[LIST].values()):
            raise _fault(400, "invalidRequest", "Value already exists in a column with unique values")
        return reply(self._insert(name, fields, {"application": {"displayName": "Tier0"}}), 201)

    def _list(self, request: Request, name: str) -> Response:
        where = re.fullmatch(r"fields/(\w+) (eq|ge) '([^']*)'", request.args["$filter"])
        if where is None or where[1] not in INDEXED[name]:
            raise _fault(
                400, "invalidRequest", f"Field cannot be referenced in filter: {request.args['$filter']}"
            )
        rows = list(self.items[name].values())
        if where[2] == "eq":
            found = [row for row in rows if str(row["fields"].get(where[1], "")).lower() == where[3].lower()]
        else:
            found = [row for row in rows if row["lastModifiedDateTime"] >= where[3]]
        return self._paged(request, found)

    def _columns(self, request: Request, name: str) -> Response:
        columns = [
            {"name": each, "indexed": each in INDEXED[name], "enforceUniqueValues": each == KEY}
            for each in sorted(COLUMNS[name])
        ]
        return self._paged(request, columns)

    def _update(self, request: Request, name: str, number: str) -> Response:
        item, fields = self._item(name, number), request.get_json()
        _check(name, fields)
        item["fields"] |= fields
        item["lastModifiedDateTime"] = self._stamp()
        return reply(item["fields"])

    def _upload(self, request: Request, number: str, file: str) -> Response:
        self.library[number, file] = request.get_data()
        return reply({"name": file}, 201)

    def _children(self, request: Request, number: str) -> Response:
        names = [{"name": name} for folder, name in self.library if folder == number]
        if not names:
            raise _fault(404, "itemNotFound", "The resource could not be found.")
        return self._paged(request, names)

    def _paged(self, request: Request, rows: list[Any]) -> Response:
        start, size = (
            int(request.args.get("$skiptoken", 0)),
            min(self.page, int(request.args.get("$top", 200))),
        )
        page: dict[str, Any] = {"value": rows[start : start + size]}
        if start + size < len(rows):
            following = urlencode({**request.args, "$skiptoken": start + size})
            page["@odata.nextLink"] = f"{request.base_url}?{following}"
        return reply(page)

    def _insert(self, name: str, fields: dict[str, Any], by: dict[str, Any]) -> dict[str, Any]:
        number, now = len(self.items[name]) + 1, self._stamp()
        self.items[name][number] = {"id": str(number), "createdDateTime": now, "lastModifiedDateTime": now,
                                    "createdBy": by, "fields": dict(fields)}  # fmt: skip
        return self.items[name][number]

    def _item(self, name: str, number: str) -> dict[str, Any]:
        if int(number) not in self.items[name]:
            raise _fault(404, "itemNotFound", "The specified item was not found")
        return self.items[name][int(number)]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(each["fields"].get(KEY) == key for each in self.items[LIST].values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        fields = self.items[LIST][int(ref.id)]["fields"]
        return fields["Title"], fields["Description"]

    def comments(self, ref: TicketRef) -> list[str]:
        return [
            each["fields"]["Note"]
            for each in self.items[NOTES].values()
            if each["fields"]["Ticket"] == ref.id
        ]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return {name: data for (folder, name), data in self.library.items() if folder == ref.id}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        fields = {"Title": "x", "Ticket": ref.id, "Note": text, "Public": public}
        self._insert(NOTES, fields, {"user": {"displayName": "Anna Agent"}})

    def resolve(self, ref: TicketRef) -> None:
        item = self.items[LIST][int(ref.id)]
        item["fields"]["Status"], item["lastModifiedDateTime"] = "Resolved", self._stamp()

    def limited(self) -> Callable[[], Any]:
        return says(429, '{"error":{"code":"activityLimitReached","message":"throttled"}}', Retry_After="7")


def _check(name: str, fields: dict[str, Any]) -> None:
    for field in set(fields) - COLUMNS[name]:
        raise _fault(400, "invalidRequest", f"Field '{field}' is not recognized")
    if fields.get("Status", "New") not in STATUSES:
        raise _fault(400, "invalidRequest", "The choice is none of the column's")


def _fault(status: int, code: str, message: str) -> Refused:
    return Refused(status, {"error": {"code": code, "message": message}})
