"""Slack as the core sees it: it looks users up and takes messages (connectors/platform.py)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from connectors.outgoing import Outgoing
from connectors.platform import Kind, Profile, ProfileUnavailable, TryLater, Undeliverable
from connectors.slack.api import NotInstalled, Refused, SlackApi
from connectors.slack.blocks import blocks_of, notification
from connectors.slack.events import INSTALLATION
from connectors.slack.payload import text_at
from connectors.slack.profile import profile_of
from servicedesk.conversations import Conversation, Conversations
from servicedesk.slack_settings import SlackSettings

logger = logging.getLogger(__name__)

NO_SUCH_USER = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
BAD_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch"})
LABELS = (
    *("from_agent", "whole_article", "article_owner", "article_reviewed", "cancel"),
    *("code_enter", "code_title", "code_submit", "code_length", "code_other", "code_given"),
    *("code_sms", "code_mail", "code_authenticator"),
    *("preview_edit", "preview_title", "preview_hint", "send"),
)


class SlackPlatform:
    def __init__(
        self,
        settings: SlackSettings,
        api: SlackApi,
        conversations: Conversations,
        label: Callable[[str, str | None], str],
    ) -> None:
        self._settings = settings
        self._api = api
        self._conversations = conversations
        self._label = label
        self.listeners: list[Callable[[Conversation], None]] = []  # told of each message that Slack has taken

    async def profile(self, conversation: Conversation) -> Profile:
        home = conversation.tenant
        domains = self._settings.served.get(home)
        if domains is None:
            return Profile(kind=Kind.OUTSIDER)  # Slack Connect: another company's
        try:
            answer = await self._api.read(
                home, "users.info", user=self.user_of(conversation), include_locale="true"
            )
        except NotInstalled:  # nobody there can say who this is
            return Profile(kind=Kind.OUTSIDER)
        except Refused as err:
            if err.code in NO_SUCH_USER:
                return Profile(kind=Kind.OUTSIDER)
            raise ProfileUnavailable(str(err)) from err
        except TryLater as err:
            raise ProfileUnavailable(str(err)) from err
        return profile_of(answer.get("user"), home, domains)

    async def meet(self, conversation: Conversation) -> None: ...

    def private_address(self, room: Conversation) -> Mapping[str, Any] | None:
        return None  # who it is is enough (`_open_private_chat`)

    async def send(self, message: Outgoing) -> str:
        address = message.conversation.address or await self._open_private_chat(message.conversation)
        where = {"channel": address["channel"]}
        if address.get("thread_ts"):
            where["thread_ts"] = address["thread_ts"]
        quiet = {"unfurl_links": False, "unfurl_media": False}
        answer = await self._give("chat.postMessage", message, **where, **quiet)
        for told in self.listeners:
            told(message.conversation)
        return text_at(answer, "ts")

    async def edit(self, message: Outgoing) -> None:
        channel = str(message.conversation.address.get("channel") or "")
        if channel and message.platform_id:
            await self._give("chat.update", message, channel=channel, ts=message.platform_id)

    def user_of(self, conversation: Conversation) -> str:
        return conversation.channel_user.split(":")[0]

    def labels(self, language: str | None) -> dict[str, str]:
        return {name: self._label(name, language) for name in LABELS}

    async def close(self) -> None:
        await self._api.close()

    async def _give(self, method: str, message: Outgoing, **arguments: Any) -> Any:
        """With blocks; where Slack cannot read them, as text alone: an answer is better than none."""
        text = notification(message) or "…"
        blocks = blocks_of(message, self.labels(message.conversation.language))
        workspace = installation_of(message.conversation)
        try:
            return await self._api.call(workspace, method, text=text, blocks=blocks, **arguments)
        except Refused as err:
            if err.code not in BAD_BLOCKS:
                raise Undeliverable(str(err)) from err
            logger.error("message %d is sent as text alone: %s", message.id, err)
        try:
            return await self._api.call(workspace, method, text=text, blocks=[], **arguments)
        except Refused as err:
            raise Undeliverable(str(err)) from err

    async def _open_private_chat(self, conversation: Conversation) -> dict[str, str]:
        """Proactive: the employee has not written to us here yet."""
        try:
            user = self.user_of(conversation)
            answer = await self._api.call(conversation.tenant, "conversations.open", users=user)
        except Refused as err:
            raise Undeliverable(str(err)) from err
        channel = text_at(answer, "channel", "id")
        if not channel:
            raise Undeliverable("conversations.open: no channel")
        address = {"channel": channel}
        await asyncio.to_thread(self._conversations.set_address, conversation.id, address)
        return address


def installation_of(conversation: Conversation) -> str:
    """Whose bot stands in the conversation: that of the user's own workspace, or of the one that they came to."""
    return str((conversation.address or {}).get(INSTALLATION) or conversation.tenant)
