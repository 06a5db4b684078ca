"""The Dataverse Web API for cases, as learn.microsoft.com describes it: upsert by an alternate key, properties that are not
there are refused, pages by @odata.nextLink. The sign-in service is on the same line."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.html_text import from_html, to_html
from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, bearer, reply
from tests.fakes.wire import says

CLIENT, SECRET, TOKEN = (
    "0b7f3bfb-6f3e-4b0e-8f83-5b0f0b0f2c55",
    "dataverse-secret-of-the-test",
    "eyJ-dataverse",
)
KEY = "tier0_reference"
ACCOUNT = "/accounts(6b29fc40-ca47-1067-b31d-00dd010662da)"
KARI = "9c5b94b1-35ad-49bb-b118-8e8fc24abf80"
COLUMNS = {
    "title",
    "description",
    "caseorigincode",
    "prioritycode",
    "casetypecode",
    "statecode",
    "statuscode",
    KEY,
}
BINDS = {"customerid_account@odata.bind", "customerid_contact@odata.bind"}
STATUSES = {0: {1, 2, 3, 4}, 1: {5, 1000}, 2: {6, 2000}}
API = "/api/data/v9.2"


class FakeDynamics(FakeVendor):
    create = rf"^PATCH {API}/incidents\({KEY}="
    search = rf"^GET {API}/incidents$"
    nonsense = {"tier0_no_such_column": "x"}

    def __init__(self) -> None:
        super().__init__()
        self.incidents: dict[str, dict[str, Any]] = {}
        self.annotations: list[dict[str, Any]] = []

    def let_in(self, request: Request) -> None:
        if bearer(request) != TOKEN:
            raise Refused(401)  # WWW-Authenticate, and nothing else

    def not_found(self) -> Refused:
        return _fault(404, "0x8006088a", "Resource not found for the segment")

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        incident = rf"{API}/incidents\((?P<guid>[0-9a-f-]{{36}})\)"
        table = rf"{API}/EntityDefinitions\(LogicalName='incident'\)"
        return [
            ("POST", "/tenant/oauth2/v2.0/token", self.signed_in),
            ("PATCH", rf"{API}/incidents\({KEY}='(?P<key>[^']+)'\)", self._upsert),
            ("GET", f"{API}/incidents", self._list_incidents),
            ("GET", incident, lambda _request, guid: reply(self._incident(guid))),
            ("PATCH", incident, self._update),
            ("GET", f"{API}/annotations", self._list_annotations),
            ("POST", f"{API}/annotations", self._annotate),
            ("GET", f"{API}/contacts", self._contacts),
            ("GET", f"{API}/WhoAmI", lambda _request: reply({"UserId": str(uuid.uuid4())})),
            ("GET", f"{table}/Keys", self._keys),
            ("GET", f"{table}/Attributes", self._attributes),
        ]

    def signed_in(self, request: Request) -> Response:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        if request.form.to_dict() != {**wanted, "scope": f"{self.wire.url}/.default"}:
            return reply({"error": "invalid_client", "error_codes": [7000215]}, 401)
        return reply({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599})

    signed_in.open_to_all = True  # type: ignore[attr-defined]

    def _upsert(self, request: Request, key: str) -> Response:
        body = request.get_json()
        _check(body)
        known = [each for each in self.incidents.values() if each[KEY] == key]
        if known and request.headers.get("If-None-Match") == "*":
            raise _fault(412, "0x80060882", "A record with matching key values already exists.")
        if known:
            known[0].update(body)
            return reply(known[0])
        if len(BINDS & set(body)) != 1:
            raise _fault(400, "0x80040203", "You should specify a parent contact or account.")
        guid, now = str(uuid.uuid4()), self._stamp()
        made = {"incidentid": guid, "ticketnumber": f"CAS-{len(self.incidents) + 1_001:05}-X1Y2Z3", KEY: key}
        made |= {"createdon": now, "modifiedon": now, "statecode": 0, "statuscode": 1}
        self.incidents[guid] = {**dict.fromkeys(COLUMNS), **body, **made}
        assert request.headers["Prefer"] == "return=representation"
        return reply(self.incidents[guid], 201)

    def _update(self, request: Request, guid: str) -> Response:
        incident, body = self._incident(guid), request.get_json()
        _check(body)
        incident |= {**body, "modifiedon": self._stamp()}
        return Response(status=204)

    def _list_incidents(self, request: Request) -> Response:
        where = request.args["$filter"]
        if key := re.fullmatch(rf"{KEY} eq '([^']*)'", where):
            found = [each for each in self.incidents.values() if (each[KEY] or "").lower() == key[1].lower()]
        elif since := re.fullmatch(rf"startswith\({KEY},'T0-'\) and modifiedon ge (\S+)", where):
            found = [each for each in self.incidents.values() if each["modifiedon"] >= since[1]]
        else:
            raise _fault(400, "0x80060888", "Syntax error in the filter")
        return self._paged(request, found)

    def _list_annotations(self, request: Request) -> Response:
        where = request.args["$filter"]
        if of := re.fullmatch(r"_objectid_value eq (\S+) and isdocument eq (true|false)", where):
            found = [
                each
                for each in self.annotations
                if each["of"] == of[1] and each["isdocument"] == (of[2] == "true")
            ]
        elif since := re.fullmatch(r"objecttypecode eq 'incident' and createdon ge (\S+)", where):
            found = [
                {**each, "objectid_incident": self.incidents[each["of"]]}
                for each in self.annotations
                if each["createdon"] >= since[1]
            ]
        else:
            raise _fault(400, "0x80060888", "Syntax error in the filter")
        return self._paged(request, found)

    def _annotate(self, request: Request) -> Response:
        body = request.get_json()
        bound = re.fullmatch(r"/incidents\((\S+)\)", body.pop("objectid_incident@odata.bind"))
        assert bound is not None
        if strange := set(body) - {"subject", "notetext", "filename", "mimetype", "documentbody"}:
            raise _fault(400, "0x80048d19", f"Invalid property '{strange.pop()}' was found")
        self._note(self._incident(bound[1])["incidentid"], "Tier0", **body)
        return Response(status=204)

    def _contacts(self, request: Request) -> Response:
        any_of = re.fullmatch(r"\((.+)\) and statecode eq 0", request.args["$filter"])
        assert any_of is not None
        asked = [re.fullmatch(r"emailaddress1 eq '([^']*)'", part) for part in any_of[1].split(" or ")]
        assert all(asked)
        known = "kari.nordmann@nordlys.example" in [each[1] for each in asked if each]
        found = [{"contactid": KARI, "emailaddress1": "Kari.Nordmann@nordlys.example"}] if known else []
        return reply({"value": found})

    def _keys(self, request: Request) -> Response:
        return reply({"value": [{"KeyAttributes": [KEY], "EntityKeyIndexStatus": "Active"}]})

    def _attributes(self, request: Request) -> Response:
        return reply({"value": [{"LogicalName": name} for name in sorted(COLUMNS)]})

    def _paged(self, request: Request, rows: list[Any]) -> Response:
        wanted = re.search(r"odata.maxpagesize=(\d+)", request.headers.get("Prefer", ""))
        size = min(self.page, int(wanted[1]) if wanted else 5_000)
        start = int(request.args.get("$skiptoken", 0))
        page: dict[str, Any] = {"value": rows[start : start + size]}
        if start + size < len(rows):
            following = urlencode({**request.args, "$skiptoken": start + size})
            page["@odata.nextLink"] = f"{request.base_url}?{following}"
        return reply(page)

    def _note(self, guid: str, author: str, **values: str) -> None:
        self.annotations.append(
            {"annotationid": str(uuid.uuid4()), "of": guid, "createdon": self._stamp(),
             "createdby": {"fullname": author}, "isdocument": "documentbody" in values, **values}
        )  # fmt: skip

    def _incident(self, guid: str) -> dict[str, Any]:
        if guid not in self.incidents:
            raise _fault(404, "0x80040217", f"Entity 'incident' With Id = {guid} Does Not Exist")
        return self.incidents[guid]

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(each[KEY] == key for each in self.incidents.values())

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        return self.incidents[ref.id]["title"], self.incidents[ref.id]["description"]

    def comments(self, ref: TicketRef) -> list[str]:
        texts = [each["notetext"] for each in self.annotations if each["of"] == ref.id and "notetext" in each]
        assert not any("<script" in text or "<img" in text for text in texts)
        return [from_html(text).removeprefix("*WEB*").strip() for text in texts]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        files = [each for each in self.annotations if each["of"] == ref.id and each["isdocument"]]
        return {each["filename"]: base64.b64decode(each["documentbody"]) for each in files}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        self._note(ref.id, "Anna Agent", notetext=f"<div>{to_html('*WEB*' * public + text)}</div>")

    def resolve(self, ref: TicketRef) -> None:
        self.incidents[ref.id] |= {"statecode": 1, "statuscode": 5, "modifiedon": self._stamp()}

    def limited(self) -> Callable[[], Any]:
        body = '{"error":{"code":"0x80072322","message":"Number of requests exceeded the limit"}}'
        return says(429, body, Retry_After="7")

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().small_pages(monkeypatch)
        monkeypatch.setattr("servicedesk.ticketing.dynamics365.PAGE", 2)


def _check(body: dict[str, Any]) -> None:
    for name in set(body) - COLUMNS - BINDS:
        raise _fault(400, "0x80048d19", f"Error identified in Payload: Invalid property '{name}' was found")
    if len(body.get("description") or "") > 2_000:
        raise _fault(
            400, "0x80044331", "A validation error occurred. The length of the 'description' exceeded 2000."
        )
    if "statecode" in body and body.get("statuscode") not in STATUSES[body["statecode"]]:
        raise _fault(400, "0x80048408", "State code or status code is invalid")


def _fault(status: int, code: str, message: str) -> Refused:
    return Refused(status, {"error": {"code": code, "message": message}})
