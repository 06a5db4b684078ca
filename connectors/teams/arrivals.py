"""From a proven activity to the one path of every message (connectors/core.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from connectors.envelope import CONTROLS, STARTERS, Envelope
from connectors.intake import Receipt
from connectors.locale import language_of
from connectors.reply import Choice, Reply
from connectors.runtime import Runtime
from connectors.teams.activity import Activity
from connectors.teams.platform import Address, channel_user
from connectors.teams.typing import Typing
from servicedesk.buttons import id_of
from servicedesk.conversations import KEEP, Conversation, conversation_id

CHANNEL = "teams"


class Arrivals:
    def __init__(self, runtime: Runtime, typing: Typing) -> None:
        self._runtime = runtime
        self._conversations = runtime.front.conversations
        self._typing = typing

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
        return await asyncio.to_thread(
            self._conversations.open,
            channel=CHANNEL,
            tenant=activity.tenant,
            channel_user=channel_user(activity),
            account=KEEP,
            private=activity.private,
            language=language_of(activity.locale),
            address=Address.of(activity).dump(),
        )

    async def welcome(self, activity: Activity) -> None:
        """Who this is, what is kept, how to reach a person (D5), and what one can begin with: once a person."""
        conversation = await self.open(activity)
        language = conversation.language
        greeting = Reply(
            text=self._runtime.say("utter_intro", language)["text"],
            choices=tuple(Choice(self._runtime.label(name, language), CONTROLS[name]) for name in STARTERS),
        )
        await asyncio.to_thread(
            self._runtime.transcript.said,
            key=_welcome_key(conversation.id),
            name="r00",
            conversation=conversation.id,
            reply=greeting,
        )

    async def _is_welcomed(self, activity: Activity) -> bool:
        identifier = conversation_id(CHANNEL, activity.tenant, channel_user(activity))
        said = await asyncio.to_thread(
            self._runtime.transcript.replies_to, key=_welcome_key(identifier), conversation=identifier
        )
        return bool(said)

    async def _accept(self, activity: Activity, *, key: str, **what: Any) -> Receipt:
        if not activity.private:
            await self._remember_person(activity)
        elif not await self._is_welcomed(activity):  # an employee who was faster than the app's installation
            await self.welcome(activity)
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

    async def _remember_person(self, activity: Activity) -> None:
        """Where the private chat can be opened from, should the matter be carried over there."""
        private = await asyncio.to_thread(
            self._conversations.open,
            channel=CHANNEL,
            tenant=activity.tenant,
            channel_user=activity.object_id,
            account=KEEP,
            private=True,
            language=language_of(activity.locale),
        )
        if not private.address:
            address = Address(
                service_url=activity.service_url, conversation="", user=activity.user, bot=activity.bot
            )
            await asyncio.to_thread(self._conversations.set_address, private.id, address.dump())


def _welcome_key(conversation: str) -> str:
    return f"{conversation}.welcome"
