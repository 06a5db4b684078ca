"""The one path of every message, whatever the channel: store -> answer the channel -> work -> send.

A message that was accepted is answered, also when this process is killed in between: what is open is in the
table `inbound`, and every process looks there once a second (F7)."""

from __future__ import annotations

import asyncio
import logging

from connectors.actions_client import ActionsClient
from connectors.envelope import Envelope
from connectors.gathering import Gathering
from connectors.inbox import LEASE, Inbox, Job
from connectors.intake import Intake, Receipt
from connectors.precedence import Precedence
from connectors.transcript import SentReply, Transcript
from connectors.work import MAX_ATTEMPTS, Dialogue, Worker
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
DRAIN_SECONDS = 20.0  # F17: the whole process has 25
POLL_SECONDS = 0.25


class Core:
    def __init__(
        self,
        *,
        inbox: Inbox,
        intake: Intake,
        worker: Worker,
        transcript: Transcript,
        actions: ActionsClient,
        precedence: Precedence,
    ) -> None:
        self._inbox = inbox
        self._intake = intake
        self._arrivals = Gathering(intake.take_all)
        self._worker = worker
        self._transcript = transcript
        self._actions = actions
        self._precedence = precedence
        self._dialogue: Dialogue | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._drains: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._checks: dict[asyncio.Task[None], str] = {}  # by the conversation
        self._finished: dict[str, asyncio.Event] = {}
        self._stopping = False

    def start(self, dialogue: Dialogue) -> None:
        """Begin to work on what is stored; a second call does nothing. Needs a running event loop."""
        if self._sweeper is None:
            self._dialogue, self._stopping = dialogue, False
            self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Finish what is being worked on, for 20 s; what is left, another process or the next start takes."""
        if self._sweeper is None:
            return
        self._stopping = True
        self._sweeper.cancel()
        self._sweeper = None
        open_tasks = [*self._drains.values(), *self._checks]
        if open_tasks:
            _, late = await asyncio.wait(open_tasks, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._actions.close()

    async def accept(self, envelope: Envelope) -> Receipt:
        """Store a verified message, see to its answer. Raises StoreUnavailable: then nothing was accepted."""
        with self._precedence.on_the_line():
            receipt = await self._arrivals.take(envelope)
        if receipt.settled:
            self.wake(receipt.conversation.id)
        else:
            check = asyncio.create_task(self._check_code(receipt))
            self._checks[check] = receipt.conversation.id
            check.add_done_callback(self._checks.pop)
        return receipt

    async def replies(self, receipt: Receipt, *, timeout: float) -> tuple[SentReply, ...]:
        """What was answered, once all of it is there, or what there is after `timeout` seconds."""
        await self._wait_until_done(receipt.key, timeout)
        return await asyncio.to_thread(
            self._transcript.replies_to, key=receipt.key, conversation=receipt.conversation.id
        )

    def works_on(self, conversation: str) -> bool:
        """Whether this process has something of the conversation's in hand. Asked often: it costs nothing."""
        return conversation in self._drains or conversation in self._checks.values()

    def wake(self, conversation: str) -> None:
        """Work on the conversation's open messages, in order, one at a time."""
        if self._stopping or self._dialogue is None:
            return
        if conversation in self._drains:
            self._again.add(conversation)
            return
        self._drains[conversation] = asyncio.create_task(self._drain(conversation, self._dialogue))

    async def _drain(self, conversation: str, dialogue: Dialogue) -> None:
        try:
            while not self._stopping:
                self._again.discard(conversation)
                await self._precedence.begin()
                job = await asyncio.to_thread(self._inbox.claim, conversation)
                if job is not None:
                    await self._do(job, dialogue)
                elif conversation not in self._again:
                    return
        except StoreUnavailable:
            logger.warning("the store is not available; open messages are taken up when it is back")
        except Exception:  # the outermost edge: a broken row must not end the task unseen
            logger.exception("work on a conversation broke off")
        finally:
            del self._drains[conversation]
            self._again.discard(conversation)

    async def _do(self, job: Job, dialogue: Dialogue) -> None:
        keeper = asyncio.create_task(self._keep(job))
        try:
            await self._worker.work(job, dialogue)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._inbox.release, job)
            raise
        except StoreUnavailable:
            raise
        except Exception:  # F12: not even a message that nothing can be said to may hold up the next one
            logger.exception("message %s could not be worked on", job.key[:8])
            if job.attempt <= MAX_ATTEMPTS:
                return
        finally:
            keeper.cancel()
        await asyncio.to_thread(self._inbox.finish, job)
        finished = self._finished.get(job.key)
        if finished is not None:
            finished.set()

    async def _keep(self, job: Job) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                await asyncio.to_thread(self._inbox.renew, job)
            except StoreUnavailable:
                logger.warning("a lease could not be renewed")

    async def _check_code(self, receipt: Receipt) -> None:
        try:
            await self._intake.check_code(receipt)
        except StoreUnavailable:
            logger.warning("a code's outcome was not saved; the dialogue will look it up")
        self.wake(receipt.conversation.id)

    async def _sweep(self) -> None:
        while True:
            try:
                for conversation in await asyncio.to_thread(self._inbox.conversations_with_work):
                    self.wake(conversation)
            except StoreUnavailable:
                logger.warning("the store is not available")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _wait_until_done(self, key: str, timeout: float) -> None:
        """Our own work tells by an event; that of another process shows in the table."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        finished = self._finished.setdefault(key, asyncio.Event())
        try:
            while (left := deadline - loop.time()) > 0:
                if await asyncio.to_thread(self._inbox.is_done, key):
                    return
                try:
                    await asyncio.wait_for(finished.wait(), min(POLL_SECONDS, left))
                except TimeoutError:
                    continue
                return
        finally:
            self._finished.pop(key, None)
