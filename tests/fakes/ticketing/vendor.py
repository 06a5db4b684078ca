"""What the fakes of hosted ticket systems share: routes, a clock that moves, JSON."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.fakes.wire import Wire, says

Route = Callable[..., Response]


class Refused(Exception):
    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status)
        self.response = reply(body, status)


def reply(body: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    return Response(text, status, headers=named, content_type="application/json;charset=UTF-8")


class FakeVendor:
    """A subclass has `routes`, says who may come in, and what its errors look like."""

    page = 100
    lag = 0  # tickets that are too new to be found, as where a search engine is behind

    def __init__(self) -> None:
        self.wire = Wire(self._answer)
        self._now = datetime.now(timezone.utc).replace(microsecond=0)

    def tick(self) -> datetime:
        """Later each time: what happens in one second has no order in most systems."""
        self._now += timedelta(seconds=1)
        return self._now

    @property
    def routes(self) -> list[tuple[str, str, Route]]:
        raise NotImplementedError

    def let_in(self, request: Request) -> None:
        """Raises Refused."""
        raise NotImplementedError

    def not_found(self) -> Refused:
        return Refused(404)

    def _answer(self, request: Request) -> Response:
        try:
            for method, pattern, route in self.routes:
                match = re.fullmatch(pattern, request.path)
                if match and request.method == method:
                    if not getattr(route, "open_to_all", False):
                        self.let_in(request)
                    return route(request, **match.groupdict())
            self.let_in(request)
            raise self.not_found()
        except Refused as err:
            return err.response

    # --- the vendor's side, as tests/contracts/outside_ticketing.py has it ---

    def limited(self) -> Callable[[], Any]:
        return says(429, "", Retry_After="7")

    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.page = 2


def basic(request: Request) -> tuple[str, str]:
    """User name and password; empty where there are none."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return "", ""
    user, _, password = base64.b64decode(value).decode().partition(":")
    return user, password


def bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if scheme == "Bearer" else ""
