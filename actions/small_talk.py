"""Everything that is not a journey of its own: first words, yes and no, cancel, language, and not having understood."""

from __future__ import annotations

from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet

from actions import complaints, distress, repeated, same_ticket, wishes
from actions.answers import VERDICT, WHICH, ask_again, not_solved, offer_person
from actions.desk_action import DeskAction
from actions.handover_begun import understood
from actions.knowledge import answer_from
from actions.person_offered import accept_person
from actions.problem import asked_anew, has_begun
from actions.proof import begin, resume
from actions.slots import HANDOVER_SLOTS, REQUEST_SLOTS, forget
from actions.turn import Choice, Events, Turn, choice
from bot.kb.answer import is_certain
from bot.nlu.program_language import names_a_program
from bot.nlu.wishes import ACTIONABLE, COMPLAINT
from servicedesk.conversations import LANGUAGES
from servicedesk.order_talk import tells_fault

JOURNEY_SLOTS = (
    *HANDOVER_SLOTS,
    *REQUEST_SLOTS,
    "incident_details",
    "update_text",
    "case_reference",
    "awaiting",
)

CLARIFY_CHOICES = 3
# Chance, below which what names a program or a fault is not sent away: of 183 that are no IT (dev set) it keeps none.
A_REFUSAL = 0.65
A_PROBLEM = "kb_question"
A_COMPLAINT = 0.8  # chance, below which words that tell a fault are about the fault; on the dev set it costs no complaint
NEVER_GUESSED = ("nlu_fallback", "report_security_incident", "distress")
OWN_INTRO = ("web", "teams")  # the page and the app's welcome say who it is before the first message (D5)


class ActionSessionStart(DeskAction):
    action = "action_session_start"

    def act(self, turn: Turn) -> Events:
        # In a shared room it would stand in every thread; there Slack marks who is an app.
        if turn.conversation.channel not in OWN_INTRO and turn.conversation.private:
            turn.say("utter_intro")
        return [SessionStarted(), ActionExecuted("action_listen")]

    def afterwards(self, turn: Turn, events: Events) -> Events:
        return []  # the message comes later


class _Says(DeskAction):
    """Says one thing, then comes back to what was going on."""

    response = ""

    def act(self, turn: Turn) -> Events:
        turn.say(self.response)
        resume(turn)
        return []


class ActionGreet(_Says):
    action, response = "action_greet", "utter_greet"


class ActionThank(_Says):
    action, response = "action_thank", "utter_thank"


class ActionGoodbye(DeskAction):
    action = "action_goodbye"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_goodbye")
        return []


class ActionHelp(_Says):
    action, response = "action_help", "utter_help"


class ActionBotChallenge(_Says):
    action, response = "action_bot_challenge", "utter_bot_challenge"


class ActionOutOfScope(_Says):
    action, response = "action_out_of_scope", "utter_out_of_scope"

    def act(self, turn: Turn) -> Events:
        """Holidays are not IT, but what the mail answers meanwhile is: where an article is certain it counts. And nobody is
        sent away with the app for the holidays, with what is broken, or right after an article, unless that is beyond doubt.
        """
        if is_certain(turn.articles):
            return answer_from(turn, turn.typed, turn.articles)
        told = turn.typed and (tells_fault(turn.typed) or names_a_program(turn.typed))
        # "Same on the phone" goes on about the article before it.
        may_be_it = told or turn.slot("awaiting") == VERDICT
        return _as_a_problem(turn) if may_be_it and turn.confidence < A_REFUSAL else super().act(turn)


class ActionComplaint(DeskAction):
    action = "action_complaint"

    def act(self, turn: Turn) -> Events:
        outright = complaints.outright(turn)
        if turn.slot("awaiting") == VERDICT and not outright:  # "that did not help at all"
            return not_solved(turn)
        if turn.typed and not outright and turn.confidence < A_COMPLAINT and tells_fault(turn.typed):
            return _as_a_problem(turn)  # "every single contract has expired!!" is loud, and a fault
        return [
            *offer_person(turn, "utter_complaint"),
            SlotSet("question", turn.slot("question") or turn.typed or None),
            SlotSet("understood", understood(turn)),
        ]


class ActionAffirm(DeskAction):
    action = "action_affirm"

    def act(self, turn: Turn) -> Events:
        awaiting = turn.slot("awaiting")
        if awaiting == wishes.OFFERED:
            return wishes.take_up(turn)
        if awaiting == distress.AWAITING:
            return distress.send_for_a_person(turn)
        if awaiting == "person":
            return accept_person(turn)
        if awaiting in (repeated.AWAITING, repeated.AWAITING_ORDER):
            return same_ticket.attach(turn, str(turn.slot("case_reference")))
        if awaiting == WHICH:
            return ask_again(turn)
        if awaiting == VERDICT:  # "yes, I tried that" is no "yes, it helped"
            turn.say("utter_kb_did_it_help")
            return []
        view = turn.services.verification.state(turn.conversation.id)
        if view is not None and view.state == "expired":
            begin(turn, view.purpose)
            return []
        turn.say("utter_affirm_what")
        resume(turn)
        return []


class ActionDeny(DeskAction):
    action = "action_deny"

    def act(self, turn: Turn) -> Events:
        awaiting = turn.slot("awaiting")
        if awaiting == wishes.OFFERED:
            return wishes.leave(turn)
        if awaiting == distress.AWAITING:
            return distress.decline(turn)
        if awaiting in (repeated.AWAITING, repeated.AWAITING_ORDER):
            return same_ticket.open_new(turn, awaiting)
        if awaiting == VERDICT:
            return not_solved(turn)
        turn.say("utter_deny_what")
        return [SlotSet("awaiting", None)]


class ActionNextWish(DeskAction):
    action = "action_next_wish"

    def act(self, turn: Turn) -> Events:
        return wishes.take_up(turn)


class ActionSkipWish(DeskAction):
    action = "action_skip_wish"

    def act(self, turn: Turn) -> Events:
        return wishes.leave(turn)


class ActionCancel(DeskAction):
    action = "action_cancel"

    def act(self, turn: Turn) -> Events:
        if turn.slot("awaiting") == wishes.OFFERED:
            return wishes.leave(turn)
        waiting = turn.services.verification.cancel(turn.conversation.id)
        busy = waiting or bool((turn.tracker.active_loop or {}).get("name")) or bool(turn.slot("awaiting"))
        turn.say("utter_cancelled" if busy else "utter_nothing_to_cancel")
        return [ActiveLoop(None), SlotSet("requested_slot", None), *forget(JOURNEY_SLOTS)]


class ActionNothingPressed(DeskAction):
    """A form's button whose form is over: the answer came too late to matter."""

    action = "action_nothing_pressed"

    def act(self, turn: Turn) -> Events:
        turn.say("utter_button_done")
        return []


class ActionChangeLanguage(DeskAction):
    action = "action_change_language"

    def act(self, turn: Turn) -> Events:
        wanted = turn.entity("language_name")
        if wanted not in LANGUAGES:
            turn.say("utter_which_language")
            return []
        turn.services.conversations.set_language(turn.conversation.id, wanted, chosen=True)
        turn.dispatcher.utter_message(response="utter_language_changed", language=wanted)
        return []


class ActionFallback(DeskAction):
    """Not sure what was meant: first the knowledge base, then one question with buttons, then a person."""

    action = "action_fallback"

    def act(self, turn: Turn) -> Events:
        failed = int(turn.slot("fallbacks") or 0)
        if turn.articles and _could_be(turn, "kb_question"):
            return answer_from(turn, turn.typed, turn.articles)
        matter = asked_anew(turn, turn.typed or turn.slot("question") or "", turn.articles)
        remember = [SlotSet("fallbacks", float(failed + 1)), matter.remembered]
        remember.append(SlotSet("question", matter.question or None))
        if has_begun(turn, matter, matter.question):
            remember.append(SlotSet("understood", {**understood(turn), "intent": _likeliest(turn)}))
        if failed + 1 >= turn.services.handover.criteria.not_understood:
            return [*remember, *offer_person(turn, "utter_fallback_person")]
        choices = _meanings(turn)
        if choices:
            turn.say("utter_clarify", choices=[*choices, choice("person", "/talk_to_human")])
        else:
            turn.say("utter_rephrase")
        resume(turn)
        return [*remember, SlotSet("awaiting", "meaning")]


def _as_a_problem(turn: Turn) -> Events:
    """What was taken for something else; a matter that it goes on about stays what it was."""
    events = answer_from(turn, turn.typed, turn.articles)
    begins = any(event["event"] == "slot" and event["name"] == "understood" for event in events)
    return [*events, SlotSet("understood", {**understood(turn), "intent": A_PROBLEM})] if begins else events


def _ranking(turn: Turn) -> list[str]:
    return [str(entry.get("name")) for entry in turn.message.get("intent_ranking") or ()]


def _likeliest(turn: Turn) -> str:
    """None that would raise an alarm or send for help: nobody was sure of that. Nor a complaint where a fault is told."""
    never = (*NEVER_GUESSED, "complaint") if tells_fault(turn.typed) else NEVER_GUESSED
    return next((name for name in _ranking(turn) if name not in never), "nlu_fallback")


def _could_be(turn: Turn, intent: str) -> bool:
    return intent in _ranking(turn)[: CLARIFY_CHOICES + 1]


def _meanings(turn: Turn) -> list[Choice]:
    meant = (*ACTIONABLE - {"talk_to_human"}, COMPLAINT)
    shown = [name for name in _ranking(turn) if name in meant][:CLARIFY_CHOICES]
    if shown and A_PROBLEM not in shown:  # what most people have, in words that nobody foresaw
        first = sorted(shown, key=lambda name: name != COMPLAINT)[: CLARIFY_CHOICES - 1]
        shown = [*(name for name in shown if name in first), A_PROBLEM]
    return [choice(f"intent_{name}", f"/{name}") for name in shown]
