"""The answer to "shall I add this to your open ticket?": add it, open a new one, or say what it is about instead."""

from __future__ import annotations

import re
from typing import Final

from rasa_sdk.events import FollowupAction, SlotSet

from actions import case_facts
from actions.case_facts import SLOT as FACTS
from actions.handover_begun import understood
from actions.handover_case import facts_of
from actions.matter import over
from actions.repeated import AWAITING, AWAITING_ORDER, NEW_ORDER, about_the_same
from actions.slots import BECAUSE, HANDOVER_SLOTS, REQUEST_SLOTS, forget, said
from actions.turn import SURE, Events, Turn
from servicedesk.cases import CaseNotFound
from servicedesk.categories import FALLBACK, categorise
from servicedesk.handover.addition import render_addition

TELLING: Final = 3  # words, from which on they say what it is about
# Intents of words that may say what it is about; others have a journey of their own where they are sure.
MAY_TELL: Final = (
    "kb_question",
    "nlu_fallback",
    "outage_check",
    "complaint",
    "talk_to_human",
    "out_of_scope",
)
_POLITE: Final = (
    r"(?:(?:ja|jo|yes|ok|okay|nei|nej|nein|no|bitte|please|gern\w*|gjerne|gärna|takk|tack|danke|thanks"
    r"|heller|hellre|lieber)\W+)*"
)
_NEW = re.compile(
    _POLITE
    + r"(?:(?:åpne|opprett|lag|öppna|skapa|gör|open|make|create|i want|jeg vil ha|jag vill ha|ich möchte)\W+)?"
    r"(?:(?:en|et|ett|ein|eine|einen|a|an)\W+)?(?:ny|nytt|neu|neue|neues|neuen|new|another|separat|separate|egen|eget|eigenes)"
    r"(?:\W+(?:sak|ärende|ticket|case|one|eins|vorgang|öffnen|anlegen|aufmachen|erstellen|bitte|please|takk|tack|danke))*\W*",
    re.I,
)
_ADD = re.compile(
    _POLITE
    + r"(?:(?:legg|lägg)\b.*\b(?:til|till|inn|in)\b.*|.*\b(?:dazu|hinzu|hinzufügen|ergänzen)\b|add\b.*"
    r"|(?:det er |det är |es ist |it'?s |it is )?(?:det |den |das |the )?"
    r"(?:samme|samma|selbe|dasselbe|gleiche|same)\b.*)\W*",
    re.I,
)


def typed(turn: Turn) -> Events | None:
    """Words in place of a button; None for a plain yes or no, and where something else is wanted."""
    awaiting = turn.slot("awaiting")
    if awaiting not in (AWAITING, AWAITING_ORDER) or not turn.is_first or not turn.typed:
        return None
    words, reference = turn.whole_message, str(turn.slot("case_reference"))
    if turn.intent in ("distress", "report_security_incident"):
        return None
    if _NEW.fullmatch(words.strip()):
        return open_new(turn, awaiting)
    if _ADD.fullmatch(words.strip()) and len(words.split()) <= 2 * TELLING:
        return _stays(attach(turn, reference))
    if not _says_what(turn, words):
        return None
    if about_the_same(turn, words, reference):
        return _stays(attach(turn, reference))
    return [
        *forget((*HANDOVER_SLOTS, *REQUEST_SLOTS, FACTS, "awaiting", "case_reference")),
        SlotSet("handover_problem", words),
        SlotSet("understood", understood(turn)),
        FollowupAction("handover_form"),
    ]


def _says_what(turn: Turn, words: str) -> bool:
    """Whether these words, where a yes or a no was asked for, say what it is about."""
    if turn.intent not in MAY_TELL and turn.confidence >= SURE:
        return False
    named = categorise("", turn.entities(), words).id != FALLBACK
    return named or (turn.intent in MAY_TELL and len(words.split()) >= TELLING)


def _stays(events: Events) -> Events:
    """No other action after it, and no rule's form."""
    return [*events, FollowupAction("action_listen")]


def attach(turn: Turn, reference: str) -> Events:
    """Their words, facts and what was said since, as one comment."""
    services, talk = turn.services, turn.conversation
    words = said(turn, "handover_problem") or said(turn, "request_what")
    facts = case_facts.of_packet(turn, facts_of(turn)) if said(turn, "handover_problem") else ()
    try:
        case = services.cases.of_requester(reference, conversation=talk.id)
        text = render_addition(
            words=words,
            facts=facts,
            messages=services.conversations.messages(talk.id, limit=50),
            since=case.opened_at,
        )
        services.cases.add_comment(
            reference, conversation=talk.id, key=turn.key, text=text, event="case.attached"
        )
    except CaseNotFound:
        turn.say("utter_ticket_unknown", number=reference)
    else:
        # As after a handover: a person has it, and the code that was waited for is no longer wanted.
        services.verification.cancel(talk.id)
        if talk.account:
            services.links.void_all(talk.account)
        turn.say("utter_ticket_attached", reference=reference, group=case.assignment_group)
    return [
        *forget((*HANDOVER_SLOTS, *REQUEST_SLOTS, FACTS, BECAUSE)),
        *forget(("awaiting", "case_reference", "question", "understood")),
        SlotSet("fallbacks", 0.0),
        over(),
    ]


def open_new(turn: Turn, about: str) -> Events:
    """On to the form, with what was said before the question."""
    order = about == NEW_ORDER or turn.slot("awaiting") == AWAITING_ORDER
    form = "request_form" if order else "handover_form"
    return [*forget(("awaiting", "case_reference")), FollowupAction(form)]
