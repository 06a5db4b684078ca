"""The Home tab of each person: made when it is opened, and anew when something was said that may have changed it.

What is in it comes from the actions process, which alone knows tickets (S11); its buttons are those of the private chat, and
what they bring about is said there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from connectors.actions_client import ActionsUnavailable, Overview
from connectors.identity import IdentityUnavailable, NotServed
from connectors.platform import PlatformError
from connectors.runtime import Runtime
from connectors.slack.api import Refused, SlackApi
from connectors.slack.home_view import TicketButtons, home_view
from connectors.work import DEFAULT_LANGUAGE
from servicedesk.conversations import KEEP, Conversation
from servicedesk.store import StoreUnavailable
from servicedesk.ticket_buttons import TicketAnswer, answer

logger = logging.getLogger(__name__)

CHANNEL = "slack"
OPEN_SECONDS = 3_600.0  # for how long a tab that was opened is kept up to date
SETTLED_SECONDS = 1.5  # what is said together is shown together
KEPT = 2_000
BUTTONS = (("ticket_add", TicketAnswer.ADD), ("ticket_withdraw", TicketAnswer.WITHDRAW))  # of each ticket


@dataclass(slots=True)
class _Tab:
    """A tab that this process has shown."""

    workspace: str
    user: str
    opened_at: float
    shown: tuple[str, Overview | None] | None = None  # None: its buttons are used up
    renewal: asyncio.Task[None] | None = None


class HomeTabs:
    def __init__(
        self, runtime: Runtime, api: SlackApi, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._runtime = runtime
        self._front = runtime.front
        self._api = api
        self._monotonic = monotonic
        self._tabs: OrderedDict[str, _Tab] = OrderedDict()

    async def show(self, workspace: str, user: str) -> None:
        """It was opened. Raises PlatformError, Refused, StoreUnavailable."""
        employee = await self.employee(workspace, user)
        if employee is None:
            return
        self._tabs.pop(employee.id, None)
        self._tabs[employee.id] = _Tab(workspace, user, self._monotonic())
        while len(self._tabs) > KEPT:
            self._tabs.popitem(last=False)
        await self._publish(employee)

    def pressed(self, conversation: str) -> None:
        """One of its buttons was: what it shows is out of date, whatever comes of the press."""
        if conversation in self._tabs:
            self._tabs[conversation].shown = None

    def said(self, conversation: Conversation) -> None:
        """Something was said in the private chat: a ticket may be another now."""
        tab = self._tabs.get(conversation.id)
        if tab is None or not conversation.private:
            return
        if self._monotonic() - tab.opened_at > OPEN_SECONDS:
            del self._tabs[conversation.id]
        elif tab.renewal is None or tab.renewal.done():
            tab.renewal = asyncio.create_task(self._renew(tab))

    async def stop(self) -> None:
        tasks = [tab.renewal for tab in self._tabs.values() if tab.renewal is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def employee(self, workspace: str, user: str) -> Conversation | None:
        """The private chat with somebody who is looking and has perhaps not written; None for whoever is not served."""
        try:
            return await self._runtime.identities.establish(await self.private_chat(workspace, user))
        except (NotServed, IdentityUnavailable):
            return None

    async def private_chat(self, workspace: str, user: str) -> Conversation:
        """Raises StoreUnavailable."""
        return await asyncio.to_thread(
            self._front.conversations.open,
            channel=CHANNEL,
            tenant=workspace,
            channel_user=user,
            account=KEEP,
            private=True,
        )

    async def _renew(self, tab: _Tab) -> None:
        await asyncio.sleep(SETTLED_SECONDS)
        try:
            employee = await self.employee(tab.workspace, tab.user)
            if employee is not None:
                await self._publish(employee)
        except (PlatformError, Refused, StoreUnavailable) as err:
            logger.warning("a Home tab was not brought up to date: %s", err)

    async def _publish(self, employee: Conversation) -> None:
        tab = self._tabs.get(employee.id)
        language = employee.language or DEFAULT_LANGUAGE
        overview = await self._overview(employee, language)
        if tab is None or tab.shown == (language, overview):
            return
        buttons = await asyncio.to_thread(self._buttons, employee.id, overview, language)
        view = home_view(
            overview,
            buttons,
            language=language,
            label=lambda name: self._runtime.label(name, language),
            text=lambda name: str(self._runtime.say(name, language)["text"]),
        )
        await self._api.call(tab.workspace, "views.publish", user_id=tab.user, view=view)
        tab.shown = (language, overview)

    async def _overview(self, employee: Conversation, language: str) -> Overview | None:
        try:
            return await self._runtime.actions.overview(conversation=employee.id, language=language)
        except ActionsUnavailable as err:
            logger.warning("a Home tab has no tickets: %s", err)
            return None

    def _buttons(
        self, conversation: str, overview: Overview | None, language: str
    ) -> dict[str, TicketButtons]:
        made: dict[str, TicketButtons] = {}
        with self._front.store.transaction() as connection:
            for ticket in overview.tickets if overview else ():
                choices = [
                    (self._runtime.label(name, language), answer(ticket.reference, about))
                    for name, about in BUTTONS
                ]
                issued = self._front.buttons.make(conversation, choices)
                self._front.buttons.keep(connection, conversation, issued, aside=True)
                add, withdraw = (each.token for each in issued)
                made[ticket.reference] = TicketButtons(add=add, withdraw=withdraw)
        return made
