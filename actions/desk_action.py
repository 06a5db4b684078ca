"""What all actions of the dialogue have in common.

They run in a thread of their own, so that a slow directory never holds up another employee; where the store is gone they
say so. An incident that was just reported, an article that was just shown, or a ticket just settled is talked about before
anything else is begun, and a wish that had to wait is remembered, and offered once nothing else is going on."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import (
    after_sending,
    answers,
    complaints,
    distress_denied,
    follow_ups,
    late_facts,
    no_code,
    no_reset,
    own_ticket,
    person_offered,
    same_ticket,
    ticket_answers,
    wishes,
)
from actions.incident_talk import about_the_incident
from actions.turn import Events, Turn, services_of_this_process, turn_of
from servicedesk.bootstrap import Services
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)


class DeskAction(Action, ABC):
    """Subclasses set `action` and write `act`."""

    action = ""
    opens_form = False  # a rule goes on to a form after it

    def __init__(self, services: Services | None = None) -> None:
        self._services = services

    def name(self) -> str:
        return self.action

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return await asyncio.to_thread(self._run, dispatcher, tracker)

    @abstractmethod
    def act(self, turn: Turn) -> Events:
        """Call the service desk, reply, return what the tracker must remember. Runs in a thread."""

    def afterwards(self, turn: Turn, events: Events) -> Events:
        """What comes after `act`, which returned `events`."""
        return wishes.remember_and_offer(turn, events, opens_form=self.opens_form)

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        services = self._services or services_of_this_process()
        try:
            turn = turn_of(tracker, dispatcher, services)
            before = (
                about_the_incident(turn)
                or distress_denied.denied(turn)
                or own_ticket.asked_by_number(turn)
                or complaints.asked_for_the_call(turn)
                or answers.typed_choice(turn)
                or person_offered.typed_yes(turn)
                or no_reset.objected(turn)
                or no_code.told(turn)
                or follow_ups.about_the_article(turn)
                or same_ticket.typed(turn)
                or ticket_answers.typed(turn)
                or after_sending.answered(turn)
                or late_facts.typed(turn)
            )
            if before is not None:
                return before
            events = [*late_facts.given_up(turn), *self.act(turn)]
            return [*events, *self.afterwards(turn, events)]
        except StoreUnavailable:
            logger.exception("%s: the store is not available", self.action)
            language = ((tracker.latest_message or {}).get("metadata") or {}).get("language")
            dispatcher.utter_message(response="utter_not_saved", language=language)
            return []
