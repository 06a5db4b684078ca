"""Something ordered or granted: the fields of its catalogue entry in two questions, a look at it, a service request."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import case_facts, preview
from actions.article import Asides
from actions.case_facts import CaseFacts
from actions.desk_action import DeskAction
from actions.form_answers import FormAnswers
from actions.handover import FACTS, forget, open_case, rest_skipped, said, seen, understood
from actions.opening import opening
from actions.turn import Events, Turn, services_of_this_process, turn_of
from servicedesk.categories import Category, category, request_kind
from servicedesk.ticketing.port import TicketKind

REQUEST_SLOTS = ("request_what", "request_details", "request_when", "request_preview")
KINDS = ("hardware", "software", "access", "account", "other")


class ActionPrepareRequest(DeskAction):
    """The wish itself answers the first question; a pressed button has no words yet."""

    action, opens_form = "action_prepare_request", True

    def act(self, turn: Turn) -> Events:
        wish = turn.typed or turn.slot("question")
        return [
            ActiveLoop(None),
            *forget((*REQUEST_SLOTS, FACTS)),
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
        facts = _facts(turn)
        turn.say("utter_ask_request_details", list=case_facts.question(turn, facts))
        return [facts.remembered]


class AskRequestWhen(DeskAction):
    action = "action_ask_request_form_request_when"

    def act(self, turn: Turn) -> Events:
        facts = _facts(turn)
        turn.say("utter_ask_request_when", list=case_facts.question(turn, _ordered(turn, facts)))
        return [facts.remembered]


class AskRequestPreview(DeskAction):
    action = "action_ask_request_form_request_preview"

    def act(self, turn: Turn) -> Events:
        facts = _facts(turn)
        group = _category(turn).assignment_group
        preview.show(turn, facts, _lines(turn, facts), answers=_answers(turn, facts), group=group)
        return [facts.remembered]


class ValidateRequestForm(Asides, FormAnswers):
    added_to = {"request_when": "request_details"}

    def name(self) -> str:
        return "validate_request_form"

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        facts = services_of_this_process().handover.facts
        return asked == "request_details" and case_facts.tells(tracker, facts, text)

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Only what nobody has told."""
        not_needed = await asyncio.to_thread(_not_needed, tracker, dispatcher)
        return [slot for slot in domain_slots if slot not in not_needed]

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

    async def validate_request_preview(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        read = partial(_previewed, tracker, dispatcher)
        return await preview.validated("request_preview", value, tracker, read)


def _previewed(tracker: Tracker, dispatcher: CollectingDispatcher, answer: str) -> dict[str, Any]:
    turn = turn_of(tracker, dispatcher, services_of_this_process())
    facts = _facts(turn)
    return preview.answered(turn, facts, _lines(turn, facts), answer, "request_preview")


def _not_needed(tracker: Tracker, dispatcher: CollectingDispatcher) -> set[str]:
    turn = turn_of(tracker, dispatcher, services_of_this_process())
    if turn.slot("request_what") is None:
        return set()
    facts = _facts(turn)
    needed = {"request_details": facts.asked, "request_when": _ordered(turn, facts).asked}
    return {slot for slot, asked in needed.items() if not asked}


class ActionSendRequest(DeskAction):
    action = "action_send_request"

    def act(self, turn: Turn) -> Events:
        facts = _facts(turn)
        case = open_case(
            turn,
            words=_wish(turn),
            kind=TicketKind.SERVICE_REQUEST.value,
            category=_category(turn).id,
            because={"service_request": {}},
            facts=facts,
            asked=_answers(turn, facts),
            seen=seen(turn, "request_preview"),
        )
        if case:
            turn.say(
                "utter_request_sent",
                reference=case.reference,
                group=case.assignment_group,
                opening=opening(turn, case.opens_at),
            )
        return [*forget((*REQUEST_SLOTS, FACTS)), SlotSet("question", None), SlotSet("understood", None)]


def _wish(turn: Turn) -> str:
    """In the employee's words; nothing where only a button was pressed."""
    what = said(turn, "request_what")
    return what if what not in KINDS else str(turn.slot("question") or "")


def _answers(turn: Turn, facts: CaseFacts) -> case_facts.Answers:
    return [(facts, said(turn, "request_details")), (_ordered(turn, facts), said(turn, "request_when"))]


def _facts(turn: Turn) -> CaseFacts:
    kept = case_facts.kept(turn)
    if kept is not None:
        return kept
    policy = turn.services.handover.facts
    return case_facts.begun(turn, policy.of(_category(turn).id), _wish(turn), later=policy.ordered)


def _ordered(turn: Turn, facts: CaseFacts) -> CaseFacts:
    """The same, with what is asked of every order, in the second question."""
    ids = [kind.id for kind in turn.services.handover.facts.ordered]
    return replace(
        facts, asked=tuple(name for name in ids if name in facts.wanted and name not in facts.told)
    )


def _lines(turn: Turn, facts: CaseFacts) -> list[preview.Line]:
    return preview.lines_of(
        turn,
        facts,
        [
            ("request_what", turn.label("line_wish"), _wish(turn) or turn.label(f"request_{_kind(turn)}")),
            ("request_details", case_facts.names(turn, facts), said(turn, "request_details")),
            ("request_when", case_facts.names(turn, _ordered(turn, facts)), said(turn, "request_when")),
        ],
    )


def _category(turn: Turn) -> Category:
    return category(f"request.{_kind(turn)}")


def _kind(turn: Turn) -> str:
    """Hardware, software, access, account or other: from the button, else from the words."""
    what = str(turn.slot("request_what") or "")
    understood = turn.slot("understood") or {}
    return what if what in KINDS else request_kind(what, understood.get("entities") or turn.entities())
