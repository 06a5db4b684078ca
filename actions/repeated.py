"""Asked about once more while a ticket is open: is it the same? Then it is added to that one, if the employee likes.

Measured on the search's dev questions (tests/bot/kb/dev): words in common tell nothing there, nearness in meaning does."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from babel.dates import format_date
from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Events, Turn, choice, services_of_this_process, turn_of
from bot.nlu.embeddings import shared_encoder
from bot.nlu.engine.port import EngineUnavailable
from servicedesk.cases import Case
from servicedesk.categories import categorise
from servicedesk.handover.repeats import OwnCase, own_open_cases
from servicedesk.ticketing.port import TicketKind

logger = logging.getLogger(__name__)

AWAITING = "same_ticket"  # the slot `awaiting` while a plain "yes" adds to the ticket in `case_reference`
AWAITING_ORDER = "same_order"
ATTACH, NEW, NEW_ORDER = "attach", "new", "new_order"  # what the buttons say
NEAR = 0.34  # cosine; of pairs of questions in one category, 20% of other matters are nearer, and 93% of the same one
VERY_NEAR = (
    0.45  # whatever the category: 3% of other matters are nearer, and most of what is put in other words
)


def asked(turn: Turn, begun: Events) -> Events | None:
    """In place of the handover that these events begin: the question, where an open ticket is about the same."""
    slots = {event["name"]: event["value"] for event in begun if event["event"] == "slot"}
    understood = slots.get("understood") or turn.slot("understood") or {}
    found = _same(turn, str(slots.get("handover_problem") or ""), understood)
    return None if found is None else [*begun, *ask(turn, found, AWAITING)]


def asked_of_order(turn: Turn, begun: Events) -> Events | None:
    """The same of an order: two alike may both be meant, so only the very words count, and only at once."""
    wish = _plain(turn.typed)
    own = own_open_cases(turn.services.store, turn.services.clock, turn.conversation) if wish else ()
    found = _still_open(turn, [each for each in own if each.just_now and _plain(each.words) == wish])
    return None if found is None else [*begun, *ask(turn, found, AWAITING_ORDER)]


def told_in_form(tracker: Tracker, dispatcher: CollectingDispatcher, problem: str) -> bool:
    """Whether what was just told of the problem is about an open ticket. Blocks."""
    turn = turn_of(tracker, dispatcher, services_of_this_process())
    return _same(turn, problem, _understood(turn)) is not None


def ask_after_form(turn: Turn, problem: str) -> Events:
    found = _same(turn, problem, turn.slot("understood") or {})
    return [] if found is None else ask(turn, found, AWAITING)


def ask(turn: Turn, case: Case, awaiting: str) -> Events:
    new = NEW_ORDER if awaiting == AWAITING_ORDER else NEW
    turn.say(
        "utter_same_ticket",
        reference=case.reference,
        summary=case.summary,
        date=format_date(case.opened_at, format="medium", locale=turn.locale),
        state=turn.label(f"state_{case.state.value}"),
        choices=[
            choice(
                "add_to_it",
                f'/ticket_answer{{"ticket_action": "{ATTACH}", "ticket_reference": "{case.reference}"}}',
                reference=case.reference,
            ),
            choice("open_a_new_one", f'/ticket_answer{{"ticket_action": "{new}"}}'),
        ],
    )
    return [
        SlotSet("awaiting", awaiting),
        SlotSet("case_reference", case.reference),
        FollowupAction("action_listen"),  # and not to the form, where a rule would go on to it
    ]


def _same(turn: Turn, words: str, understood: dict[str, object]) -> Case | None:
    own = own_open_cases(turn.services.store, turn.services.clock, turn.conversation)
    if not own:
        return None
    if not words:
        return _still_open(turn, [each for each in own if each.just_now])
    entities = understood.get("entities")
    category = categorise(
        str(understood.get("intent") or turn.intent), entities if isinstance(entities, dict) else {}, words
    )
    if category.kind is TicketKind.SECURITY_INCIDENT:
        return None
    return _still_open(turn, _near(own, words, category.id))


def _near(own: Sequence[OwnCase], words: str, category: str) -> list[OwnCase]:
    """The nearest first."""
    told = [each for each in own if each.words]
    literal = [each for each in told if _plain(each.words) == _plain(words)]
    if literal or not told:
        return literal
    try:
        vectors = shared_encoder().query([words, *(each.words for each in told)])
    except EngineUnavailable:
        logger.warning("open tickets are not compared: there is no engine for it")
        return []
    nearness = (vectors[1:] @ vectors[0]).tolist()
    found = [
        (cosine, at)
        for at, (cosine, each) in enumerate(zip(nearness, told, strict=True))
        if cosine >= (NEAR if each.case.category == category else VERY_NEAR)
    ]
    return [told[at] for _, at in sorted(found, reverse=True)]


def _still_open(turn: Turn, found: Sequence[OwnCase]) -> Case | None:
    """Of the first, as its system shows it now: L1 may have settled it since."""
    if not found:
        return None
    case = turn.services.cases.as_it_is_now(found[0].case)
    return case if case.open else None


def about_the_same(turn: Turn, words: str, reference: str) -> bool:
    """Whether these words, typed just now, are about this open ticket."""
    found = _same(turn, words, _understood(turn))
    return found is not None and found.reference == reference


def is_same(words: str, again: str) -> bool:
    """The very words."""
    return bool(words) and _plain(words) == _plain(again)


def _understood(turn: Turn) -> dict[str, object]:
    return {"intent": turn.intent, "entities": turn.entities()}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .!?,…")
