"""One HTTPS exchange with a configured host that ends in time, and what its failure says was done (F2, F3, F6)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from servicedesk.errors import Tier0Error

CONNECT_SECONDS = 2.0
MAX_BYTES = 8 * 1024 * 1024
CHUNK = 64 * 1024


class NotSent(Tier0Error):
    """No connection: whatever was asked for was not done."""


class NoAnswer(Tier0Error):
    """It was sent, and no whole answer came: a reader may ask again, a writer must look first."""


class Deadline:
    """The moment at which a call has to be over, whatever it is made of."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())


@dataclass(frozen=True, slots=True)
class Received:
    status: int
    headers: Mapping[str, str]  # whatever the case of the name
    content: bytes


def new_session(verify: bool | str = True) -> requests.Session:
    session = requests.Session()
    session.verify = verify
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=32, max_retries=0))
    return session


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    deadline: Deadline,
    **body: Any,
) -> Received:
    """Raises NotSent or NoAnswer. Follows no redirect: what is sent is for this host only (S9)."""
    left = deadline.left
    if left <= 0:
        raise NotSent("no time left")
    try:
        with session.request(
            method,
            url,
            headers=dict(headers),
            auth=_as_it_is,
            timeout=(min(CONNECT_SECONDS, left), left),
            allow_redirects=False,
            stream=True,
            verify=session.verify,  # said here, or REQUESTS_CA_BUNDLE would win over it
            **body,
        ) as response:
            return Received(response.status_code, response.headers, _read(response, deadline))
    except requests.RequestException as err:
        # The exception's own text names addresses of ours and may quote what was sent: only its kind goes on.
        kind = NotSent if _was_never_sent(err) else NoAnswer
        raise kind(type(err).__name__) from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Else requests would put what it finds in ~/.netrc in place of our own sign-in."""
    return request


def _read(response: requests.Response, deadline: Deadline) -> bytes:
    raw = bytearray()
    for chunk in response.iter_content(CHUNK):
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise NoAnswer("the answer is too long")
        if deadline.left <= 0:
            raise NoAnswer("the answer takes too long")
    return bytes(raw)


def _was_never_sent(err: requests.RequestException) -> bool:
    if isinstance(
        err, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    ):
        return True
    cause = err.args[0] if err.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
