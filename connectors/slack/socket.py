"""Socket Mode: the same requests over a connection that we open, where Slack can reach no address of ours.

https://docs.slack.dev/apis/events-api/using-socket-mode. Slack hands each request to one of up to ten connections, so
every rasa process has its own; what comes twice is known by its key, as everywhere (F11). There is no signature: who is
at the other end is what TLS says of the address that Slack gave us for our token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from connectors.http import BadRequest
from connectors.slack.api import TIMEOUT_SECONDS, sdk_logger
from servicedesk.secret import Secret
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

PING_SECONDS = 5.0

Take = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


class Socket:
    """`take(kind, payload)` gives what Slack is to show for it, None for nothing. Raises SettingsError where the token
    cannot be read."""

    def __init__(self, token: Secret, api_url: str, take: Take) -> None:
        self._token = token.read()
        self._api_url = api_url
        self._take = take
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and connect again for as long as it takes. Needs a running event loop."""
        web = AsyncWebClient(base_url=f"{self._api_url}/", timeout=TIMEOUT_SECONDS, logger=sdk_logger())
        self._client = SocketModeClient(
            self._token, logger=_sdk_logger(), web_client=web, ping_interval=PING_SECONDS
        )
        self._client.socket_mode_request_listeners.append(self._receive)
        self._connecting = asyncio.create_task(self._client.connect())

    async def stop(self) -> None:
        """Take no more; what was not acknowledged, Slack hands to another connection."""
        if self._client is None or self._connecting is None:
            return
        self._client.closed = True
        self._connecting.cancel()
        await asyncio.gather(self._connecting, return_exceptions=True)
        await self._client.close()
        self._client = None

    async def _receive(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledged once it is stored, not before."""
        try:
            shown = await self._take(request.type, request.payload)
        except BadRequest as bad:
            logger.warning("an envelope of Slack was refused: %s", bad.sentence)
            shown = None  # it would be the same the next time
        except StoreUnavailable:
            logger.warning("an envelope of Slack was not accepted: the store is not available")
            return
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=shown)
        )


def _sdk_logger() -> logging.Logger:
    """What goes wrong with the connection, without what was said over it, nor the address, which is as good as a
    password (D1)."""
    quiet = logging.getLogger(f"{__name__}.sdk")
    quiet.setLevel(logging.ERROR)
    if not quiet.filters:
        quiet.addFilter(_shortened)
    return quiet


def _shortened(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
    record.msg, record.args = f"{str(record.msg).split('(')[0].split(':')[0].strip()} {kind}".strip(), ()
    record.exc_info = None
    return True
