"""Handing stored messages to the chat platforms: one ordered queue a conversation, all conversations side by
side (F16).

A message that the platform does not take holds up its own conversation only: for as long as the platform asks
(Retry-After), else with full jitter, for up to a day. A message that only has to be shown anew is handed over beside
that, one at a time a conversation: the next answer waits for it neither when it is slow nor when it fails."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import timedelta

from connectors.outgoing import OutgoingQueue, Sending
from connectors.platform import Platform, TryLater, Undeliverable
from connectors.precedence import Precedence
from servicedesk.clock import Clock
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
DRAIN_SECONDS = 20.0  # F17
SEND_SECONDS = 30.0  # inside the lease, whatever the platform's client does
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
LONGEST_RETRY_AFTER = timedelta(hours=1)  # whatever a server asks for


class Sender:
    def __init__(
        self,
        queue: OutgoingQueue,
        clock: Clock,
        precedence: Precedence,
        *,
        dice: random.Random | None = None,
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._precedence = precedence
        self._dice = dice or random.Random()
        self._platforms: dict[str, Platform] = {}
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._edits: set[asyncio.Task[None]] = set()
        self._again: set[str] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    @property
    def platforms(self) -> Mapping[str, Platform]:
        return self._platforms

    def add(self, channel: str, platform: Platform) -> None:
        """From now on what is said on `channel` is handed to `platform`."""
        self._platforms[channel] = platform

    def start(self) -> None:
        """A second call does nothing, and without a platform there is nothing to do. Needs a running event loop."""
        if self._platforms and self._sweeper is None:
            self._stopping = False
            self._loop = asyncio.get_running_loop()
            self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Finish what is being sent; the rest, another process or the next start sends."""
        if self._sweeper is None:
            return
        self._stopping = True
        self._sweeper.cancel()
        self._sweeper = None
        under_way = [*self._drains.values(), *self._edits]
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for platform in self._platforms.values():
            await platform.close()

    def tell(self, conversation: str) -> None:
        """Something was stored for this conversation; may be called from any thread."""
        if self._loop is not None and self._sweeper is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, conversation)

    def _wake(self, conversation: str) -> None:
        if self._stopping:
            return
        if conversation in self._drains:
            self._again.add(conversation)
            return
        self._drains[conversation] = asyncio.create_task(self._drain(conversation))

    async def _drain(self, conversation: str) -> None:
        try:
            while not self._stopping:
                self._again.discard(conversation)
                await self._precedence.go_on()
                sending = await asyncio.to_thread(self._queue.claim, conversation)
                if sending is not None and sending.edit:
                    self._show_anew(conversation, sending)
                elif sending is not None:
                    await self._hand_over(sending)
                elif conversation not in self._again:
                    return
        except StoreUnavailable:
            logger.warning("the store is not available; what is to be sent waits")
        except Exception:  # the outermost edge: a broken row must not end the task unseen
            logger.exception("sending in a conversation broke off")
        finally:
            del self._drains[conversation]
            self._again.discard(conversation)

    def _show_anew(self, conversation: str, sending: Sending) -> None:
        async def edit() -> None:
            try:
                await self._hand_over(sending)
            except StoreUnavailable:
                logger.warning("the store is not available; what is to be shown anew waits")
            except Exception:  # the outermost edge, as in `_drain`
                logger.exception("message %d could not be shown anew", sending.message.id)
            else:
                self._wake(conversation)

        task = asyncio.create_task(edit())
        self._edits.add(task)
        task.add_done_callback(self._edits.discard)

    async def _hand_over(self, sending: Sending) -> None:
        message = sending.message
        platform = self._platforms.get(message.conversation.channel)
        if platform is None:
            await self._put_off(sending, "its connector is not loaded here", None)
            return
        try:
            platform_id = await asyncio.wait_for(_give(platform, sending), SEND_SECONDS)
        except TryLater as busy:
            await self._put_off(sending, str(busy), busy.after)
        except TimeoutError:
            await self._put_off(sending, "no answer in time", None)
        except Undeliverable as gone:
            logger.warning("message %d was not %s: %s", message.id, _done(sending), gone)
            await asyncio.to_thread(self._queue.bury, sending, str(gone))
        except Exception as err:  # F12: a message that cannot be rendered must not hold up the next for a day
            logger.exception("message %d could not be %s", message.id, _done(sending))
            if sending.attempt >= 3:
                await asyncio.to_thread(self._queue.bury, sending, type(err).__name__)
            else:
                await self._put_off(sending, type(err).__name__, None)
        else:
            await asyncio.to_thread(self._queue.sent, sending, platform_id)

    async def _put_off(self, sending: Sending, reason: str, after: timedelta | None) -> None:
        now = self._clock.now()
        if now >= sending.give_up_at:
            logger.error("message %d was never %s: %s", sending.message.id, _done(sending), reason)
            await asyncio.to_thread(self._queue.bury, sending, reason)
            return
        until = now + self._wait(sending.attempt, after)
        await asyncio.to_thread(self._queue.put_off, sending, until, reason)

    def _wait(self, attempt: int, after: timedelta | None) -> timedelta:
        """Full jitter; what the platform asked for comes first, and a little jitter on top of it."""
        ceiling = min(FIRST_WAIT * 2 ** min(attempt - 1, 12), LONGEST_WAIT)
        if after is None:
            return ceiling * self._dice.random()
        asked = min(max(after, timedelta()), LONGEST_RETRY_AFTER)
        return asked + FIRST_WAIT * self._dice.random()

    async def _sweep(self) -> None:
        while True:
            try:
                channels = tuple(self._platforms)
                for conversation in await asyncio.to_thread(self._queue.conversations_with_work, channels):
                    self._wake(conversation)
            except StoreUnavailable:
                logger.warning("the store is not available")
            await asyncio.sleep(SWEEP_SECONDS)


def _done(sending: Sending) -> str:
    return "shown anew" if sending.edit else "sent"


async def _give(platform: Platform, sending: Sending) -> str:
    if sending.edit:
        await platform.edit(sending.message)
        return ""
    return await platform.send(sending.message)
