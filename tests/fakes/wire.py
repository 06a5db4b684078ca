"""An HTTP server of 127.0.0.1 that a test can have fail in every way that a network and a vendor do."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

FaultKind = Literal["lost", "never", "cut", "huge", "login", "says", "late"]
LOGIN_PAGE = "<!doctype html><html><body><form>User name <input></form></body></html>"


@dataclass
class Fault:
    """lost: done, and the line goes dead. never: the line goes dead before. cut: done, half an answer.
    huge: done, 50 MB. login: not done, a page for people with 200. says: not done, `response`.
    late: done, and answered after `seconds`."""

    pattern: str  # of "POST /api/tickets"
    kind: FaultKind
    times: int = 1
    response: Callable[[], Response] | None = None
    seconds: float = 0.0


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # a client keeps its line, as it does in the field

    def log(self, *_: Any) -> None: ...


class Wire:
    """Serves `answer`; start it with `running()`."""

    def __init__(self, answer: Callable[[Request], Response], *, one_at_a_time: bool = True) -> None:
        self._answer = answer
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.dice: Callable[[str], Fault | None] = lambda _line: None  # faults that nobody foresees
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock() if one_at_a_time else None

    @contextmanager
    def running(self) -> Iterator[Wire]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def fail(self, pattern: str, kind: FaultKind, times: int = 1, **more: Any) -> None:
        self.faults.append(Fault(pattern, kind, times, **more))

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        request.get_data()  # a client that is still sending hears no answer
        line = f"{request.method} {request.path}"
        with self._lock:
            self.requests.append(line)
            fault = self._next_fault(line)
        kind = fault.kind if fault else None
        if kind == "never":
            return self._dead(environ)
        if kind == "login":
            return Response(LOGIN_PAGE, content_type="text/html")(environ, start_response)
        if fault and fault.kind == "says" and fault.response:
            return fault.response()(environ, start_response)
        response = self._answered(request)
        if kind == "lost":
            return self._dead(environ)
        if fault and kind == "late":
            time.sleep(fault.seconds)
        if kind == "cut":
            data = response.get_data()
            response.set_data(data[: len(data) // 2] or b"{")
        if kind == "huge":
            response = Response((b"x" * 65_536 for _ in range(800)), response.status_code)
        return response(environ, start_response)

    def _answered(self, request: Request) -> Response:
        if self._one_at_a_time is None:
            return self._answer(request)
        with self._one_at_a_time:
            return self._answer(request)

    def _next_fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.pattern, line):
                fault.times -= 1
                return fault
        return self.dice(line)

    @staticmethod
    def _dead(environ: dict[str, Any]) -> NoReturn:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError


def says(status: int, body: str = "", **headers: str) -> Callable[[], Response]:
    made = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Response(body, status, headers=made, content_type="application/json")


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
