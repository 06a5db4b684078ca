"""A fault that was taken for an order: it goes to those who put it right, with all that was said, as soon as that shows.

It shows in the message that looked like an order, or in what the employee says to the order's questions
(servicedesk/order_talk.py)."""

from __future__ import annotations

from typing import Any, Final

from rasa_sdk import Tracker

from actions import case_category, repeated
from actions.answers import VERDICT, WHICH
from actions.form_answers import SKIPPED
from actions.handover_begun import begin_handover
from actions.person_offered import PERSON
from actions.problem import first_words, goes_on, messages_since, newest_words, words_of
from actions.slots import REQUEST_SLOTS, forget
from actions.turn import Events, Turn
from servicedesk.order_talk import asks, is_denial, is_fault

NO_ORDER: Final = "no_order"  # what the order's preview holds once it has turned out to be none
REASON: Final = "not_an_order"  # of criteria.yml
# A fault is told of as a question about what is broken is asked; as an order it would be filed under what was ordered.
_A_FAULT: Final = "kb_question"
AT_HAND: Final = (VERDICT, WHICH, PERSON)  # the slot `awaiting`, while a matter is talked about
_STAYS: Final = ("report_security_incident", "distress")  # goes first, whatever else the words say
_SAYS_NOTHING: Final = 2  # words: "don't know" in the order's form is no part of the story


def is_none(tracker: Tracker, text: str) -> bool:
    """Whether this message, typed while an order is written, says that it is a fault."""
    message = tracker.latest_message or {}
    if text.startswith("/") or (message.get("intent") or {}).get("name") in _STAYS:
        return False
    if tracker.get_slot("requested_slot") == REQUEST_SLOTS[0] and is_fault(text):
        return True  # asked what is to be ordered
    if (message.get("intent") or {}).get("name") == "cancel":
        return is_denial(text)  # an order that is no longer wanted, unless the fault is named
    typed = [words_of(each) for each in tracker.events if each.get("event") == "user"]
    return is_denial(text, typed[:-1])


def ended(answered: str, text: str) -> dict[str, Any]:
    """The slots with which the order's form ends; whatever ends it then goes on to `handed_over`. What was typed to the
    first question stays, for it may be all that was told."""
    told = {REQUEST_SLOTS[0]: text} if answered == REQUEST_SLOTS[0] else {answered: SKIPPED}
    return {**dict.fromkeys(REQUEST_SLOTS[1:], SKIPPED), **told, REQUEST_SLOTS[-1]: NO_ORDER}


def instead_of_order(turn: Turn, wish: str) -> Events | None:
    """The handover in place of an order that the words of this wish do not ask for; None where they may."""
    if not is_fault(wish) and not case_category.tells_fault(wish):
        return None
    first = first_words(turn) if goes_on(turn, wish) else wish
    return _begun(turn, _story(turn, first, wish))


def goes_on_about_a_fault(turn: Turn) -> bool:
    """Whether these words, taken for an order, ask for nothing and go on about what an article has just been shown for, or a
    person was offered for: "nothing to do with VPN, it is the stock page, and my colleagues have it too"."""
    at_hand = turn.slot("awaiting") in AT_HAND
    return at_hand and bool(turn.typed) and not asks(turn.typed) and goes_on(turn, turn.typed)


def handed_over(turn: Turn, wish: str) -> Events:
    """After the order's form: what was said since its first words, in the form of a fault."""
    turn.say("utter_no_order")
    wish = wish or newest_words(turn)
    return _begun(turn, _story(turn, first_words(turn) or wish, wish))


def _story(turn: Turn, first: str, wish: str) -> str:
    """All that was typed since these first words, each message a line."""
    since = [words_of(each) for each in messages_since(turn, first)]
    telling = [each for each in since if len(each.split()) > _SAYS_NOTHING]
    return "\n".join(dict.fromkeys([*first.splitlines(), wish, *telling]))


def _begun(turn: Turn, story: str) -> Events:
    known = (turn.slot("understood") or {}).get("entities") or {}
    understood = {**turn.entities(), **known}
    events = begin_handover(turn, story, because={REASON: {}}, intent=_A_FAULT, entities=understood)
    begun = [*forget(REQUEST_SLOTS), *events]
    if not turn.conversation.private:
        return begun
    asked = repeated.asked(turn, [each for each in begun if each["event"] != "followup"])
    return asked or begun
