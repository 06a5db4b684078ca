"""The Bot Connector's REST API, as far as we use it.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-send-and-receive-messages"""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from connectors.teams.credentials import BotToken
from connectors.teams.errors import Missing, Refused, TeamsError, TryLater, Unclear, Unreachable
from connectors.teams.service import ServiceHosts

TIMEOUT = aiohttp.ClientTimeout(total=15.0, connect=5.0)
MAX_BYTES = 1 << 20
MAX_RETRY_AFTER = 600.0
_BUSY = {412, 429, 500, 503}  # Teams: not done, come again
_GATEWAY = {502, 504}  # perhaps done: only what may be done twice is tried again
_REPEATABLE = {"GET", "PUT", "DELETE"}
_GONE = {
    "BotDisabledByAdmin",
    "BotNotInConversationRoster",
    "ConversationBlockedByUser",
    "ConversationNotFound",
    "MessageWritesBlocked",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person as Teams' own list of the conversation shows them."""

    object_id: str
    tenant: str
    name: str  # userPrincipalName, as Entra has it
    email: str
    role: str

    @property
    def guest(self) -> bool:
        """Anybody who is not plainly a user of the tenant."""
        return self.role not in ("user", "") or "#ext#" in self.name.lower()


class BotConnector:
    """Every call may raise TryLater, Refused, Unreachable, and a post Unclear too.

    401 is not final either: the app's registration or secret can be mended, and then the message may still go."""

    def __init__(
        self, http: Callable[[], aiohttp.ClientSession], token: BotToken, services: ServiceHosts
    ) -> None:
        self._http = http
        self._token = token
        self._services = services

    async def post(self, service_url: str, conversation: str, activity: Mapping[str, Any]) -> str:
        """Say something; the new activity's id."""
        path = f"/v3/conversations/{_id(conversation)}/activities"
        return str((await self._call("POST", service_url, path, activity)).get("id") or "")

    async def put(self, service_url: str, conversation: str, name: str, activity: Mapping[str, Any]) -> None:
        """Replace what was said."""
        path = f"/v3/conversations/{_id(conversation)}/activities/{_id(name)}"
        await self._call("PUT", service_url, path, activity)

    async def member(self, service_url: str, conversation: str, user: str) -> Member | None:
        """Who this is; None for somebody who is not in the conversation."""
        path = f"/v3/conversations/{_id(conversation)}/members/{_id(user)}"
        try:
            found = await self._call("GET", service_url, path)
        except Missing:
            return None
        return Member(
            object_id=_word(found, "aadObjectId") or _word(found, "objectId"),
            tenant=_word(found, "tenantId"),
            name=str(found.get("userPrincipalName") or ""),
            email=str(found.get("email") or ""),
            role=_word(found, "userRole"),
        )

    async def open_personal(self, service_url: str, *, bot: str, user: str, tenant: str) -> str:
        """The id of the one-to-one conversation with this person; the same one each time."""
        body = {
            "bot": {"id": bot},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
            "isGroup": False,
        }
        return str((await self._call("POST", service_url, "/v3/conversations", body)).get("id") or "")

    async def _call(
        self, method: str, service_url: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if not self._services.allow(service_url):
            raise Refused("the service's address is not an allowed one")
        url = URL(service_url.rstrip("/") + path, encoded=True)
        token = await self._token.get()
        status, answer, retry_after = await self._ask(method, url, token, body)
        if status == 401:  # once: it may have been revoked before its time
            token = await self._token.get(instead_of=token)
            status, answer, retry_after = await self._ask(method, url, token, body)
        if 200 <= status < 300:
            return answer
        raise _error(method, status, _code(answer), retry_after)

    async def _ask(
        self, method: str, url: URL, token: str, body: Mapping[str, Any] | None
    ) -> tuple[int, dict[str, Any], float | None]:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._http().request(
                method, url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                text = await response.content.read(MAX_BYTES)
                return response.status, _object(text), _seconds(response.headers.get("Retry-After"))
        except aiohttp.ClientConnectorError as err:  # it was never sent
            raise TryLater(f"Teams does not answer: {type(err).__name__}") from err
        except (aiohttp.ClientError, TimeoutError, OSError) as err:
            reason = f"no answer from Teams: {type(err).__name__}"
            raise (TryLater(reason) if method in _REPEATABLE else Unclear(reason)) from err


def _error(method: str, status: int, code: str, retry_after: float | None) -> TeamsError:
    reason = f"status {status} {code}".rstrip()
    if status in _BUSY or status == 401:
        return TryLater(reason, retry_after)
    if status in _GATEWAY:
        return TryLater(reason, retry_after) if method in _REPEATABLE else Unclear(reason)
    if code in _GONE or (status == 404 and method == "POST"):
        return Unreachable(reason)
    return Missing(reason) if status == 404 else Refused(reason)


def _code(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else answer.get("errorCode")
    return code if isinstance(code, str) and code.isascii() and code.isalnum() and len(code) < 64 else ""


def _object(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _seconds(header: str | None) -> float | None:
    """Retry-After: a number, or a date."""
    if not header:
        return None
    try:
        wait = float(header)
    except ValueError:
        try:
            wait = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER) if wait == wait else None


def _id(name: str) -> str:
    return quote(name, safe="")


def _word(found: Mapping[str, Any], name: str) -> str:
    return str(found.get(name) or "").lower()
