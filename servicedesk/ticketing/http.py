"""The one way to a ticket system over HTTP: time-outs, capped answers, no redirects, typed errors (F5, F6, S9)."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from servicedesk.exchange import Deadline, NoAnswer, NotSent, Received, exchange, new_session
from servicedesk.pace import Pace
from servicedesk.ticketing.errors import (
    AccessRefused,
    OutcomeUnknown,
    RateLimited,
    TicketNotFound,
    TicketRejected,
    TicketSystemUnavailable,
)
from servicedesk.ticketing.settings import TicketingSettings
from servicedesk.ticketing.sign_in import SignIn

log = logging.getLogger(__name__)

READ_SECONDS = 5.0  # an employee may be waiting (F2)
WRITE_SECONDS = 12.0  # with the search before it, well within a lease (F7)
TRY_LATER = (408, 425, 503)
TOO_MANY = {"REQUEST_LIMIT_EXCEEDED"}  # Salesforce says it with a 403
_NAME = re.compile(r"[A-Za-z][\w.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any  # of the JSON; None where there is none

    @property
    def object(self) -> dict[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    @property
    def retry_after(self) -> timedelta | None:
        return _retry_after(str(self.headers.get("Retry-After", "")).strip())

    @property
    def fault(self) -> str:
        """The system's own name of what is wrong, and of the fields it names: identifiers, never its sentences (D1)."""
        return " ".join([str(self.status), *dict.fromkeys(_names(self.body))])[:120]


class Http:
    def __init__(self, settings: TicketingSettings, sign_in: SignIn, session: requests.Session | None = None):
        self._base = f"{settings.url}/"
        self._sign_in = sign_in
        self._session = session or new_session(str(settings.ca_file) if settings.ca_file else True)
        self._pace = Pace(settings.calls_per_second)

    def get(self, path: str, *, deadline: Deadline | None = None, **options: Any) -> Answer:
        """What is there. Raises TicketNotFound, TicketRejected, AccessRefused, TicketSystemUnavailable."""
        return self._call("GET", path, seconds=READ_SECONDS, deadline=deadline, **options)

    def send(self, method: str, path: str, **options: Any) -> Answer:
        """A change. Raises OutcomeUnknown as well: then it may have been made.

        `takes`: further status codes that the caller looks at itself."""
        return self._call(method, path, seconds=WRITE_SECONDS, changes=True, **options)

    def ask(self, path: str, **options: Any) -> Answer:
        """A question that this system wants as a POST."""
        return self._call("POST", path, seconds=READ_SECONDS, **options)

    def _call(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        deadline: Deadline | None = None,
        changes: bool = False,
        takes: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        url = self._url(path)
        self._pace()
        deadline = deadline or Deadline(seconds)
        for last in (False, True):
            signed = {"Accept": "application/json", **(headers or {}), **self._sign_in.headers()}
            received = self._exchanged(method, url, signed, deadline, changes, body)
            if received.status != 401 or last or not self._sign_in.renew():
                break
        try:
            return _checked(received, changes=changes, takes=takes)
        except RateLimited:
            self._pace.too_fast()
            raise

    def _exchanged(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        deadline: Deadline,
        changes: bool,
        body: Mapping[str, Any],
    ) -> Received:
        try:
            return exchange(self._session, method, url, headers=headers, deadline=deadline, **body)
        except NotSent as err:
            raise TicketSystemUnavailable(f"no connection ({err})") from None
        except NoAnswer as err:
            kind = OutcomeUnknown if changes else TicketSystemUnavailable
            raise kind(f"no whole answer ({err})") from None

    def _url(self, path: str) -> str:
        """Of this system only, also where a page names the next one by its full address (S9)."""
        url = urljoin(self._base, path.lstrip("/") if "://" not in path else path)
        wanted, base = urlsplit(url), urlsplit(self._base)
        if (wanted.scheme, wanted.netloc) != (base.scheme, base.netloc):
            raise TicketRejected("an address outside of the ticket system")
        return url


def _checked(received: Received, *, changes: bool, takes: Collection[int]) -> Answer:
    status = received.status
    answer = Answer(status, received.headers, _parsed(received.content))
    if status in takes:
        return answer
    if 200 <= status < 300:
        if answer.body is None and received.content.strip():
            # A page for people, from a gateway or a sign-in service: what became of a change is not known.
            raise (OutcomeUnknown if changes else TicketSystemUnavailable)(f"{status}, and no JSON")
        return answer
    log.warning("ticketing: answers %s", answer.fault)
    if 300 <= status < 400:
        raise AccessRefused(f"{status}: it leads elsewhere; is TIER0_TICKETING_URL right?")
    if status == 401:
        raise AccessRefused(answer.fault)
    if status in (404, 410):
        raise TicketNotFound(answer.fault)
    if status == 429 or (status == 403 and TOO_MANY & set(answer.fault.split())):
        raise RateLimited(answer.fault, answer.retry_after)
    if status >= 500 or status in TRY_LATER:
        kind = OutcomeUnknown if changes else TicketSystemUnavailable
        raise kind(answer.fault, answer.retry_after)
    raise TicketRejected(answer.fault)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _retry_after(value: str) -> timedelta | None:
    """Seconds or a date, as HTTP allows both."""
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value, re.ASCII):
        return timedelta(seconds=float(value))
    try:
        return max(parsedate_to_datetime(value) - datetime.now(timezone.utc), timedelta())
    except (ValueError, TypeError):
        return None


def _names(body: Any, depth: int = 0) -> Iterator[str]:
    """Error codes and fields: every vendor has them somewhere near the top."""
    if depth > 4:
        return
    if isinstance(body, list):
        for each in body[:5]:
            yield from _names(each, depth + 1)
    elif isinstance(body, dict):
        for key, value in body.items():
            if key in ("code", "errorCode", "error", "field", "fields", "type", "status", "messageNumber"):
                yield from _identifiers(value)
            if key in ("errors", "details") and isinstance(value, dict):
                yield from _identifiers(list(value))
            if isinstance(value, (dict, list)):
                yield from _names(value, depth + 1)


def _identifiers(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, int) or (isinstance(each, str) and _NAME.fullmatch(each)):
            yield str(each)
