"""What the employee says to a message about one of their tickets: still needed, solved or not, stars, a comment.

The message may be days old: what holds is the ticket as it is now, and what was answered before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rasa_sdk.events import FollowupAction, SlotSet

from actions.answers import BEFORE_ANY_ARTICLE
from actions.turn import Events, Turn, choice
from bot.nlu.follow_ups import FAILED
from bot.nlu.form_words import is_skip
from servicedesk.case_records import SETTLED, Case, CaseNotFound
from servicedesk.nudges import where_it_stands
from servicedesk.requesters import Choice as Button
from servicedesk.resolutions import MOST_STARS, Said
from servicedesk.ticket_buttons import TicketAnswer, answer

# The slot `awaiting`: what typed words answer. The last two are questions of the update form.
SOLVED, STARS, WHY, COMMENT = "solved", "stars", "why_not_solved", "rating_comment"
JUST_SENT = "late_facts"  # of another case (actions/late_facts.py), which was asked about before
FORM_QUESTIONS = {WHY: "utter_ask_why_not_solved", COMMENT: "utter_ask_rating_comment"}
SKIP = "skip"
SURE = 0.7
STILL_NEEDED = "The requester was asked after days without news, and says that it is still needed."
NOT_SOLVED = "The requester says that it is not solved."
_STARS = re.compile(  # "4", "4/5", "4 av 5 stjerner": a number among other words is no rating
    rf"\W*([1-{MOST_STARS}])(?:\s*(?:/|av|von|of|out of)\s*{MOST_STARS})?"
    r"\s*(?:stars?|stjerner?|stjärn(?:a|or)|sterne?|poeng|poäng|punkte?|points?)?\W*",
    re.I,
)


def pressed(turn: Turn, about: TicketAnswer, reference: str) -> Events:
    """One of the buttons of servicedesk/ticket_buttons.py."""
    try:
        case = turn.services.cases.of_requester(reference, conversation=turn.conversation.id)
    except CaseNotFound:
        turn.say("utter_ticket_unknown", number=reference)
        return _over()
    if about is TicketAnswer.ADD:
        return [*_about(reference, None), SlotSet("update_text", None), FollowupAction("update_form")]
    if about is TicketAnswer.SOLVED:
        return _solved(turn, case)
    if about is TicketAnswer.NOT_SOLVED:
        return _not_solved(turn, case)
    if about is TicketAnswer.STARS:
        return _rated(turn, reference, int(turn.entity("number") or 0))
    if about is TicketAnswer.NO_STARS:
        return _commented(turn, reference, SKIP)
    if about is TicketAnswer.ASK_AGAIN or not case.open:
        return _ask_again(turn, case)
    if about is TicketAnswer.WITHDRAW:
        turn.services.cases.withdraw(reference, conversation=turn.conversation.id, key=turn.key)
        turn.say("utter_ticket_withdrawn", reference=reference)
        return _over()
    turn.services.cases.add_comment(
        reference,
        conversation=turn.conversation.id,
        key=turn.key,
        text=STILL_NEEDED,
        event="case.still_needed",
    )
    turn.say("utter_ticket_still_needed", reference=reference)
    return _over()


def typed(turn: Turn) -> Events | None:
    """Words in place of a button; None where the message is about something else."""
    if not turn.is_first or not turn.typed or turn.intent in BEFORE_ANY_ARTICLE or _in_a_form(turn):
        return None
    awaiting, reference = turn.slot("awaiting"), turn.slot("case_reference")
    if awaiting == STARS and reference:
        found = _STARS.fullmatch(turn.typed.strip())
        if found:
            return _ended(_rated(turn, reference, int(found[1])))
        return _ended(_commented(turn, reference, SKIP)) if _declines(turn) else None
    said = _solved_or_not(turn)
    if said is None or awaiting not in (None, JUST_SENT, SOLVED):
        return None
    if awaiting != SOLVED:
        reference = turn.services.resolutions.asked_last_in(turn.conversation.id)
    return _ended(pressed(turn, said, reference)) if reference else None


def _solved_or_not(turn: Turn) -> TicketAnswer | None:
    """What the words say to "is it solved?"; None where they say something else."""
    failed = turn.message.get("follow_up") or {}
    if failed.get("name") == FAILED and float(failed.get("confidence") or 0.0) >= SURE:
        return TicketAnswer.NOT_SOLVED
    return {"affirm": TicketAnswer.SOLVED, "deny": TicketAnswer.NOT_SOLVED}.get(turn.intent)


def answered_form(turn: Turn, awaiting: str, reference: str, text: str) -> Events:
    """What was written, or skipped, at the update form's question about a settled ticket. Raises CaseNotFound."""
    if awaiting == COMMENT:
        return _commented(turn, reference, text)
    if _is_skip(text):
        turn.say("utter_why_skipped", reference=reference)
    else:
        turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=text)
        turn.say("utter_ticket_added", reference=reference)
    return []


def ask_of_settled(turn: Turn, cases: Sequence[Case]) -> Events:
    """Below the list of their tickets: whether the newest settled one is solved, where nobody has said so yet."""
    if _in_a_form(turn) or turn.slot("awaiting"):
        return []
    for case in cases:
        if case.state in SETTLED and _ask_whether_solved(turn, case):
            return _about(case.reference, SOLVED)
    return []


def _solved(turn: Turn, case: Case) -> Events:
    if case.state not in SETTLED:
        return _not_settled(turn, case)
    resolutions = turn.services.resolutions
    resolutions.answer(case.reference, Said.SOLVED)
    known = resolutions.of(case.reference)
    if known is None or known.said is not Said.SOLVED or known.stars is not None:
        turn.say("utter_button_done")
        return _over()
    return _ask_stars(turn, case.reference)


def _not_solved(turn: Turn, case: Case) -> Events:
    if case.state not in SETTLED:
        return _not_settled(turn, case)
    known = turn.services.resolutions.of(case.reference)
    if known is None or known.said is not Said.NOTHING:
        turn.say("utter_button_done")
        return _over()
    # Put back to work first: whatever comes in between, that is not lost, and a second time does no harm (F7).
    turn.services.cases.reopen(
        case.reference, conversation=turn.conversation.id, key=turn.key, reason=NOT_SOLVED
    )
    turn.services.resolutions.answer(case.reference, Said.NOT_SOLVED)
    turn.say("utter_ticket_reopened", reference=case.reference)
    return _ask_in_form(turn, case.reference, WHY)


def _not_settled(turn: Turn, case: Case) -> Events:
    """L1, or the employee, has done something else with it since it was asked."""
    turn.say("utter_ticket_goes_on", reference=case.reference, state=turn.label(f"state_{case.state.value}"))
    return _over()


def _rated(turn: Turn, reference: str, stars: int) -> Events:
    if not turn.services.resolutions.rate(reference, stars):
        turn.say("utter_button_done")
        return _over()
    if _in_a_form(turn):
        return _commented(turn, reference, SKIP)
    return _ask_in_form(turn, reference, COMMENT)


def _commented(turn: Turn, reference: str, text: str) -> Events:
    turn.services.resolutions.comment(reference, "" if _is_skip(text) else text)
    turn.say("utter_rated")
    return _over()


def _ask_again(turn: Turn, case: Case) -> Events:
    """The question behind an old button, as it stands now."""
    if case.open:
        _say(turn, *where_it_stands(case, turn.language))
        return _over()
    if case.state not in SETTLED:
        return _not_settled(turn, case)
    if _ask_whether_solved(turn, case):
        return _about(case.reference, SOLVED)
    known = turn.services.resolutions.of(case.reference)
    if known is not None and known.said is Said.SOLVED and known.stars is None:
        return _ask_stars(turn, case.reference)
    turn.say("utter_button_done")
    return _over()


def _ask_whether_solved(turn: Turn, case: Case) -> bool:
    question = turn.services.resolutions.ask_here(
        case.reference, conversation=turn.conversation.id, language=turn.language
    )
    if question is not None:
        _say(turn, *question)
    return question is not None


def _ask_stars(turn: Turn, reference: str) -> Events:
    numbers = range(1, MOST_STARS + 1)
    choices = [choice(f"stars_{number}", answer(reference, TicketAnswer.STARS, number)) for number in numbers]
    none = choice("skip", answer(reference, TicketAnswer.NO_STARS))
    turn.say("utter_ask_stars", choices=[*choices, none])
    return _about(reference, STARS)


def _ask_in_form(turn: Turn, reference: str, question: str) -> Events:
    """One more question, for words; not in the middle of another form."""
    if _in_a_form(turn):
        return []
    return [*_about(reference, question), SlotSet("update_text", None), FollowupAction("update_form")]


def _say(turn: Turn, text: str, buttons: Sequence[Button]) -> None:
    """The same words as in the message that came unasked (servicedesk/texts)."""
    shown = [{"title": title, "payload": payload} for title, payload in buttons]
    turn.dispatcher.utter_message(text=text, buttons=shown)


def _about(reference: str, awaiting: str | None) -> Events:
    return [SlotSet("case_reference", reference), SlotSet("awaiting", awaiting)]


def _over() -> Events:
    return [SlotSet("case_reference", None), SlotSet("awaiting", None)]


def _ended(events: Events) -> Events:
    """No other action and no rule's form after it."""
    goes_on = any(event["event"] == "followup" for event in events)
    return events if goes_on else [*events, FollowupAction("action_listen")]


def _in_a_form(turn: Turn) -> bool:
    """Another one than the form whose question this module asks."""
    return (turn.tracker.active_loop or {}).get("name") not in (None, "update_form")


def _declines(turn: Turn) -> bool:
    return turn.intent == "deny" or is_skip(turn.typed)


def _is_skip(text: str) -> bool:
    return text in ("", SKIP)
