"""A hole in Sanic 21.12, the version that Rasa needs, closed for every server of ours that runs on it.

`Content-Length: -5` is taken as it stands. Reading the body then goes round for ever without giving way to anything
else: one such request, from anybody, and the process answers nobody again (S9)."""

from __future__ import annotations

from sanic.exceptions import InvalidUsage
from sanic.http import Http


def install() -> None:
    """Refuse a request whose length is no length with 400. Idempotent."""
    if getattr(Http.http1_request_header, "guarded", False):
        return
    read_header = Http.http1_request_header

    async def http1_request_header(self: Http) -> None:
        await read_header(self)
        if self.request_bytes_left is not None and self.request_bytes_left < 0:
            self.request_body = None
            self.keep_alive = False
            raise InvalidUsage("Bad Request")

    http1_request_header.guarded = True  # type: ignore[attr-defined]
    Http.http1_request_header = http1_request_header  # type: ignore[method-assign]
