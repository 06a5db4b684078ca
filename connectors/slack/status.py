"""That an answer is being worked on: "Tier0 is looking it up …", in the person's language.

https://docs.slack.dev/reference/methods/assistant.threads.setStatus. A courtesy: what goes wrong with it is nobody's
concern. Slack takes a status away when the app answers in its thread, or after two minutes; our answers in a private chat
stand in no thread, so whoever set one takes it away again, however the turn ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from connectors.platform import PlatformError
from connectors.slack.api import Refused, SlackApi
from connectors.slack.events import Place
from servicedesk.conversations import Conversations
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

METHOD = "assistant.threads.setStatus"
FIRST_SECONDS = 0.8  # most answers are there by then
LOOK_SECONDS = 0.5
LONGEST_SECONDS = 100.0
MOST = 30  # at a time: two calls each, and Slack takes ten a second
TAKEN_AWAY_SECONDS = 15.0
TRIES = 3


class Status:
    def __init__(
        self,
        api: SlackApi,
        conversations: Conversations,
        works: Callable[[str], bool],
        label: Callable[[str, str | None], str],
    ) -> None:
        """`works(conversation)`: is an answer still being worked on?"""
        self._api = api
        self._conversations = conversations
        self._works = works
        self._label = label
        self._shown: dict[str, asyncio.Task[None]] = {}

    def show(self, conversation: str, place: Place, about: str) -> None:
        """Until the answer is there; `about` is the ts of what is being answered. Not where many wait."""
        root = place.thread or about
        if place.channel and root and conversation not in self._shown and len(self._shown) < MOST:
            task = asyncio.create_task(self._show(conversation, place, root))
            self._shown[conversation] = task
            task.add_done_callback(lambda _: self._shown.pop(conversation, None))

    async def stop(self) -> None:
        tasks = list(self._shown.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _show(self, conversation: str, place: Place, root: str) -> None:
        await asyncio.sleep(FIRST_SECONDS)
        if not self._works(conversation):
            return
        try:
            found = await asyncio.to_thread(self._conversations.get, conversation)
            words = self._label("status_working", found.language if found else None)
        except StoreUnavailable:
            return
        try:
            if await self._set(place, root, words):
                await self._wait(conversation)
        finally:  # also where it is not known whether it was set, and when the process stops
            await asyncio.wait_for(self._take_away(place, root), TAKEN_AWAY_SECONDS)

    async def _wait(self, conversation: str) -> None:
        end = asyncio.get_running_loop().time() + LONGEST_SECONDS
        while asyncio.get_running_loop().time() < end and self._works(conversation):
            await asyncio.sleep(LOOK_SECONDS)

    async def _take_away(self, place: Place, root: str) -> None:
        for _ in range(TRIES):
            if await self._set(place, root, ""):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _set(self, place: Place, root: str, words: str) -> bool:
        """False where it is not known whether Slack took it."""
        try:
            await self._api.call(
                place.installation, METHOD, channel_id=place.channel, thread_ts=root, status=words
            )
        except Refused as err:  # there is no such thing in this chat, or no longer
            logger.info("no status was shown: %s", err)
            return bool(words) is False
        except (PlatformError, StoreUnavailable) as err:
            logger.info("a status was perhaps not shown: %s", err)
            return False
        return True
