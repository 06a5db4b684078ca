"""One request to an SMS gateway that ends in time, and what its failure says about what was sent (F6, F15)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from servicedesk.delivery.attempt import SECONDS, Attempt, in_time
from servicedesk.delivery.errors import DeliveryError, DeliveryRejected, DeliveryUnavailable, DeliveryUnclear

log = logging.getLogger(__name__)
# It writes each address that is asked for, and a gateway may want number and text there (D1).
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

CONNECT_SECONDS = 2.0
MAX_BYTES = 64 * 1024
REJECTED = frozenset({400, 404, 406, 410, 413, 422})  # this number or text will not do
LOST_BEHIND = frozenset({500, 502, 504})  # who stands in front does not know what became of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # whatever the case of the name
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def body(self) -> Any:
        """The JSON in it; None where there is none."""
        with suppress(ValueError, RecursionError):
            return json.loads(self.text)
        return None

    @property
    def retry_after(self) -> timedelta | None:
        value = str(self.headers.get("Retry-After", "")).strip()
        return (
            timedelta(seconds=int(value)) if value.isascii() and value.isdigit() and len(value) < 7 else None
        )


class Gateway:
    """Requests to one gateway; nothing of them, and no word of its answers, is ever in a log or in an error (D1)."""

    def __init__(self, *, ca_file: str | None = None, seconds: float = SECONDS) -> None:
        self._verify: bool | str = ca_file or True
        self._seconds = seconds

    def ask(self, request: Request) -> Answer:
        """Raises DeliveryUnavailable when it certainly did not arrive, DeliveryUnclear when it may have."""
        answers: list[Answer] = []
        in_time(lambda attempt: answers.append(self._exchange(request, attempt)), self._seconds)
        return answers[0]

    def _exchange(self, request: Request, attempt: Attempt) -> Answer:
        with requests.Session() as session:
            session.auth = _as_it_stands  # else a .netrc of the service user would replace our header
            try:
                attempt.hand_over()
                with session.request(
                    request.method,
                    request.url,
                    headers=dict(request.headers),
                    data=request.body or None,
                    timeout=(min(CONNECT_SECONDS, self._seconds), self._seconds),
                    allow_redirects=False,  # the secret is for this host only
                    stream=True,
                    verify=self._verify,  # said here, or REQUESTS_CA_BUNDLE would win over it
                ) as response:
                    attempt.on_cut = response.close
                    text = response.raw.read(MAX_BYTES, decode_content=True).decode("utf-8", "replace")
                    return Answer(response.status_code, response.headers, text)
            except (requests.RequestException, OSError, ValueError) as err:
                # Its own text names the address and may quote what was sent: only its kind goes on.
                log.warning("sms: no answer (%s)", type(err).__name__)
                raise _failure(err) from None
            except Exception as err:  # urllib3's own, from a body that breaks off
                log.warning("sms: the answer broke off (%s)", type(err).__name__)
                raise DeliveryUnclear(type(err).__name__) from None


def refusal(answer: Answer) -> DeliveryError:
    """What an answer that is not 2xx means where the gateway says nothing better."""
    status = answer.status
    log.warning("sms: the gateway answers %d", status)
    if status in LOST_BEHIND:
        return DeliveryUnclear(f"the gateway answers {status}")
    if status in REJECTED:
        return DeliveryRejected(f"the gateway answers {status}")
    return DeliveryUnavailable(f"the gateway answers {status}", answer.retry_after)


def host_of(url: str) -> str:
    return urlsplit(url).netloc


def _as_it_stands(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _failure(err: Exception) -> DeliveryError:
    never_sent = (
        requests.ConnectTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.ProxyError,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidHeader,
    )
    cause = err.args[0] if err.args else None
    refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    return (DeliveryUnavailable if refused or isinstance(err, never_sent) else DeliveryUnclear)(
        type(err).__name__
    )
