"""One core for all channels of a rasa process, started and stopped with its server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from typing import Any, Protocol

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from sanic import Blueprint, Sanic

from bot.nlu.language import identify
from bot.responses import label, say
from connectors.actions_client import ActionsClient, HttpActionsClient
from connectors.core import Core
from connectors.identity import Identities
from connectors.inbox import Inbox
from connectors.intake import Intake, Redaction
from connectors.outgoing import OutgoingQueue
from connectors.platform import Platform
from connectors.precedence import Precedence
from connectors.rooms import Rooms
from connectors.sending import Sender
from connectors.transcript import Transcript
from connectors.work import Asks, Dialogue, Identify, Say, Understand, Worker
from servicedesk.audit import open_audit
from servicedesk.buttons import Buttons
from servicedesk.clock import Clock
from servicedesk.conversations import Conversations
from servicedesk.keys import KeyRing, Purpose
from servicedesk.redaction import redact
from servicedesk.settings import Settings
from servicedesk.store import Store

THREADS = 16


class Front(Protocol):
    """What servicedesk.bootstrap hands the rasa process: no directory, no tickets, no codes (S11)."""

    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def store(self) -> Store: ...
    @property
    def keys(self) -> KeyRing: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def buttons(self) -> Buttons: ...


class Runtime:
    """What the channels share."""

    def __init__(
        self,
        front: Front,
        *,
        actions: ActionsClient,
        redact: Callable[[str], Redaction] = redact,
        identify: Identify = identify,
        say: Say = say,
        label: Callable[[str, str | None], str] = label,
    ) -> None:
        self.front = front
        self.actions = actions
        self.transcript = Transcript(front.store, front.conversations, front.buttons, front.keys)
        self.inbox = Inbox(front.store, front.clock)
        limit = front.settings.limits.message_characters
        self.outgoing = OutgoingQueue(
            front.store, front.clock, front.conversations, front.buttons, front.keys
        )
        self.audit = open_audit(front.settings, front.store, front.clock, front.keys)
        self.precedence = Precedence()
        self.sender = Sender(self.outgoing, front.clock, self.precedence)
        self.transcript.listeners.append(self.sender.tell)
        self.identities = Identities(front.conversations, actions, self.sender.platforms)
        rooms = Rooms(
            store=front.store,
            inbox=self.inbox,
            conversations=front.conversations,
            transcript=self.transcript,
            platforms=self.sender.platforms,
            say=say,
        )
        intake = Intake(
            store=front.store,
            inbox=self.inbox,
            conversations=front.conversations,
            buttons=front.buttons,
            transcript=self.transcript,
            actions=actions,
            identities=self.identities,
            outgoing=self.outgoing,
            redact=redact,
            label=label,
            max_characters=limit,
            clock=front.clock,
        )
        worker = Worker(
            store=front.store,
            conversations=front.conversations,
            transcript=self.transcript,
            identities=self.identities,
            rooms=rooms,
            platforms=self.sender.platforms,
            identify=identify,
            say=say,
            precedence=self.precedence,
            company=front.settings.company,
            max_characters=limit,
        )
        self.core = Core(
            inbox=self.inbox,
            intake=intake,
            worker=worker,
            transcript=self.transcript,
            actions=actions,
            precedence=self.precedence,
        )
        self.say = say
        self.label = label
        self._kept = ExitStack()
        self._started = False

    def add_platform(self, channel: str, platform: Platform) -> None:
        """A chat platform's connector takes part: from now on its users are looked up, and messages handed to it."""
        self.sender.add(channel, platform)

    def attach(self, blueprint: Blueprint, handle: Callable[[UserMessage], Awaitable[Any]]) -> None:
        """Start the core with the blueprint's server, stop it with it."""

        async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            async def was_handled(conversation: str, key: str) -> bool:
                return await _in_tracker(app, conversation, key)

            self.start(
                Dialogue(
                    handle=handle,
                    was_handled=was_handled,
                    understand=understanding(lambda: app.ctx.agent),
                    asks=asking(lambda: getattr(app.ctx, "agent", None)),
                )
            )

        async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self.stop()

        blueprint.listener(start, "after_server_start")
        blueprint.listener(stop, "before_server_stop")

    def start(self, dialogue: Dialogue) -> None:
        """Begin to work and to send; a second call does nothing. Needs a running event loop."""
        if not self._started:
            self._started = True
            # The default is the number of cores and four: too few where each may wait for the database.
            threads = ThreadPoolExecutor(THREADS, thread_name_prefix="work")
            asyncio.get_running_loop().set_default_executor(threads)
            self._kept.enter_context(self.front.store.kept_open())
        self.core.start(dialogue)
        self.sender.start()

    async def stop(self) -> None:
        """Finish what is being worked on, then what is being sent (F17)."""
        await self.core.stop()
        await self.sender.stop()
        self._kept.close()
        self._started = False


@cache
def current_runtime() -> Runtime:
    """This process's own, from the environment's settings."""
    from servicedesk.bootstrap import front_services  # reads the environment: only a running server does

    front = front_services()
    return Runtime(
        front, actions=HttpActionsClient(front.settings.actions_url, front.keys.text(Purpose.INTERNAL))
    )


def understanding(agent: Callable[[], Agent]) -> Understand:
    """How the dialogue itself would understand a message: unsure is unsure, distress is distress.

    `agent` gives the one of the moment: Rasa puts another in its place when a model is loaded."""

    async def understand(text: str, metadata: Mapping[str, Any]) -> str:
        processor = agent().processor
        if processor is None:  # no model: the dialogue will not answer either
            return ""
        parsed = await processor.parse_message(UserMessage(text, metadata=dict(metadata)))
        return str((parsed.get("intent") or {}).get("name") or "")

    return understand


def asking(agent: Callable[[], Agent | None]) -> Asks:
    """Whether a form's question is open, as the tracker has it."""

    async def asks(conversation: str) -> bool:
        current = agent()
        if current is None or current.tracker_store is None:
            return False
        tracker = await current.tracker_store.retrieve(conversation)
        return tracker is not None and bool(tracker.active_loop_name)

    return asks


async def _in_tracker(app: Sanic, conversation: str, key: str) -> bool:
    """Rasa saves a turn as a whole at its end: what is in the tracker was also answered."""
    agent = getattr(app.ctx, "agent", None)
    if agent is None or agent.tracker_store is None:
        return False
    tracker = await agent.tracker_store.retrieve(conversation)
    if tracker is None:
        return False
    return any(isinstance(event, UserUttered) and event.message_id == key for event in tracker.events)
