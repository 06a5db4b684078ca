"""The few questions that a connector asks the actions process: this one knows no directory and no codes
(S11)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import aiohttp

from servicedesk.channel_links import Evidence
from servicedesk.directory.port import AccountId
from servicedesk.errors import Tier0Error

TIMEOUT_SECONDS = 6.0
MAX_ANSWER_BYTES = 1 << 20


class ActionsUnavailable(Tier0Error):
    """The actions process did not answer, or not in its own words."""


class CodeOutcome(str, Enum):
    ACCEPTED = "accepted"
    WRONG = "wrong"
    EXPIRED = "expired"
    PAUSED = "paused"
    NONE = "none"  # no code is waited for: the digits are just digits


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAccount:
    account: AccountId
    language: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketLine:
    reference: str
    text: str  # Markdown, in the person's language


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """What somebody sees at a glance."""

    tickets: tuple[TicketLine, ...] = ()  # open ones, the newest first
    more_tickets: int = 0  # that are not among them
    last_known: bool = False  # the ticket system did not answer
    outages: tuple[str, ...] = ()  # Markdown


class ActionsClient(Protocol):
    """Every call raises ActionsUnavailable."""

    async def try_code(self, *, conversation: str, channel_user: str, code: str) -> CodeOutcome:
        """Spend one try on the code that this conversation waits for."""

    async def account(self, username: str) -> KnownAccount | None:
        """The account of this user name, None when there is none."""

    async def link(self, *, channel: str, tenant: str, user: str, evidence: Evidence) -> KnownAccount | None:
        """The account of a chat platform's user (servicedesk/channel_links.py), None where that is not certain."""

    async def overview(self, *, conversation: str, language: str) -> Overview:
        """The open tickets of this private conversation's person, and what is down, in their language."""

    async def people(self) -> list[dict[str, Any]]:
        """The demo's employees, as the chat page lists them (embedded mode)."""

    async def close(self) -> None: ...


class HttpActionsClient:
    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def try_code(self, *, conversation: str, channel_user: str, code: str) -> CodeOutcome:
        body = {"conversation": conversation, "channel_user": channel_user, "code": code}
        answer = await self._call("POST", "/internal/code", body=body)
        try:
            return CodeOutcome(answer["outcome"])
        except (KeyError, TypeError, ValueError) as err:
            raise ActionsUnavailable("an answer about a code that is none") from err

    async def account(self, username: str) -> KnownAccount | None:
        return _known(await self._call("GET", "/internal/account", params={"username": username}))

    async def link(self, *, channel: str, tenant: str, user: str, evidence: Evidence) -> KnownAccount | None:
        body = {"channel": channel, "tenant": tenant, "user": user}
        body |= {"evidence": evidence.kind.value, "value": evidence.value}
        return _known(await self._call("POST", "/internal/link", body=body))

    async def overview(self, *, conversation: str, language: str) -> Overview:
        params = {"conversation": conversation, "language": language}
        return overview_of(await self._call("GET", "/internal/overview", params=params))

    async def people(self) -> list[dict[str, Any]]:
        answer = await self._call("GET", "/internal/people")
        found = answer.get("people") if isinstance(answer, dict) else answer
        if not isinstance(found, list):
            raise ActionsUnavailable("an answer about people that is none")
        return [person for person in found if isinstance(person, dict)]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(
        self, method: str, path: str, *, params: dict[str, str] | None = None, body: Any = None
    ) -> Any:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        try:
            async with self._session.request(
                method, self._url + path, params=params, json=body, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise ActionsUnavailable(f"{path}: status {response.status}")
                return json.loads(await response.content.read(MAX_ANSWER_BYTES))
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as err:
            raise ActionsUnavailable(f"{path}: {type(err).__name__}") from err


def overview_of(answer: Any) -> Overview:
    """Raises ActionsUnavailable."""
    try:
        return Overview(
            tickets=tuple(
                TicketLine(reference=str(ticket["reference"]), text=str(ticket["text"]))
                for ticket in answer["tickets"]
            ),
            more_tickets=int(answer["more_tickets"]),
            last_known=answer["last_known"] is True,
            outages=tuple(map(str, answer["outages"])),
        )
    except (KeyError, TypeError, ValueError) as err:
        raise ActionsUnavailable("an overview that is none") from err


def _known(answer: Any) -> KnownAccount | None:
    if not isinstance(answer, dict) or "account" not in answer:
        raise ActionsUnavailable("an answer about an account that is none")
    account = answer["account"]
    if not account:
        return None
    return KnownAccount(account=AccountId(str(account)), language=answer.get("language"))
