"""One core for all channels of a rasa process, started and stopped with its server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, Protocol

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from sanic import Blueprint, Sanic

from bot.nlu.language import identify
from bot.responses import label, say
from connectors.actions_client import ActionsClient, HttpActionsClient
from connectors.core import Core
from connectors.inbox import Inbox
from connectors.intake import Intake, Redaction
from connectors.transcript import Transcript
from connectors.work import Dialogue, Identify, Say, Worker
from servicedesk.buttons import Buttons
from servicedesk.clock import Clock
from servicedesk.conversations import Conversations
from servicedesk.keys import KeyRing, Purpose
from servicedesk.redaction import redact
from servicedesk.settings import Settings
from servicedesk.store import Store


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
        intake = Intake(
            store=front.store,
            inbox=self.inbox,
            conversations=front.conversations,
            buttons=front.buttons,
            transcript=self.transcript,
            actions=actions,
            redact=redact,
            label=label,
            max_characters=limit,
        )
        worker = Worker(
            store=front.store,
            conversations=front.conversations,
            transcript=self.transcript,
            identify=identify,
            say=say,
            max_characters=limit,
        )
        self.core = Core(
            inbox=self.inbox, intake=intake, worker=worker, transcript=self.transcript, actions=actions
        )
        self.say = say
        self.label = label

    def attach(self, blueprint: Blueprint, handle: Callable[[UserMessage], Awaitable[Any]]) -> None:
        """Start the core with the blueprint's server, stop it with it."""

        async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            async def was_handled(conversation: str, key: str) -> bool:
                return await _in_tracker(app, conversation, key)

            self.core.start(Dialogue(handle=handle, was_handled=was_handled))

        async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self.core.stop()

        blueprint.listener(start, "after_server_start")
        blueprint.listener(stop, "before_server_stop")


@cache
def current_runtime() -> Runtime:
    """This process's own, from the environment's settings."""
    from servicedesk.bootstrap import front_services  # reads the environment: only a running server does

    front = front_services()
    return Runtime(
        front, actions=HttpActionsClient(front.settings.actions_url, front.keys.text(Purpose.INTERNAL))
    )


async def _in_tracker(app: Sanic, conversation: str, key: str) -> bool:
    """Rasa saves a turn as a whole at its end: what is in the tracker was also answered."""
    agent = getattr(app.ctx, "agent", None)
    if agent is None or agent.tracker_store is None:
        return False
    tracker = await agent.tracker_store.retrieve(conversation)
    if tracker is None:
        return False
    return any(isinstance(event, UserUttered) and event.message_id == key for event in tracker.events)
