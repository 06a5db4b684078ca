"""How we prove to a ticket system who we are. A secret is read when it is used: a rotated file counts at once."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import requests

from servicedesk.exchange import Deadline, NoAnswer, NotSent, exchange, new_session
from servicedesk.secret import Secret
from servicedesk.ticketing.errors import AccessRefused, TicketSystemUnavailable
from servicedesk.ticketing.settings import TicketingSettings

TOKEN_SECONDS = 5.0
EARLIER = 120.0  # seconds before its end that a token is renewed
USUAL_LIFETIME = 900.0  # where the service does not say


class SignIn(Protocol):
    def headers(self) -> Mapping[str, str]:
        """Raises AccessRefused, TicketSystemUnavailable."""

    def renew(self) -> bool:
        """After a 401: True where another try with another token may help."""


class Header:
    """One secret in one header: `Authorization: token …`."""

    def __init__(self, secret: Secret, scheme: str, name: str = "Authorization") -> None:
        self._secret = secret
        self._scheme = scheme
        self._name = name

    def headers(self) -> Mapping[str, str]:
        between = "" if self._scheme.endswith("=") else " "
        return {self._name: f"{self._scheme}{between}{self._secret.read()}"}

    def renew(self) -> bool:
        return False


class Basic:
    def __init__(self, user: str, secret: Secret, *, secret_is_user: bool = False) -> None:
        self._user = user
        self._secret = secret
        self._secret_is_user = secret_is_user  # an API key as the user name, and any password

    def headers(self) -> Mapping[str, str]:
        secret = self._secret.read()
        pair = f"{secret}:X" if self._secret_is_user else f"{self._user}:{secret}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def renew(self) -> bool:
        return False


class Token:
    """A token that is fetched, kept until shortly before its end, and renewed once after a 401."""

    def __init__(self, fetch: Callable[[], tuple[str, float]], scheme: str = "Bearer") -> None:
        self._fetch = fetch
        self._scheme = scheme
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if not self._token or time.monotonic() >= self._until:
                self._token, lifetime = self._fetch()
                self._until = time.monotonic() + max(lifetime - EARLIER, lifetime / 2)
            return {"Authorization": f"{self._scheme} {self._token}"}

    def renew(self) -> bool:
        with self._lock:
            self._until = 0.0
        return True


def client_credentials(
    settings: TicketingSettings, token_url: str, session: requests.Session | None = None, **more: str
) -> Token:
    """OAuth 2 with a client id and its secret (RFC 6749, 4.4); `more` goes into the form: scope, resource."""
    used = session or new_session(str(settings.ca_file) if settings.ca_file else True)

    def fetch() -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.needed("user"),
            "client_secret": settings.secret.read(),
            **more,
        }
        body = token_answer(used, token_url, form)
        try:
            given, lifetime = str(body["access_token"]), float(str(body.get("expires_in", USUAL_LIFETIME)))
        except (KeyError, ValueError):
            raise TicketSystemUnavailable("the sign-in service gives no token") from None
        return given, lifetime

    return Token(fetch)


def token_answer(session: requests.Session, url: str, form: Mapping[str, str]) -> Mapping[str, object]:
    """Raises AccessRefused, TicketSystemUnavailable."""
    try:
        received = exchange(
            session,
            "POST",
            url,
            headers={"Accept": "application/json"},
            deadline=Deadline(TOKEN_SECONDS),
            data=dict(form),
        )
    except (NotSent, NoAnswer) as err:
        raise TicketSystemUnavailable(f"the sign-in service does not answer ({err})") from None
    if received.status in (400, 401, 403):
        raise AccessRefused(f"{received.status}: the sign-in service refuses us")
    try:
        body = json.loads(received.content)
    except (ValueError, RecursionError):
        body = None
    if received.status != 200 or not isinstance(body, dict):
        raise TicketSystemUnavailable(f"the sign-in service answers {received.status}")
    return body
