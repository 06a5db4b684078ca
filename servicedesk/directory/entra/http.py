"""One HTTPS exchange that ends in time, and what its failure says about what was done (F2, F3, F6)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from servicedesk.directory.errors import DirectoryUnavailable

CONNECT_SECONDS = 2.0
MAX_BYTES = 8 * 1024 * 1024
CHUNK = 64 * 1024


class NeverSent(DirectoryUnavailable):
    """No connection: whatever was asked for was not done."""


class AnswerLost(DirectoryUnavailable):
    """It was sent, and no whole answer came: a reader may ask again, a writer must not."""


class Deadline:
    """The moment at which a call of the port has to be over, whatever it is made of."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())


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


def new_session(verify: bool | str = True) -> requests.Session:
    session = requests.Session()
    session.verify = verify
    session.mount("https://", HTTPAdapter(pool_maxsize=32, max_retries=0))
    return session


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
    left = deadline.left
    if left <= 0:
        raise NeverSent("no time left")
    try:
        with session.request(
            method,
            url,
            headers=dict(headers),
            json=json_body,
            timeout=(min(CONNECT_SECONDS, left), left),
            allow_redirects=False,
            stream=True,
            verify=session.verify,  # said here, or REQUESTS_CA_BUNDLE would win over it
        ) as response:
            raw = _read(response, deadline)
            return Answer(response.status_code, response.headers, _parsed(raw, response.status_code))
    except requests.RequestException as err:
        # The exception's own text names addresses of ours and may quote what was sent: only its kind goes on.
        kind = NeverSent if _was_never_sent(err) else AnswerLost
        raise kind(type(err).__name__) from None


def _read(response: requests.Response, deadline: Deadline) -> bytes:
    raw = bytearray()
    for chunk in response.iter_content(CHUNK):
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise AnswerLost("the answer is too long")
        if deadline.left <= 0:
            raise AnswerLost("the answer takes too long")
    return bytes(raw)


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


def _was_never_sent(err: requests.RequestException) -> bool:
    if isinstance(
        err, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    ):
        return True
    cause = err.args[0] if err.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
