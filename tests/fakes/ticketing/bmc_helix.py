"""The AR System REST API over BMC Helix ITSM's incident forms, as docs.bmc.com describes it: fields that a form has not are
error 314, a wrong password 623, and a token is the whole answer of the sign-in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from servicedesk.ticketing.port import TicketRef
from tests.fakes.ticketing.vendor import FakeVendor, Refused, Route, reply
from tests.fakes.wire import says

USER, PASSWORD, TOKEN = "tier0", "remedy-passw0rd-of-the-test", "eyJ0eXAi.eyJpc3Mi.dBjftJeZ"
KEY, CREATE_KEY, NUMBER = "Vendor Ticket Number", "Vendor_Ticket_Number", "Incident Number"
ON_CREATE = {"Description", "Detailed_Decription", "Login_ID", "Impact", "Urgency", "Service_Type", "Reported Source",
             "Status", CREATE_KEY}  # fmt: skip
STATUSES = {"New", "Assigned", "In Progress", "Pending", "Resolved", "Closed", "Cancelled"}
LOG = {NUMBER, "Work Log Type", "Detailed Description", "View Access", "Secure Work Log", "z2AF Work Log01"}


class FakeBmcHelix(FakeVendor):
    create = r"^POST /api/arsys/v1/entry/HPD:IncidentInterface_Create$"
    search = r"^GET /api/arsys/v1/entry/HPD:IncidentInterface$"
    nonsense = {"No_Such_Field": "x"}

    def __init__(self) -> None:
        super().__init__()
        self.incidents: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.attached: list[tuple[str, str, bytes]] = []

    def let_in(self, request: Request) -> None:
        if request.headers.get("Authorization") != f"AR-JWT {TOKEN}":
            raise _fault(401, 623, "Authentication failed")

    def not_found(self) -> Refused:
        return _fault(404, 303, "Form does not exist on server")

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        entry = "/api/arsys/v1/entry"
        return [
            ("POST", "/api/jwt/login", self.signed_in),
            ("POST", f"{entry}/HPD:IncidentInterface_Create", self._create),
            ("GET", f"{entry}/HPD:IncidentInterface", lambda request: self._query(request, self.incidents)),
            ("PUT", rf"{entry}/HPD:IncidentInterface/(?P<request_id>.+)", self._update),
            ("GET", f"{entry}/HPD:WorkLog", lambda request: self._query(request, self.log)),
            ("POST", f"{entry}/HPD:WorkLog", self._work_log),
        ]

    def signed_in(self, request: Request) -> Response:
        if request.form.to_dict() != {"username": USER, "password": PASSWORD}:
            raise _fault(401, 623, "Authentication failed")
        return Response(TOKEN, content_type="text/plain")

    signed_in.open_to_all = True  # type: ignore[attr-defined]

    def _create(self, request: Request) -> Response:
        values = request.get_json()["values"]
        for name in set(values) - ON_CREATE:
            raise _fault(
                400, 314, "Field does not exist on current form", f"HPD:IncidentInterface_Create : <{name}>"
            )
        for name in ("Description", "Impact", "Urgency", "Service_Type", "Status", "Login_ID"):
            if not values.get(name):
                raise _fault(400, 9424, f"Required field {name} is blank")
        if values["Status"] not in STATUSES or len(values["Description"]) > 100:
            raise _fault(400, 326, "The value of a field is none of its choices, or too long")
        number, now = f"INC{len(self.incidents) + 1:012}", self._stamp()
        self.incidents.append(
            {NUMBER: number, "Request ID": f"{number}|{number}", KEY: values.get(CREATE_KEY), "Status": values["Status"],
             "Description": values["Description"], "Detailed Decription": values["Detailed_Decription"],
             "Submit Date": now, "Last Modified Date": now}
        )  # fmt: skip
        assert request.args["fields"] == f"values({NUMBER})"
        return reply({"values": {NUMBER: number}, "_links": {}}, 201)

    def _update(self, request: Request, request_id: str) -> Response:
        (incident,) = [each for each in self.incidents if each["Request ID"] == request_id] or [None]
        if incident is None:
            raise _fault(404, 302, "Entry does not exist in database")
        values = request.get_json()["values"]
        if set(values) - {"Status"} or values["Status"] not in STATUSES:
            raise _fault(400, 326, "The value of a field is none of its choices")
        incident |= {**values, "Last Modified Date": self._stamp()}
        return Response(status=204)

    def _work_log(self, request: Request) -> Response:
        body = request.get_json(silent=True) or json.loads(request.form["entry"])
        values = body["values"]
        if strange := set(values) - LOG:
            raise _fault(400, 314, "Field does not exist on current form", f"HPD:WorkLog : <{strange.pop()}>")
        file = request.files.get("attach-z2AF Work Log01")
        if file is not None:
            self.attached.append((values[NUMBER], str(file.filename), file.read()))
            values["z2AF Work Log01"] = {"name": file.filename}
        self._say(values, "tier0")
        return Response(status=201)

    def _query(self, request: Request, rows: list[dict[str, Any]]) -> Response:
        found = list(rows)
        where = request.args.get("q", "")
        if equals := re.fullmatch(r"'([^']+)' = \"([^\"]*)\"", where):
            found = [row for row in found if str(row.get(equals[1]) or "").lower() == equals[2].lower()]
        elif like := re.fullmatch(r"'([^']+)' LIKE \"(.+)%\"", where):
            found = [row for row in found if str(row.get(like[1]) or "").startswith(like[2])]
        elif where and where != f"'{NUMBER}' != $NULL$":
            raise _fault(400, 1587, "Error in the qualification")
        if order := request.args.get("sort"):
            name, direction = order.rsplit(".", 1)
            found.sort(key=lambda row: row[name], reverse=direction == "desc")
        wanted = re.fullmatch(r"values\((.+)\)", request.args["fields"])
        assert wanted is not None
        start, size = int(request.args["offset"]), int(request.args["limit"])
        names = wanted[1].split(",")
        page = [{"values": {name: row.get(name) for name in names}} for row in found[start : start + size]]
        return reply({"entries": page, "_links": {}})

    def _say(self, values: dict[str, Any], submitter: str) -> None:
        now = self._stamp()
        more = {
            "Work Log ID": f"WLG{len(self.log):012}",
            "Work Log Submit Date": now,
            "Work Log Submitter": submitter,
        }
        self.log.append({**values, **more})

    def _stamp(self) -> str:
        return self.tick().strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    # --- the vendor's side ---

    def tickets(self, key: str) -> int:
        return sum(incident[KEY] == key for incident in self.incidents)

    def shown(self, ref: TicketRef) -> tuple[str, str]:
        incident = self._of(ref)
        return incident["Description"], incident["Detailed Decription"]

    def comments(self, ref: TicketRef) -> list[str]:
        return [each["Detailed Description"] for each in self.log if each[NUMBER] == ref.id]

    def files(self, ref: TicketRef) -> dict[str, bytes]:
        return {name: data for number, name, data in self.attached if number == ref.id}

    def reply(self, ref: TicketRef, text: str, *, public: bool) -> None:
        values = {
            NUMBER: ref.id,
            "Detailed Description": text,
            "View Access": "Public" if public else "Internal",
        }
        self._say(values, "anna.agent")

    def resolve(self, ref: TicketRef) -> None:
        self._of(ref).update({"Status": "Resolved", "Last Modified Date": self._stamp()})

    def limited(self) -> Callable[[], Any]:
        return says(429, "", Retry_After="7")  # of a gateway: BMC describes no limit

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("servicedesk.ticketing.bmc_helix.PAGE", 2)

    def _of(self, ref: TicketRef) -> dict[str, Any]:
        (incident,) = [each for each in self.incidents if each[NUMBER] == ref.id]
        return incident


def _fault(status: int, number: int, text: str, more: str = "") -> Refused:
    return Refused(
        status,
        [{"messageType": "ERROR", "messageText": text, "messageAppendedText": more, "messageNumber": number}],
    )
