"""What is particular about a complaint: it is taken as it is told, its cases are offered, and the call that was asked for is
spoken of afterwards."""

from __future__ import annotations

from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions.case_facts import SLOT, CaseFacts
from actions.opening import opening
from actions.own_ticket import own_cases
from actions.problem import messages_since, words_of
from actions.slots import said
from actions.turn import Choice, Events, Turn, choice
from servicedesk.cases import Case
from servicedesk.complaint_talk import complains as says_so
from servicedesk.complaint_talk import wish_in
from servicedesk.handover.packet import Source
from servicedesk.security_talk import CALLED, questions_in
from servicedesk.ticketing.port import TicketKind

CATEGORY = "complaint"
WISH, WHICH = "wish", "which_case"  # facts of facts.yml
RECENT = timedelta(days=45)  # whoever complains has waited for weeks
SPOKEN_OF = timedelta(hours=24)  # after a complaint, a question about the call is about that one
OFFERED = 3
TITLE = 40  # characters of a case on its button


def case_choices(turn: Turn) -> list[Choice]:
    """A button for each of their own cases of the last weeks, the newest first."""
    return [
        choice(
            f"{case.reference}: {case.summary[:TITLE]}",
            f'/handover_answer{{"ticket_reference": "{case.reference}"}}',
        )
        for case in _recent(turn)[:OFFERED]
    ]


def asks_wish(tracker: Tracker, asked: str) -> bool:
    """Whether the question that is open is what shall be done."""
    return asked == "handover_details" and (tracker.get_slot(SLOT) or {}).get("asked") in ([WISH], (WISH,))


def outright(turn: Turn) -> bool:
    """Whether the newest message says of itself that it is a complaint."""
    return turn.intent == CATEGORY and says_so(turn.whole_message)


def with_wish(turn: Turn, facts: CaseFacts) -> CaseFacts:
    """With what the complaint, or the yes to a person, has said shall be done: that is not asked for again."""
    if WISH in facts.told:
        return facts
    typed = [words_of(each) for each in turn.tracker.events if each.get("event") == "user"]
    since = messages_since(turn, said(turn, "handover_problem"))
    told = " ".join(filter(None, map(wish_in, dict.fromkeys([*map(words_of, since), *typed[-1:]]))))
    return facts.with_told({WISH: told}, Source.TOLD) if told else facts


def chosen(turn: Turn) -> str | None:
    """What the line says where such a button was pressed."""
    pressed = turn.entity("ticket_reference") if turn.intent == "handover_answer" else None
    case = next((each for each in _recent(turn) if each.reference == pressed), None)
    return f"{case.reference}: {case.summary}" if case else None


def asked_for_the_call(turn: Turn) -> Events | None:
    """Answered from the complaint that was sent, where this asks when somebody calls; None otherwise."""
    if not turn.is_first or not turn.typed or turn.tracker.active_loop_name:
        return None
    if CALLED not in questions_in(turn.typed):
        return None
    since = turn.services.clock.now() - SPOKEN_OF
    sent = (
        case
        for case in turn.services.cases.of_conversation(turn.conversation.id)
        if case.kind is TicketKind.COMPLAINT and case.open and case.opened_at > since
    )
    case = next(sent, None)
    if case is None:
        return None
    turn.services.cases.add_comment(
        case.reference, conversation=turn.conversation.id, key=turn.key, text=turn.typed
    )
    turn.say(
        "utter_complaint_call",
        reference=case.reference,
        group=case.assignment_group,
        opening=opening(turn, case.opens_at),
    )
    return [FollowupAction("action_listen")]


def _recent(turn: Turn) -> list[Case]:
    since = turn.services.clock.now() - RECENT
    return [
        case
        for case in own_cases(turn.services, turn.conversation)
        if case.opened_at > since and case.kind not in (TicketKind.SECURITY_INCIDENT, TicketKind.COMPLAINT)
    ]
