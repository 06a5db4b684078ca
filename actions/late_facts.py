"""What is said of a case right after it was sent.

After "send it as it is" what is still not known is asked for once more: one message, which may be passed over. What
answers it, or otherwise goes on about the case, completes the packet (cases.add_facts); a new matter, thanks or nothing at
all leaves it as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rasa_sdk.events import FollowupAction, SlotSet

from actions import case_facts, wishes
from actions.case_category import of_order, tells_fault
from actions.case_facts import NEVER_AN_ANSWER, SHORT, SLOT, CaseFacts
from actions.repeated import is_same
from actions.turn import BEYOND_DOUBT, SURE, Events, Turn
from bot.kb.answer import is_certain
from bot.labels.model import labeller
from bot.nlu.form_words import addition, is_skip
from bot.nlu.wishes import FAULTS
from servicedesk.cases import Case, CaseNotFound
from servicedesk.categories import FALLBACK, categorise
from servicedesk.handover import reading
from servicedesk.handover.clauses import clauses, sentences
from servicedesk.handover.facts import FEW_WORDS, FactKind
from servicedesk.handover.packet import Fact, Seen, Source
from servicedesk.handover.repeats import AT_ONCE
from servicedesk.ticketing.port import TicketKind

AWAITING: Final = "late_facts"  # the slot `awaiting` while the case in `case_reference` may be completed
LEAVES: Final = "request.leaver"
STARTS: Final = "request.new_starter"
# Intents of words that may as well tell a fact.
MAY_TELL: Final = frozenset(
    {"kb_question", "nlu_fallback", "ticket_update", "affirm", "deny", "out_of_scope", "greet", "thank"}
)


def ask(turn: Turn, case: Case, facts: CaseFacts, seen: Seen) -> Events:
    """After this case was sent. Nothing is asked where nothing is missing, or where the packet was looked at and sent so;
    what is said next may go on about it all the same."""
    says_nothing = not turn.services.cases.form(case.reference)["words"]
    open_ = tuple(name for name in facts.missing if name not in facts.skipped)
    asks = seen is Seen.UNSEEN and bool(open_ or says_nothing)
    if asks:
        kinds = turn.services.handover.facts.kinds
        questions = [kinds[name].ask[turn.language] for name in open_]
        if says_nothing:
            questions.insert(0, turn.label("late_problem"))
        turn.say("utter_late_facts", questions="\n".join(f"- {each}" for each in questions))
    elif turn.slot(wishes.SLOT):
        return []  # the wish that waits is what is talked about now
    return _open(case.reference, replace(facts, asked=open_ if asks else ()))


def typed(turn: Turn) -> Events | None:
    """The answer to this message, where it completes the packet or declines to; None where it is about something else."""
    facts = case_facts.kept(turn) if _is_asked(turn) else None
    if facts is None:
        return None
    reference = str(turn.slot("case_reference"))
    if facts.asked and _declines(turn, facts):
        turn.say("utter_late_facts_none", reference=reference)
        return _ended(turn)
    try:
        case = turn.services.cases.of_requester(reference, conversation=turn.conversation.id)
    except CaseNotFound:
        return None
    first = str(turn.services.cases.form(reference)["words"])
    if not case.open or turn.services.clock.now() - case.opened_at > AT_ONCE or is_same(first, _words(turn)):
        return None
    if _is_of_somebody_else(turn, case):
        return None
    says_nothing = not first
    is_asked = facts.asked or says_nothing
    belongs = _answers(turn, facts, case, says_nothing) if is_asked else _goes_on(turn, facts, case)
    if not belongs:
        return None
    words = _words(turn)
    after = (
        replace(case_facts.heard(turn, facts, words, Source.ASKED, keep=False), asked=())
        if says_nothing
        else case_facts.answered(turn, facts, words)
    )
    turn.services.cases.add_facts(
        reference,
        conversation=turn.conversation.id,
        key=turn.key,
        facts=_new(turn, facts, after),
        unknown=case_facts.open_of(turn, after).asked,
        words=words if says_nothing else "",
    )
    turn.say("utter_late_facts_added", reference=reference)
    return _ended(turn, _open(reference, after))


def given_up(turn: Turn) -> Events:
    """What forgets the question, where the message that came was about something else: no action sees it any more."""
    if not _is_asked(turn):
        return []
    events = _forgotten()
    turn.tracker.slots.update({event["name"]: event["value"] for event in events})
    return events


def _is_asked(turn: Turn) -> bool:
    return turn.is_first and turn.slot("awaiting") == AWAITING and not turn.tracker.active_loop_name


def _words(turn: Turn) -> str:
    return addition(turn.whole_message) or turn.whole_message


def _declines(turn: Turn, facts: CaseFacts) -> bool:
    """The button, "skip", or a "no" where it answers none of our questions."""
    if turn.intent == "just_send":
        return True
    policy, words = turn.services.handover.facts, turn.whole_message
    if not words or policy.is_not_known(words):
        return False
    return is_skip(words) or (policy.yes_or_no(words) is False and len(facts.asked) > 1)


def _answers(turn: Turn, facts: CaseFacts, case: Case, says_nothing: bool) -> bool:
    """Whether these words tell what was asked for, and begin no matter of their own."""
    policy, words = turn.services.handover.facts, _words(turn)
    if not words or turn.intent in NEVER_AN_ANSWER or policy.is_question(words):
        return False
    asked = [policy.kinds[name] for name in facts.asked if name in policy.kinds]
    elsewhere = _is_elsewhere(turn, case, words) and not says_nothing
    if _is_told(turn, asked, words):
        return not elsewhere or len(words.split()) <= FEW_WORDS or _is_told(turn, asked, _beginning(words))
    if elsewhere or "?" in words or turn.intent in ("thank", "greet", "goodbye"):
        return False
    return says_nothing or (any(kind.free for kind in asked) and len(words.split()) > SHORT)


def _goes_on(turn: Turn, facts: CaseFacts, case: Case) -> bool:
    """The same where nothing was asked: only what tells something of this case, or looks like nothing else."""
    policy, words = turn.services.handover.facts, _words(turn)
    if len(words.split()) < SHORT or turn.intent in NEVER_AN_ANSWER or policy.is_question(words):
        return False
    if _is_elsewhere(turn, case, words) or (turn.intent == "kb_question" and is_certain(turn.articles)):
        return False
    kinds = [policy.kinds[name] for name in (*facts.needed, *facts.nice) if name in policy.kinds]
    told = any(kind.told_in(words, {}) for kind in kinds)
    return turn.intent == "ticket_update" or (turn.intent in (*MAY_TELL, "service_request") and told)


def _is_told(turn: Turn, asked: list[FactKind], words: str) -> bool:
    policy = turn.services.handover.facts
    bare = policy.yes_or_no(words) is not None and any(kind.meaning for kind in asked)
    return bare or reading.is_told(policy, asked, words, labeller(case_facts.FACTS))


def _beginning(words: str) -> str:
    """Whoever answers begins with the answer, whatever else is told after it."""
    first = next((clause for each in sentences(words) for clause in clauses(words, each)), (0, 0))
    return words[slice(*first)] if len(words[slice(*first)].split()) <= FEW_WORDS else ""


def _is_elsewhere(turn: Turn, case: Case, words: str) -> bool:
    """Whether they look like another matter than the case's."""
    ordered = case.kind is TicketKind.SERVICE_REQUEST
    if turn.intent not in MAY_TELL and turn.confidence >= SURE:
        return not (ordered and turn.intent == "service_request")
    if ordered and turn.intent in FAULTS and turn.confidence >= SURE:
        return turn.confidence >= BEYOND_DOUBT or tells_fault(words)
    if ordered or case.category == "complaint":
        return False  # of their words no category can tell: the laptop may be what it is about
    return categorise("", turn.entities(), words).id not in (FALLBACK, case.category)


def _is_of_somebody_else(turn: Turn, case: Case) -> bool:
    """Whoever leaves is nobody who starts: an order of its own, however much in it fits the one before."""
    if case.kind is not TicketKind.SERVICE_REQUEST or turn.intent != "service_request":
        return False
    ordered = f"request.{of_order(turn.entities(), [_words(turn)])}"
    return ordered != case.category and (ordered == LEAVES or (case.category, ordered) == (LEAVES, STARTS))


def _new(turn: Turn, before: CaseFacts, after: CaseFacts) -> tuple[Fact, ...]:
    told = {name: value for name, value in after.told.items() if before.told.get(name) != value}
    return case_facts.of_packet(turn, replace(after, told=told, added=after.added[len(before.added) :]))


def _open(reference: str, facts: CaseFacts) -> Events:
    return [SlotSet("awaiting", AWAITING), SlotSet("case_reference", reference), facts.remembered]


def _forgotten() -> Events:
    return [SlotSet("awaiting", None), SlotSet("case_reference", None), SlotSet(SLOT, None)]


def _ended(turn: Turn, goes_on: Events | None = None) -> Events:
    """No other action after it; a wish that had to wait comes now, else what is said next may still `goes_on` about it."""
    events = _forgotten() if turn.slot(wishes.SLOT) or goes_on is None else goes_on
    events += wishes.remember_and_offer(turn, events)
    return [*events, FollowupAction("action_listen")]
