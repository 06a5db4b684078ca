"""SMS gateways at the wire: one that is described by settings, and Twilio, with the faults that a network has."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

FaultKind = Literal["lost", "hang", "page", "drip"]
ACCOUNT, SECRET = "AC" + "0123456789abcdef" * 2, "s3cretOfTheGateway0123456789abcd"


@dataclass(frozen=True, slots=True)
class Sent:
    number: str
    text: str


@dataclass
class Gateway:
    """`answers` go out in place of the usual one, one after the other: (status, headers, JSON body). `fault`: lost:
    taken, and the line goes dead; hang: taken, and no answer comes; page: taken, and what stands in front answers 502;
    drip: taken, and the answer comes byte by byte."""

    sent: list[Sent] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    fault: FaultKind | None = None
    url: str = ""
    _keys: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[Gateway]:
        server = make_server("127.0.0.1", 0, self._application, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{server.port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            server.shutdown()
            server.server_close()
            thread.join(5)

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        self.requests.append(
            (request.method, request.full_path, dict(request.headers), request.get_data(cache=True))
        )
        if self.answers:
            status, headers, body = self.answers.pop(0)
            return self._reply(status, body, headers)(environ, start_response)
        status, body = self.take(request)
        if self.fault in ("lost", "hang"):
            if self.fault == "hang":
                self._stop.wait(8)
            _die(environ)
        if self.fault == "page":
            return Response("<html>Bad gateway</html>", 502)(environ, start_response)
        if self.fault == "drip":
            return Response(self._drip(json.dumps(body)), status)(environ, start_response)
        return self._reply(status, body, {})(environ, start_response)

    def _drip(self, text: str) -> Iterator[bytes]:
        for char in text * 100:
            self._stop.wait(0.1)
            yield char.encode()

    @staticmethod
    def _reply(status: int, body: Any, headers: dict[str, str]) -> Response:
        return Response(json.dumps(body), status, headers=headers, content_type="application/json")

    def take(self, request: Request) -> tuple[int, Any]:
        """A gateway that knows a key again (the header Idempotency-Key)."""
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return 401, {"error": "unauthorized"}
        wanted = json.loads(request.get_data())
        key = request.headers.get("Idempotency-Key", "")
        if key not in self._keys:
            self._keys.add(key)
            self.sent.append(Sent(wanted["to"], wanted["text"]))
        return 202, {"messages": [{"status": "queued"}]}


class FakeTwilio(Gateway):
    """What its reference says of /2010-04-01/Accounts/{sid}/Messages.json, with its error bodies."""

    def take(self, request: Request) -> tuple[int, Any]:
        pair = base64.b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {pair}":
            return _error(401, 20003, "Authenticate")
        resource = request.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}/")
        if (request.method, resource) == ("GET", "IncomingPhoneNumbers.json"):
            return 200, {"incoming_phone_numbers": self._own(request.args.get("PhoneNumber"))}
        if (request.method, resource) != ("POST", "Messages.json"):
            return _error(404, 20404, "The requested resource was not found")
        form = request.form
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return _error(400, 21603, "A 'From' phone number is required.")
        if len(form["Body"]) > 1600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        self.sent.append(Sent(form["To"], form["Body"]))
        return 201, {
            "sid": "SM" + "ab" * 16,
            "status": "queued",
            "to": form["To"],
            "body": form["Body"],
            "error_code": None,
        }

    @staticmethod
    def _own(number: str | None) -> list[dict[str, Any]]:
        known = number in (None, "+4759440000")
        return [{"phone_number": "+4759440000", "capabilities": {"sms": True}}] if known else []


def _error(status: int, code: int, message: str) -> tuple[int, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}


def twilio_error(
    status: int, code: int, message: str, **headers: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """For `answers`."""
    return (
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        _error(status, code, message)[1],
    )


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None: ...


def _die(environ: dict[str, Any]) -> NoReturn:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError
