"""Something ordered or granted: the fields of its catalogue entry in two questions, a look at it, a service request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import case_category, case_facts, late_facts, no_order, preview, repeated, suspicion
from actions.case_facts import SLOT as FACTS
from actions.case_facts import CaseFacts
from actions.desk_action import DeskAction
from actions.facts_form import FactsForm
from actions.form_answers import SKIPPED
from actions.handover_begun import understood
from actions.knowledge import answer_from
from actions.matter import matter_of
from actions.opened_case import open_case, seen
from actions.opening import opening
from actions.problem import goes_on
from actions.slots import REQUEST_SLOTS, forget, said
from actions.turn import Events, Turn
from actions.wishes import with_what_waited
from servicedesk.categories import Category, category
from servicedesk.handover.packet import Source
from servicedesk.order_talk import fault_in
from servicedesk.ticketing.port import TicketKind

WHY = ("purpose", "replaces")  # facts of facts.yml
KINDS = ("hardware", "software", "access", "account", "other")


class ActionPrepareRequest(DeskAction):
    """The wish itself answers the first question; a pressed button has no words yet."""

    action, opens_form = "action_prepare_request", True

    def act(self, turn: Turn) -> Events:
        wish = turn.typed or turn.slot("question")
        if turn.typed and (fault := no_order.instead_of_order(turn, turn.typed)):
            return fault
        if no_order.goes_on_about_a_fault(turn):
            return [*answer_from(turn, turn.typed, turn.articles), FollowupAction("action_listen")]
        matter = matter_of(turn)
        kept = replace(matter, question=wish).remembered if goes_on(turn, turn.typed) else None
        events = [
            ActiveLoop(None),
            *forget((*REQUEST_SLOTS, FACTS)),
            SlotSet("awaiting", None),
            SlotSet("question", wish),
            SlotSet("understood", understood(turn)),
            SlotSet("request_what", wish or None),
            *([kept] if kept else []),
        ]
        return repeated.asked_of_order(turn, events) or events


class AskRequestWhat(DeskAction):
    action = "action_ask_request_form_request_what"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_request_what")
        return []


class AskRequestDetails(DeskAction):
    action = "action_ask_request_form_request_details"

    def act(self, turn: Turn) -> Events:
        return _ask(turn, "request_details", "utter_ask_request_details")


class AskRequestWhen(DeskAction):
    action = "action_ask_request_form_request_when"

    def act(self, turn: Turn) -> Events:
        return _ask(turn, "request_when", "utter_ask_request_when")


class AskRequestPreview(DeskAction):
    action = "action_ask_request_form_request_preview"

    def act(self, turn: Turn) -> Events:
        facts = _facts(turn)
        group = _category(turn).assignment_group
        preview.show(turn, facts, _lines(turn, facts), group=group)
        return [facts.remembered]


class ValidateRequestForm(FactsForm):
    slots, fact_slots = REQUEST_SLOTS, ("request_details", "request_when")

    def name(self) -> str:
        return "validate_request_form"

    def facts(self, turn: Turn) -> CaseFacts:
        return _facts(turn)

    def asking(self, turn: Turn, facts: CaseFacts, slot: str) -> CaseFacts:
        return _asking(turn, facts, slot)

    def lines(self, turn: Turn, facts: CaseFacts) -> list[preview.Line]:
        return _lines(turn, facts)

    def not_needed(self, turn: Turn) -> set[str]:
        if turn.slot("request_what") is None:
            return set()
        facts = _facts(turn)
        return {slot for slot in self.fact_slots if not _asking(turn, facts, slot).asked}

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        """That it is no order is said here, whatever it looks like to the intent model."""
        return no_order.is_none(tracker, text) or super().tells(tracker, asked, text)

    def validate_request_what(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if ended := _ended(tracker, "request_what"):
            return ended
        return self.rest_skipped("request_what") if value == SKIPPED else {"request_what": value}

    async def validate_request_details(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if ended := _ended(tracker, "request_details"):
            return ended
        return await self.validated_facts("request_details", value, dispatcher, tracker)

    async def validate_request_when(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if ended := _ended(tracker, "request_when"):
            return ended
        return await self.validated_facts("request_when", value, dispatcher, tracker)

    async def validate_request_preview(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if ended := _ended(tracker, "request_preview"):
            return ended
        return await self.validated_preview(value, dispatcher, tracker)


class ActionSendRequest(DeskAction):
    action = "action_send_request"

    def act(self, turn: Turn) -> Events:
        if turn.slot("request_preview") == no_order.NO_ORDER:
            return no_order.handed_over(turn, _wish(turn))
        facts, was_seen = _facts(turn), seen(turn, "request_preview")
        case = open_case(
            turn,
            words=_wish(turn),
            kind=TicketKind.SERVICE_REQUEST.value,
            category=_category(turn).id,
            because={"service_request": {}},
            facts=facts,
            seen=was_seen,
        )
        asked: Events = []
        if case:
            turn.say(
                "utter_request_sent",
                reference=case.reference,
                group=case.assignment_group,
                opening=opening(turn, case.opens_at),
            )
            asked = late_facts.ask(turn, case, facts, was_seen)
        done = [SlotSet("question", None), SlotSet("understood", None)]
        return [*forget((*REQUEST_SLOTS, FACTS)), *done, *asked]


def _ended(tracker: Tracker, slot: str) -> dict[str, Any] | None:
    """The slots after an answer to this question that says that it is no order."""
    text = str((tracker.latest_message or {}).get("text") or "")
    if tracker.get_slot("requested_slot") != slot or not no_order.is_none(tracker, text):
        return None
    return no_order.ended(slot, text)


def _wish(turn: Turn) -> str:
    """In the employee's words; nothing where only a button was pressed."""
    what = said(turn, "request_what")
    return what if what not in KINDS else str(turn.slot("question") or "")


def _facts(turn: Turn) -> CaseFacts:
    kept = case_facts.kept(turn)
    if kept is not None:
        return kept
    policy = turn.services.handover.facts
    wanted = policy.of(_category(turn).id)
    ordered = [kind for kind in policy.ordered if kind.id not in wanted.without]
    facts = case_facts.begun(turn, wanted, _wish(turn), ordered=ordered)
    # "Spilt coffee, the keys are dead, send a new one": nobody asks what for, and whoever delivers it knows why.
    broken = fault_in(_wish(turn))
    reason = next((name for name in WHY if name in (*facts.needed, *facts.nice)), None)
    if broken and reason and reason not in facts.told:
        return facts.with_told({reason: broken}, Source.TOLD)
    return facts


def _ask(turn: Turn, slot: str, response: str) -> Events:
    facts = _asking(turn, _facts(turn), slot)
    before, question = case_facts.introduction(turn, facts), case_facts.question(turn, facts)
    turn.say(response, before=before, question=question, choices=suspicion.way_out(turn))
    return [facts.remembered]


def _asking(turn: Turn, facts: CaseFacts, slot: str) -> CaseFacts:
    """What is asked of every order has the last question to itself."""
    ordered = [kind.id for kind in turn.services.handover.facts.ordered if kind.id in facts.missing]
    if slot == "request_when":
        return case_facts.asking(turn, facts, ordered, reserved=0)
    others = [name for name in facts.needed if name not in ordered]
    return case_facts.asking(turn, facts, others, reserved=1 if ordered else 0)


def _lines(turn: Turn, facts: CaseFacts) -> list[preview.Line]:
    return preview.lines_of(
        turn,
        facts,
        [
            (
                "request_what",
                turn.label("line_wish"),
                with_what_waited(turn, _wish(turn)) or turn.label(f"request_{_kind(turn)}"),
            ),
        ],
    )


def _category(turn: Turn) -> Category:
    return category(f"request.{_kind(turn)}")


def _kind(turn: Turn) -> str:
    """Hardware, software, access, account or other: from the button, else from the words."""
    what = str(turn.slot("request_what") or "")
    understood = turn.slot("understood") or {}
    entities = understood.get("entities") or turn.entities()
    return what if what in KINDS else case_category.of_order(entities, what.split("\n"))
