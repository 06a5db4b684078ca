"""A ticket of one's own that is named in a question: how it is doing, whatever else the question looks like."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from actions.turn import SURE, Events, Turn
from servicedesk.bootstrap import Services
from servicedesk.cases import Case
from servicedesk.conversations import Conversation
from servicedesk.security_talk import STATUS, asks, questions_in

# Wishes that name a ticket and are none for news of it, however unsure it is that they are meant.
OWN_WISH = (
    "ticket_update", "ticket_status", "talk_to_human", "complaint", "cancel", "report_security_incident", "distress",
)  # fmt: skip
STATUS_ACTION = "action_ticket_status"
# Intents of words that name a ticket only to ask about it; a wish for a change of it has its own journey.
LOOSE = (
    "outage_check",
    "kb_question",
    "nlu_fallback",
    "help",
    "out_of_scope",
    "affirm",
    "greet",
    "bot_challenge",
)


def own_cases(services: Services, conversation: Conversation) -> list[Case]:
    """Newest first: of the proven person, or of this conversation where nobody is proven."""
    if conversation.proven and conversation.account:
        return list(services.cases.of_account(conversation.account))
    return list(services.cases.of_conversation(conversation.id))


def is_named(case: Case, number: str) -> bool:
    return number.upper() in (case.reference, (case.number or "").upper())


def asked_by_number(turn: Turn) -> Events | None:
    """On to its status, where the message names a ticket of theirs and wants nothing else; None otherwise."""
    number = turn.entity("ticket_number")
    if not turn.is_first or not turn.typed or not number:
        return None
    if not _wants_news(turn):
        return None
    if not any(is_named(case, number) for case in own_cases(turn.services, turn.conversation)):
        return None
    return [FollowupAction(STATUS_ACTION)]


def _wants_news(turn: Turn) -> bool:
    if turn.intent in LOOSE:
        return True
    if turn.intent in OWN_WISH or not asks(turn.typed):
        return turn.intent == "ticket_update" and STATUS in questions_in(turn.typed)
    return turn.confidence < SURE
