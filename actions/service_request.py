"""Something ordered or granted: the two or three questions that L1 would ask, then a service request."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.article import Asides
from actions.desk_action import DeskAction
from actions.form_answers import FormAnswers
from actions.handover import SKIPPED, forget, open_case, rest_skipped, understood
from actions.turn import Events, Turn
from servicedesk.categories import request_kind
from servicedesk.ticketing.port import TicketKind

REQUEST_SLOTS = ("request_what", "request_details", "request_when")
KINDS = ("hardware", "software", "access", "account", "other")


class ActionPrepareRequest(DeskAction):
    """The wish itself answers the first question; a pressed button has no words yet."""

    action, opens_form = "action_prepare_request", True

    def act(self, turn: Turn) -> Events:
        wish = turn.typed or turn.slot("question")
        return [
            ActiveLoop(None),
            *forget(REQUEST_SLOTS),
            SlotSet("awaiting", None),
            SlotSet("question", wish),
            SlotSet("understood", understood(turn)),
            SlotSet("request_what", wish or None),
        ]


class AskRequestWhat(DeskAction):
    action = "action_ask_request_form_request_what"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_request_what")
        return []


class AskRequestDetails(DeskAction):
    action = "action_ask_request_form_request_details"

    def act(self, turn: Turn) -> Events:
        turn.say(f"utter_ask_request_details_{_kind(turn)}")
        return []


class AskRequestWhen(DeskAction):
    action = "action_ask_request_form_request_when"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_request_when")
        return []


class ValidateRequestForm(Asides, FormAnswers):
    added_to = {"request_when": "request_details"}

    def name(self) -> str:
        return "validate_request_form"

    def validate_request_what(self, value: Any, *turn: Any) -> dict[str, Any]:
        return {**rest_skipped(value, REQUEST_SLOTS, "request_what"), "request_what": value}

    async def validate_request_details(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        aside = await self.is_aside(dispatcher, tracker)
        return {
            **rest_skipped(value, REQUEST_SLOTS, "request_details"),
            "request_details": None if aside else value,
        }

    async def validate_request_when(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        aside = await self.is_aside(dispatcher, tracker)
        return {"request_when": None if aside else value}


class ActionSendRequest(DeskAction):
    action = "action_send_request"

    def act(self, turn: Turn) -> Events:
        what = turn.slot("request_what")
        wish = turn.slot("question") or (what if what not in (None, SKIPPED, *KINDS) else "")
        answers = {
            "What exactly": turn.slot("request_details"),
            "By when, approved by whom": turn.slot("request_when"),
        }
        reference = open_case(
            turn,
            words=str(wish or ""),
            kind=TicketKind.SERVICE_REQUEST.value,
            category=f"request.{_kind(turn)}",
            reason="service request",
            answers={
                question: str(said) for question, said in answers.items() if said not in (None, "", SKIPPED)
            },
        )
        if reference:
            turn.say("utter_request_sent", reference=reference, group=turn.services.cases.group_of(reference))
        return [*forget(REQUEST_SLOTS), SlotSet("question", None), SlotSet("understood", None)]


def _kind(turn: Turn) -> str:
    """Hardware, software, access, account or other: from the button, else from the words."""
    what = str(turn.slot("request_what") or "")
    return what if what in KINDS else request_kind(what, turn.entities())
