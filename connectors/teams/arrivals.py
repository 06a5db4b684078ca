"""From a proven activity to the one path of every message (connectors/core.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from connectors.envelope import Envelope
from connectors.intake import Receipt, inbound_key
from connectors.locale import language_of
from connectors.runtime import Runtime
from connectors.teams.activity import Activity
from connectors.teams.platform import Address, channel_user
from connectors.teams.typing import Typing
from connectors.teams.welcome import Welcome
from servicedesk.buttons import id_of
from servicedesk.conversations import KEEP, Conversation

CHANNEL = "teams"
INSTALLATIONS = {"add": "teams.installed", "remove": "teams.removed"}


class Arrivals:
    def __init__(self, runtime: Runtime, typing: Typing, welcome: Welcome) -> None:
        self._runtime = runtime
        self._conversations = runtime.front.conversations
        self._typing = typing
        self._welcome = welcome

    async def message(self, activity: Activity) -> None:
        """Typed words; or a button of a client that knows no Action.Execute."""
        token = activity.value.get("button")
        if isinstance(token, str) and token:
            await self.press(activity, token)
            return
        await self._accept(activity, key=activity.id, text=activity.text)

    async def press(
        self, activity: Activity, token: str, *, edits: Mapping[int, str] | None = None
    ) -> Receipt:
        """Teams delivers a click that was answered late again under a new id: the token tells that it is the same."""
        key = f"press:{id_of(token) or activity.id}"
        return await self._accept(activity, key=key, button=token, edits=edits)

    async def code(self, activity: Activity, code: str, nonce: str) -> Receipt:
        return await self._accept(activity, key=f"code:{nonce}", code=code)

    async def open(self, activity: Activity) -> Conversation:
        """The conversation of this activity, its address renewed. Raises StoreUnavailable."""
        return await asyncio.to_thread(self._open, activity, None)

    def _open(self, activity: Activity, connection: Connection | None) -> Conversation:
        return self._conversations.open(
            channel=CHANNEL,
            tenant=activity.tenant,
            channel_user=channel_user(activity),
            account=KEEP,
            private=activity.private,
            language=language_of(activity.locale),
            address=Address.of(activity).dump(),
            connection=connection,
        )

    async def installation(self, activity: Activity) -> None:
        """The app has come to somebody or to a room, or has gone from there: written into the audit trail, once."""
        change = activity.action.partition("-")[0]  # "add-upgrade" is a new version of it
        if change in INSTALLATIONS:
            await asyncio.to_thread(self._record_installation, activity, INSTALLATIONS[change])

    def _record_installation(self, activity: Activity, event: str) -> None:
        with self._runtime.front.store.transaction() as connection:
            conversation = self._open(activity, connection)
            key = inbound_key(conversation, activity.id)
            if self._runtime.inbox.note(connection, key=key, conversation=conversation.id):
                self._runtime.audit.record(
                    connection,
                    event=event,
                    outcome="done",
                    actor=activity.object_id,
                    subject="",
                    details={"conversation": conversation.id, "kind": activity.kind},
                )

    async def welcome(self, activity: Activity) -> None:
        """The app has come to somebody."""
        await asyncio.to_thread(self._welcome.say_once, await self.open(activity))

    async def _accept(self, activity: Activity, *, key: str, **what: Any) -> Receipt:
        address = Address.of(activity)
        receipt = await self._runtime.core.accept(
            Envelope(
                channel=CHANNEL,
                tenant=activity.tenant,
                channel_user=channel_user(activity),
                ask_platform=True,
                private=activity.private,
                key=key,
                locale=language_of(activity.locale),
                address=address.dump(),
                **what,
            )
        )
        if receipt.new:
            self._typing.show(receipt.conversation.id, address)
        return receipt
