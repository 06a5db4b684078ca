"""Showing that an answer is being worked on. It is a courtesy: what goes wrong with it is nobody's concern, and where
many wait, it leaves the processor and what Teams takes of an app (about thirty calls a second) to the answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from connectors.teams.client import BotConnector
from connectors.teams.errors import TeamsError
from connectors.teams.platform import Address

logger = logging.getLogger(__name__)

FIRST_SECONDS = 0.4  # most answers are there by then
EVERY_SECONDS = 2.5  # Teams shows it for about three
LONGEST_SECONDS = 60.0
MOST = 20  # conversations at a time: eight calls a second


class Typing:
    def __init__(self, connector: BotConnector, works: Callable[[str], bool]) -> None:
        """`works(conversation)`: is an answer still being worked on?"""
        self._connector = connector
        self._works = works
        self._shown: dict[str, asyncio.Task[None]] = {}

    def show(self, conversation: str, address: Address) -> None:
        """Until the answer is there, for a minute at most; not where many wait."""
        if conversation not in self._shown and len(self._shown) < MOST:
            task = asyncio.create_task(self._show(conversation, address))
            self._shown[conversation] = task
            task.add_done_callback(lambda _: self._shown.pop(conversation, None))

    async def stop(self) -> None:
        tasks = list(self._shown.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _show(self, conversation: str, address: Address) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_SECONDS
        await asyncio.sleep(FIRST_SECONDS)
        try:
            while loop.time() < end and self._works(conversation):
                await self._connector.post(address.service_url, address.conversation, {"type": "typing"})
                await asyncio.sleep(EVERY_SECONDS)
        except TeamsError as err:
            logger.info("no typing was shown: %s", err)
