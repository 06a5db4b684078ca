"""A hole in Sanic 21.12, the version that Rasa needs, closed for every server of ours that runs on it.

`Content-Length: -5` is taken as it stands. Reading the body then goes round for ever without giving way to anything
else: one such request, from anybody, and the process answers nobody again (S9)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sanic.exceptions import PayloadTooLarge
from sanic.http import Http


def install() -> None:
    """Refuse the body of a request whose length is no length, with 413. Idempotent.

    Every reader of a body comes through `__aiter__`. The methods below it cannot be wrapped: Sanic compiles their
    source anew at start. And it must be this error: the last reader, which empties the connection, catches no other."""
    if getattr(Http.__aiter__, "guarded", False):
        return
    read_body = Http.__aiter__

    async def __aiter__(self: Http) -> AsyncIterator[bytes]:
        if self.request_bytes_left is not None and self.request_bytes_left < 0:
            self.request_body = None
            self.keep_alive = False
            raise PayloadTooLarge("Bad Content-Length")
        async for data in read_body(self):
            yield data

    __aiter__.guarded = True  # type: ignore[attr-defined]
    Http.__aiter__ = __aiter__  # type: ignore[method-assign]
