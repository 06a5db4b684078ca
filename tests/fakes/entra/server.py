"""Both services behind one TLS socket of 127.0.0.1, with the faults that a network has."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from servicedesk.clock import Clock
from tests.fakes.entra.graph import FakeGraph, Reply
from tests.fakes.entra.login import Login
from tests.fakes.entra.tenant import Tenant
from tests.fakes.entra.tls import make_certificate

TENANT_ID = "7f1c3c2e-2f5b-4b7f-9a55-0d0a8e3c8a11"
CLIENT_ID = "0b7f3bfb-6f3e-4b0e-8f83-5b0f0b0f2c55"

FaultKind = Literal["lost", "hang", "never", "page", "cut", "huge"]


@dataclass
class Fault:
    """lost: done, and the line goes dead. hang: done, and no answer comes. never: not done, and no answer comes.
    page: done, and a gateway answers with a page of HTML. cut: half an answer. huge: an answer without end."""

    pattern: str  # of "POST /v1.0/$batch"
    kind: FaultKind
    times: int = 1


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None: ...


class FakeEntra:
    """Start it with `running()`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.ca_file = make_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file)
        self._server = make_server(
            "127.0.0.1", 0, self._application, threaded=True, request_handler=Quiet, ssl_context=context
        )
        self.url = f"https://127.0.0.1:{self._server.port}"
        self.tenant = Tenant(clock)
        self.login = Login(self.url, TENANT_ID, CLIENT_ID)
        self.graph = FakeGraph(self.tenant, self.login, self.url)
        self.faults: list[Fault] = []
        self.requests: list[str] = []  # every request on the wire
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[FakeEntra]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stop()
            thread.join(5)

    def stop(self) -> None:
        """From now on the address refuses every connection; nobody else's server gets its port meanwhile."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # somebody was faster
            self._held.bind(("127.0.0.1", self._server.port))

    def wire(self, text: str) -> int:
        """How many requests held this."""
        return sum(text in line for line in self.requests)

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        line = f"{request.method} {request.path}"
        with self._lock:
            self.requests.append(line)
            fault = self._next_fault(line)
        if fault == "never":
            self._stop.wait(8)
            return self._dead(environ)
        with self._lock:
            reply = self._reply(request)
        return self._sent(fault, reply, environ)(environ, start_response)

    def _reply(self, request: Request) -> Reply:
        if not request.path.startswith("/v1.0/"):
            return Reply(*self.login.answer(request.path, request.form.to_dict()))
        target = request.full_path.removeprefix("/v1.0").rstrip("?")
        body = json.loads(request.data) if request.data else None
        return self.graph.answer(request.method, target, request.headers, body)

    def _next_fault(self, line: str) -> FaultKind | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.pattern, line):
                fault.times -= 1
                return fault.kind
        return None

    def _sent(self, fault: FaultKind | None, reply: Reply, environ: dict[str, Any]) -> Any:
        if fault == "lost":
            return lambda *_: self._dead(environ)
        if fault == "hang":
            self._stop.wait(8)
            return lambda *_: self._dead(environ)
        if fault == "page":
            return Response("<html>Bad gateway</html>", 502, content_type="text/html")
        data = b"" if reply.body is None else json.dumps(reply.body).encode()
        if fault == "cut":
            return Response(data[: len(data) // 2], reply.status, content_type="application/json")
        if fault == "huge":
            return Response(
                (b"x" * 65_536 for _ in range(10_000)), reply.status, content_type="application/json"
            )
        return Response(data, reply.status, headers=reply.headers, content_type="application/json")

    def _dead(self, environ: dict[str, Any]) -> NoReturn:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError
