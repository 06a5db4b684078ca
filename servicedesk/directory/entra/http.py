"""What Graph answers, as the adapter reads it; how it is asked is servicedesk/exchange.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from servicedesk import exchange as wire
from servicedesk.directory.errors import DirectoryUnavailable
from servicedesk.exchange import Deadline, new_session

__all__ = ["Answer", "AnswerLost", "Deadline", "NeverSent", "exchange", "new_session"]


class NeverSent(DirectoryUnavailable):
    """No connection: whatever was asked for was not done."""


class AnswerLost(DirectoryUnavailable):
    """It was sent, and no whole answer came: a reader may ask again, a writer must not."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # whatever the case of the name
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Graph's own name of what went wrong; empty when it gave none."""
        return str(self._error.get("code") or "")

    @property
    def message(self) -> str:
        """Graph's sentence, to be looked at and never shown."""
        return str(self._error.get("message") or "")

    @property
    def values(self) -> list[dict[str, Any]]:
        found = self.body.get("value")
        return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else []

    @property
    def retry_after(self) -> float | None:
        """Seconds; None where the service names none."""
        value = str(self.headers.get("Retry-After", "")).strip()
        return float(value) if value.isascii() and value.isdigit() else None

    @property
    def _error(self) -> dict[str, Any]:
        error = self.body.get("error")
        return error if isinstance(error, dict) else {}


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    json_body: Any = None,
    deadline: Deadline,
) -> Answer:
    """Raises NeverSent or AnswerLost. Follows no redirect: the token is for this host only."""
    try:
        received = wire.exchange(session, method, url, headers=headers, deadline=deadline, json=json_body)
    except wire.NotSent as err:
        raise NeverSent(str(err)) from None
    except wire.NoAnswer as err:
        raise AnswerLost(str(err)) from None
    return Answer(received.status, received.headers, _parsed(received.content, received.status))


def _parsed(raw: bytes, status: int) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if 200 <= status < 300:
        raise AnswerLost("the answer is no JSON object")
    return {}  # gateways answer errors with pages
