"""Handing over to L1: at most three questions, each skippable, a look at what is sent, then a case with a reference."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import case_facts, complaints, preview, repeated
from actions.answers import VERDICT
from actions.article import note
from actions.case_facts import CaseFacts
from actions.desk_action import DeskAction
from actions.facts_form import FactsForm
from actions.form_answers import NOTHING_TO_SAY, SKIPPED
from actions.matter import matter_of, over
from actions.opening import opening
from actions.preview_words import commands
from actions.problem import WORDS_THAT_TELL, goes_on, told
from actions.said import was_said
from actions.turn import Events, Turn, services_of_this_process
from bot.nlu.form_words import can_work
from servicedesk.cases import Case, CaseRequest
from servicedesk.categories import FALLBACK, Category, categorise
from servicedesk.errors import Tier0Error
from servicedesk.feedback import Verdict
from servicedesk.handover.packet import Seen, Source
from servicedesk.ticketing.port import Impact, Urgency

logger = logging.getLogger(__name__)

HANDOVER_SLOTS = (
    "handover_problem",
    "handover_details",
    "handover_contact",
    "handover_urgency",
    "handover_preview",
)
FACTS = case_facts.SLOT
BECAUSE = "handover_because"  # the slot: why, decided when the handover began
FORM = "handover_form"
HELPER = "helper"  # the slot `awaiting` while a person is offered to somebody in distress

# What the urgency button says, as impact and urgency. "Several of us are stuck" is the one case where others matter.
BLOCKED: dict[str, tuple[Impact, Urgency]] = {
    "1": (Impact.PERSON, Urgency.CANNOT_WORK),
    "2": (Impact.PERSON, Urgency.HINDERED),
    "3": (Impact.PERSON, Urgency.CAN_WAIT),
    "team": (Impact.TEAM, Urgency.CANNOT_WORK),
}
URGENCY_OF = {"no": "1", "can_wait": "3"}  # what is typed instead


class ActionPrepareHandover(DeskAction):
    """Fills in what the employee has already said, so that nobody is asked twice."""

    action, opens_form = "action_prepare_handover", True

    def act(self, turn: Turn) -> Events:
        if turn.tracker.active_loop_name == FORM and said(turn, "handover_problem"):
            return _already_on_its_way(turn)
        matter = matter_of(turn)
        if matter.shown and turn.slot("awaiting") == VERDICT:
            note(turn, Verdict.PERSON, matter.shown, question=matter.question)
        events = prepared(turn)
        return repeated.asked(turn, events) or events


class ActionHandOver(DeskAction):
    action = "action_hand_over"

    def act(self, turn: Turn) -> Events:
        problem, facts = said(turn, "handover_problem"), facts_of(turn)
        if turn.slot("handover_preview") == repeated.AWAITING:
            return [*forget(HANDOVER_SLOTS[1:]), *repeated.ask_after_form(turn, problem)]
        impact, urgency = BLOCKED.get(_urgency(turn, facts), (None, None))
        answers = {
            **matter_of(turn).answers,
            "Says to be, reach at (NOT verified)": said(turn, "handover_contact"),
            "Can the person work in the meantime": _in_words(turn, facts),
        }
        case = open_case(
            turn,
            words=problem,
            category=_category(turn).id,
            because=_because(turn),
            facts=facts,
            answers={question: answer for question, answer in answers.items() if answer},
            seen=seen(turn, "handover_preview"),
            impact=impact,
            urgency=urgency,
        )
        if case:
            # A person has it now: the code that was waited for is no longer wanted.
            turn.services.verification.cancel(turn.conversation.id)
            if turn.conversation.account:
                turn.services.links.void_all(turn.conversation.account)
            turn.say(
                "utter_handed_over",
                reference=case.reference,
                group=case.assignment_group,
                opening=opening(turn, case.opens_at),
            )
        done = [
            SlotSet("awaiting", None),
            SlotSet("fallbacks", 0.0),
            SlotSet("question", None),
            SlotSet(BECAUSE, None),
            over(),
        ]
        return [*forget((*HANDOVER_SLOTS, FACTS)), *done, SlotSet("understood", None)]


class AskHandoverProblem(DeskAction):
    action = "action_ask_handover_form_handover_problem"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_problem")
        return []


class AskHandoverDetails(DeskAction):
    action = "action_ask_handover_form_handover_details"

    def act(self, turn: Turn) -> Events:
        facts = _asking(turn, facts_of(turn))
        before, question = case_facts.introduction(turn, facts), case_facts.question(turn, facts)
        choices = []
        if _category(turn).id == complaints.CATEGORY:
            if not facts.before and not was_said(turn, "utter_complaint"):
                before = turn.label("complaint_first")
            choices = [] if complaints.WHICH in facts.told else complaints.case_choices(turn)
        turn.say("utter_ask_handover_details", before=before, question=question, choices=choices)
        return [facts.remembered]


class AskHandoverContact(DeskAction):
    action = "action_ask_handover_form_handover_contact"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_contact")
        return []


class AskHandoverUrgency(DeskAction):
    action = "action_ask_handover_form_handover_urgency"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_ask_handover_urgency")
        return []


class AskHandoverPreview(DeskAction):
    action = "action_ask_handover_form_handover_preview"

    def act(self, turn: Turn) -> Events:
        facts = facts_of(turn)
        preview.show(turn, facts, _lines(turn, facts), group=_category(turn).assignment_group)
        return [facts.remembered]


class ValidateHandoverForm(FactsForm):
    slots, fact_slots = HANDOVER_SLOTS, ("handover_details",)

    def name(self) -> str:
        return "validate_handover_form"

    def tells(self, tracker: Tracker, asked: str, text: str) -> bool:
        """ "It can wait" cancels nothing here, and whoever wants to be called by a person has said what they want."""
        if complaints.asks_wish(tracker, asked) and not text.startswith("/"):
            return _intent(tracker) not in case_facts.NEVER_AN_ANSWER
        policy = services_of_this_process().handover.facts
        said = asked == "handover_urgency" and policy.urgency_of(text)
        return bool(said) or super().tells(tracker, asked, text)

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """The button of one of their cases tells which one a complaint is about."""
        found = await super().get_extraction_events(dispatcher, tracker, domain)
        if tracker.get_slot("requested_slot") != "handover_details":
            return found
        case = await asyncio.to_thread(complaints.chosen, self.turn(tracker, dispatcher))
        return found if case is None else [*found, SlotSet("handover_details", NOTHING_TO_SAY)]

    def _with(self, turn: Turn, facts: CaseFacts, value: str) -> CaseFacts:
        """ "Are you reading this? Ring me!" is what the person wants, all of it, and no question to be put off."""
        if facts.asked == (complaints.WISH,) and value != NOTHING_TO_SAY:
            return case_facts.answered(turn, facts, value).with_told({complaints.WISH: value}, Source.ASKED)
        return super()._with(turn, facts, value)

    def facts(self, turn: Turn) -> CaseFacts:
        return facts_of(turn)

    def asking(self, turn: Turn, facts: CaseFacts, slot: str) -> CaseFacts:
        return _asking(turn, facts)

    def lines(self, turn: Turn, facts: CaseFacts) -> list[preview.Line]:
        return _lines(turn, facts)

    def not_needed(self, turn: Turn) -> set[str]:
        """Who it is is asked only where the channel does not prove it."""
        slots = {"handover_contact"} if turn.conversation.proven else set()
        if turn.slot("handover_problem") is None:
            return slots
        if _category(turn).id == complaints.CATEGORY:
            slots.add("handover_urgency")  # "can you work meanwhile" is no answer to a complaint
        facts = facts_of(turn)
        told = {
            "handover_details": not _asking(turn, facts).asked,
            "handover_urgency": turn.slot("handover_urgency") is None and facts.urgency,
        }
        return {*slots, *(slot for slot, known in told.items() if known)}

    def validate_handover_contact(self, value: Any, *turn: Any) -> dict[str, Any]:
        return self.rest_skipped("handover_contact") if value == SKIPPED else {"handover_contact": value}

    async def validate_handover_problem(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if tracker.get_slot("requested_slot") != "handover_problem":
            return {"handover_problem": value}  # known already: the newest message is about something else
        if value == SKIPPED:
            return self.rest_skipped("handover_problem")
        again = await asyncio.to_thread(repeated.told_in_form, tracker, dispatcher, str(value))
        ended = {**dict.fromkeys(HANDOVER_SLOTS, SKIPPED), "handover_preview": repeated.AWAITING}
        return {**(ended if again else {}), "handover_problem": value, **_understood_of(tracker)}

    async def validate_handover_details(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        turn = self.turn(tracker, dispatcher)
        case = await asyncio.to_thread(complaints.chosen, turn)
        if case is not None:
            facts = facts_of(turn).with_told({complaints.WHICH: case}, Source.ASKED)
            return {"handover_details": None, FACTS: facts.plain}
        return await self.validated_facts("handover_details", value, dispatcher, tracker)

    async def validate_handover_urgency(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if (
            value in (None, NOTHING_TO_SAY, SKIPPED)
            or tracker.get_slot("requested_slot") != "handover_urgency"
        ):
            return {"handover_urgency": value}
        if await self.is_aside(dispatcher, tracker):
            return {"handover_urgency": None}
        return await asyncio.to_thread(self._urgency_read, value, tracker, dispatcher)

    async def validate_handover_preview(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return await self.validated_preview(value, dispatcher, tracker)

    def previewed(self, tracker: Tracker, dispatcher: CollectingDispatcher, answer: str) -> dict[str, Any]:
        turn = self.turn(tracker, dispatcher)
        urgency = turn.services.handover.facts.urgency_of(answer)
        if urgency and len(answer.split()) <= case_facts.SHORT and not commands(answer):
            return {"handover_preview": None, "handover_urgency": urgency}
        slots = super().previewed(tracker, dispatcher, answer)
        if slots.get("handover_urgency"):
            slots["handover_urgency"] = _typed_urgency(turn, slots["handover_urgency"])
        return slots

    def _urgency_read(self, value: Any, tracker: Tracker, dispatcher: CollectingDispatcher) -> dict[str, Any]:
        """ "Several of us are stuck" tells who else is affected, too."""
        turn = self.turn(tracker, dispatcher)
        code = _typed_urgency(turn, value)
        words = turn.label(f"urgency_{code}") if value in BLOCKED else str(value)
        facts = case_facts.heard(turn, facts_of(turn), words, Source.ASKED, keep=False)
        return {"handover_urgency": code, FACTS: facts.plain}


def _intent(tracker: Tracker) -> str:
    return str(((tracker.latest_message or {}).get("intent") or {}).get("name") or "")


def _typed_urgency(turn: Turn, value: Any) -> Any:
    """What a button would have said, where the words say it too."""
    policy = turn.services.handover.facts
    if policy.yes_or_no(str(value)) is False:
        return URGENCY_OF["no"]
    return URGENCY_OF.get(can_work(str(value)) or "") or policy.urgency_of(str(value)) or value


def prepared(turn: Turn) -> Events:
    """The problem as far as it is known: the wish for a person itself, or what was talked about just before."""
    own = turn.typed if len(turn.typed.split()) > WORDS_THAT_TELL else None
    begins = bool(own) and not goes_on(turn, str(own))
    known = own if begins else (None if own else _stuck_proof(turn)) or told(turn)
    events: Events = [
        ActiveLoop(None),
        *forget((*HANDOVER_SLOTS, FACTS)),
        SlotSet("awaiting", None),
        SlotSet(BECAUSE, _why(turn)),
    ]
    if known:
        events.append(SlotSet("handover_problem", known))
    if begins or not turn.slot("understood"):
        events.append(SlotSet("understood", understood(turn)))
    return events


def _already_on_its_way(turn: Turn) -> Events:
    """Who wants a person once more, in the middle of it, begins nothing anew; what they say beside it goes along."""
    more = turn.typed if len(turn.typed.split()) > WORDS_THAT_TELL else ""
    facts = facts_of(turn)
    return [case_facts.heard(turn, facts, more, Source.ADDED, keep=True).remembered] if more else []


def _stuck_proof(turn: Turn) -> str | None:
    """Somebody who asks for a person while a code is waited for cannot get at the code."""
    view = turn.services.verification.state(turn.conversation.id)
    if view is None or view.state != "open":
        return None
    return f"{turn.label('no_factor')}: {turn.label(f'purpose_{view.purpose}')}"


def understood(turn: Turn) -> dict[str, Any]:
    """What was made of the message, for L1 to see."""
    return {"intent": turn.intent, "confidence": round(turn.confidence, 2), "entities": turn.entities()}


def hand_over_now(turn: Turn) -> Events:
    """Start the handover from within another action; from a shared room it goes on in the private chat (S1)."""
    if not turn.conversation.private:
        turn.say("utter_go_private", payload="/talk_to_human")
        return [SlotSet("awaiting", None)]
    events = prepared(turn)
    return repeated.asked(turn, events) or [*events, FollowupAction("handover_form")]


def begin_handover(turn: Turn, problem: str, *, because: dict[str, dict[str, Any]]) -> Events:
    """Now, too, with a problem known from before and sorted by its words: the newest message is about something else."""
    if not turn.conversation.private:
        turn.say("utter_go_private", payload="/talk_to_human")
        return [ActiveLoop(None), SlotSet("awaiting", None)]
    return [
        ActiveLoop(None),
        *forget((*HANDOVER_SLOTS, FACTS)),
        SlotSet("awaiting", None),
        SlotSet(BECAUSE, because),
        SlotSet("handover_problem", problem),
        SlotSet("understood", {"intent": "talk_to_human", "confidence": 1.0, "entities": {}}),
        FollowupAction("handover_form"),
    ]


def open_case(
    turn: Turn,
    *,
    because: dict[str, dict[str, Any]],
    words: str | None = None,
    kind: str | None = None,
    category: str | None = None,
    facts: CaseFacts | None = None,
    answers: dict[str, str] | None = None,
    seen: Seen = Seen.NOT_SHOWN,
    impact: Impact | None = None,
    urgency: Urgency | None = None,
) -> Case | None:
    """The new case, or None after telling the employee that nothing could be saved.

    The same turn opens the same case, however often it is tried (F7)."""
    understood = turn.slot("understood") or {}
    struck = tuple(each for each in (facts.struck if facts else ()) if each.strip())
    entities = {**(understood.get("entities") or {}), **turn.entities()}
    request = CaseRequest(
        conversation=turn.conversation.id,
        key=f"{turn.key}:{kind or 'case'}",
        language=turn.language,
        words=(turn.typed or turn.slot("question") or "") if words is None else words,
        because=because,
        kind=kind,
        category=category,
        intent=str(understood.get("intent") or turn.intent),
        confidence=float(understood.get("confidence") or turn.confidence),
        entities={name: value for name, value in entities.items() if value not in struck},
        facts=case_facts.of_packet(turn, facts) if facts else (),
        unknown=tuple(kind.label for kind in case_facts.missing(turn, facts)) if facts else (),
        answers=answers or {},
        seen=seen,
        struck=struck,
        impact=impact,
        urgency=urgency,
    )
    try:
        return turn.services.cases.open(request)
    except Tier0Error:
        logger.exception("a case could not be saved")
        turn.say("utter_case_not_saved")
        return None


def seen(turn: Turn, slot: str) -> Seen:
    """Whether the preview, whose slot this is, was read: "just send it" at a question leaves it out."""
    return Seen.CHECKED if turn.slot(slot) == preview.SEND else Seen.UNSEEN


def facts_of(turn: Turn) -> CaseFacts:
    """As they stand, or as they are before anything was asked."""
    kept = case_facts.kept(turn)
    if kept is not None:
        return kept
    wanted = turn.services.handover.facts.of(_category(turn).id)
    return case_facts.begun(turn, wanted, said(turn, "handover_problem"))


def _asking(turn: Turn, facts: CaseFacts) -> CaseFacts:
    """The last question is kept for whether work goes on, unless that was told."""
    return case_facts.asking(turn, facts, facts.needed, reserved=0 if _urgency(turn, facts) else 1)


def _category(turn: Turn) -> Category:
    """The one that the case will have: what the employee said first tells it, unless only the rest does."""
    understood = turn.slot("understood") or {}
    intent, entities = str(understood.get("intent") or turn.intent), understood.get("entities") or {}
    words = said(turn, "handover_problem")
    first = categorise(intent, entities, words.split("\n", 1)[0])
    return first if first.id != FALLBACK else categorise(intent, entities, words)


def _lines(turn: Turn, facts: CaseFacts) -> list[preview.Line]:
    return preview.lines_of(
        turn,
        facts,
        [
            ("handover_problem", turn.label("line_problem"), said(turn, "handover_problem")),
            ("handover_contact", turn.label("line_contact"), said(turn, "handover_contact")),
            ("handover_urgency", turn.label("line_urgency"), _in_words(turn, facts)),
        ],
    )


def _why(turn: Turn) -> dict[str, dict[str, Any]]:
    """Why a person takes over, as far as the moment tells at which it was decided."""
    matter = matter_of(turn)
    awaiting = turn.slot("awaiting")
    why: dict[str, dict[str, Any]] = {}
    if awaiting == HELPER:
        why["distress"] = {}
    if turn.intent == "complaint" or (turn.slot("understood") or {}).get("intent") == "complaint":
        why["complaint"] = {}
    if matter.failed:
        why["answers_failed"] = {"count": len(matter.failed)}
    elif matter.question and not matter.hits and awaiting == "person":
        why["no_answer"] = {}
    if (
        matter.begun
        and turn.services.clock.now() - matter.begun_at >= turn.services.handover.criteria.longest
    ):
        minutes = int((turn.services.clock.now() - matter.begun_at).total_seconds() // 60)
        why["takes_long"] = {"minutes": minutes}
    failed = int(turn.slot("fallbacks") or 0)
    if failed >= turn.services.handover.criteria.not_understood:
        why["not_understood"] = {"count": failed}
    if _stuck_proof(turn):
        why["cannot_prove"] = {}
    if turn.intent == "talk_to_human" or not why:
        why["asked_for_person"] = {}
    return why


def _because(turn: Turn) -> dict[str, dict[str, Any]]:
    return turn.slot(BECAUSE) or {"asked_for_person": {}}


def _understood_of(tracker: Tracker) -> dict[str, Any]:
    """The problem decides the category, not what was said after it."""
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    entities = {str(each.get("entity")): str(each.get("value")) for each in message.get("entities") or ()}
    confidence = round(float(intent.get("confidence") or 0.0), 2)
    return {"understood": {"intent": intent.get("name"), "confidence": confidence, "entities": entities}}


def forget(slots: tuple[str, ...]) -> Events:
    return [SlotSet(slot, None) for slot in slots]


def said(turn: Turn, slot: str) -> str:
    value = turn.slot(slot)
    return "" if value in (None, SKIPPED) else str(value)


def _urgency(turn: Turn, facts: CaseFacts) -> str:
    """As answered, else as the words have told it."""
    value = turn.slot("handover_urgency")
    return facts.urgency if value in (None, SKIPPED) else str(value)


def _in_words(turn: Turn, facts: CaseFacts) -> str:
    value = _urgency(turn, facts)
    return turn.label(f"urgency_{value}") if value in BLOCKED else value
