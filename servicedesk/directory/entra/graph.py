"""Asking Microsoft Graph: one question, twenty at once, or page after page; patient with reads, careful with writes.

https://learn.microsoft.com/graph/throttling, /graph/json-batching, /graph/errors"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_before_delay,
    wait_random_exponential,
)

from servicedesk.directory.entra.http import Answer, AnswerLost, Deadline, NeverSent, exchange
from servicedesk.directory.errors import DirectoryUnavailable, OutcomeUnknown

logger = logging.getLogger(__name__)

VERSION = "/v1.0"
PAGES = 20
TRIP_AFTER = 5  # failures in a row, over all callers of this process
TRIP_SECONDS = 10.0
BUSY = frozenset({429, 500, 502, 503, 504})
FULL_JITTER = wait_random_exponential(multiplier=0.2, max=2.0)
T = TypeVar("T")


class Busy(DirectoryUnavailable):
    """Not now; nothing was done. `retry_after` is what the service asked for, in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Tokens(Protocol):
    def token(self, *, refused: str | None = None) -> str:
        """An access token that is good for a while, and never the one that was just refused.

        Raises DirectoryUnavailable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One GET of a batch."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    needed: bool = True  # False: without an answer the call goes on and knows less


class Graph:
    def __init__(self, session: requests.Session, base: str, tokens: Tokens) -> None:
        self._session = session
        self._root = base + VERSION
        self._tokens = tokens
        self._breaker = Breaker()

    def get(self, path: str, deadline: Deadline, **headers: str) -> Answer:
        """Raises DirectoryUnavailable."""
        return self._patiently(lambda: self._read("GET", path, deadline, headers=headers), deadline)

    def batch(self, asks: Mapping[str, Ask], deadline: Deadline) -> dict[str, Answer]:
        """The answers by name, to at most twenty. What is throttled is asked for again by itself; only what is not
        needed may be answered with an error of the service's. Raises DirectoryUnavailable."""
        answers: dict[str, Answer] = {}

        def attempt() -> None:
            open_asks = {name: ask for name, ask in asks.items() if name not in answers}
            body = {
                "requests": [
                    {"id": name, "method": "GET", "url": ask.url, "headers": dict(ask.headers)}
                    for name, ask in open_asks.items()
                ]
            }
            whole = self._read("POST", "/$batch", deadline, body=body)
            if not whole.ok:
                raise Busy(f"Graph answers a batch with {whole.status} {whole.code}")
            answers.update(_settled(whole, open_asks))
            missing = [name for name in asks if name not in answers]
            if missing:
                raise Busy(f"Graph is busy: {', '.join(missing)}", _longest_wait(whole, missing))

        self._patiently(attempt, deadline)
        return answers

    def rest(self, first: Answer, deadline: Deadline) -> list[dict[str, Any]]:
        """This answer's values and those of all pages that follow. Raises DirectoryUnavailable."""
        values, page = list(first.values), first
        for _ in range(PAGES):
            link = page.body.get("@odata.nextLink")
            if link is None:
                return values
            page = self.get(self.path_of(str(link)), deadline)
            if not page.ok:
                raise Busy(f"Graph answers a further page with {page.status} {page.code}")
            values += page.values
        raise Busy("more pages than anybody has groups")

    def write(self, method: str, path: str, body: Any, deadline: Deadline) -> Answer:
        """Once done, or not done: repeated only where the service says that it did nothing.

        Raises DirectoryUnavailable (nothing was changed) or OutcomeUnknown."""
        return self._patiently(lambda: self._write_once(method, path, body, deadline), deadline)

    def path_of(self, link: str) -> str:
        """A link that Graph gave, as a path here. Raises DirectoryUnavailable where it leads to another host (S9)."""
        if not link.startswith(self._root + "/"):
            raise DirectoryUnavailable("Graph points to another host")
        return link.removeprefix(self._root)

    def _read(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        try:
            answer = self._send(method, path, deadline, headers=headers, body=body)
        except (NeverSent, AnswerLost) as err:
            self._breaker.failed()
            raise Busy(f"Graph does not answer: {err}") from err
        if answer.status in BUSY:
            self._breaker.refused(answer.retry_after)
            raise Busy(f"Graph answers {answer.status} {answer.code}", answer.retry_after)
        self._breaker.answered()
        return answer

    def _write_once(self, method: str, path: str, body: Any, deadline: Deadline) -> Answer:
        try:
            answer = self._send(method, path, deadline, body=body)
        except NeverSent as err:
            self._breaker.failed()
            raise Busy(f"Graph cannot be reached: {err}") from err
        except AnswerLost as err:
            self._breaker.failed()
            raise OutcomeUnknown(f"Graph did not answer a {method}: {err}") from err
        if answer.status == 429:
            self._breaker.refused(answer.retry_after)
            raise Busy(f"Graph answers {answer.status} {answer.code}", answer.retry_after)
        if answer.status in BUSY:
            raise OutcomeUnknown(f"Graph answered a {method} with {answer.status} {answer.code}")
        self._breaker.answered()
        return answer

    def _send(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """One exchange, repeated once with a new token where the old one is refused."""
        self._breaker.check()

        def with_token(token: str) -> Answer:
            sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **(headers or {})}
            url = self._root + path
            return exchange(self._session, method, url, headers=sent, json_body=body, deadline=deadline)

        token = self._tokens.token()
        answer = with_token(token)
        if answer.status == 401:
            answer = with_token(self._tokens.token(refused=token))
        if answer.status == 401:
            raise DirectoryUnavailable(f"Graph refuses our token: {answer.code}")
        return answer

    def _patiently(self, call: Callable[[], T], deadline: Deadline) -> T:
        retrying = Retrying(
            retry=retry_if_exception_type(Busy),
            wait=_wait,
            stop=stop_before_delay(deadline.left),
            reraise=True,
        )
        return retrying(call)


class Breaker:
    """Lets nobody wait for a service that has just said "later", or that has stopped answering (F2)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._failures = 0

    def check(self) -> None:
        """Raises Busy."""
        left = self._closed_until - time.monotonic()
        if left > 0:
            raise Busy("Graph asked us to wait, or stopped answering", left)

    def answered(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= TRIP_AFTER:
                self._failures = 0
                self._closed_until = time.monotonic() + TRIP_SECONDS
                logger.warning("Graph stopped answering: nothing is asked for %.0f s", TRIP_SECONDS)

    def refused(self, retry_after: float | None) -> None:
        if retry_after:
            with self._lock:
                self._closed_until = max(self._closed_until, time.monotonic() + retry_after)


def _settled(whole: Answer, asks: Mapping[str, Ask]) -> dict[str, Answer]:
    """The parts that need not be asked for again."""
    settled = {}
    for part in _parts(whole):
        name = str(part.get("id"))
        if name not in asks:
            continue
        answer = _part(part)
        if answer.status not in BUSY or not asks[name].needed:
            settled[name] = answer
    return settled


def _parts(whole: Answer) -> list[dict[str, Any]]:
    parts = whole.body.get("responses")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _part(part: dict[str, Any]) -> Answer:
    headers, body, status = part.get("headers"), part.get("body"), part.get("status")
    return Answer(
        status if isinstance(status, int) else 500,
        requests.structures.CaseInsensitiveDict(headers if isinstance(headers, dict) else {}),
        body if isinstance(body, dict) else {},
    )


def _longest_wait(whole: Answer, names: list[str]) -> float | None:
    waits = [_part(part).retry_after for part in _parts(whole) if part.get("id") in names]
    return max((wait for wait in waits if wait is not None), default=None)


def _wait(state: RetryCallState) -> float:
    """What the service asks for, else full jitter; never the same moment for all of us."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, Busy) else None
    return FULL_JITTER(state) if asked is None else asked + random.uniform(0, 0.3)
