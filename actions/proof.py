"""Proving who asks, and what then happens: the steps that password reset and unlock share.

What was proven lies in the store (servicedesk/verification.py). The connector has a code checked before the dialogue
hears of it, so the actions here only look at the outcome."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from rasa_sdk.events import SlotSet

from actions.approval import ask_to_vouch, say_waiting
from actions.desk_action import DeskAction
from actions.incident_talk import open_incident
from actions.opened_case import open_case
from actions.turn import Choice, Events, Turn, choice
from servicedesk.accounts import Condition, Diagnosis, UnlockResult
from servicedesk.delivery.errors import DeliveryError
from servicedesk.directory.errors import DirectoryError
from servicedesk.directory.port import Account
from servicedesk.factors.rules import Factor
from servicedesk.sealed_links import seal_link
from servicedesk.ticketing.port import Impact, Urgency
from servicedesk.verification import ChallengeView, CodesExhausted, FactorNotUsable, SelfServicePaused

logger = logging.getLogger(__name__)

FACTOR_LABELS = {
    "sms": "by_sms",
    "mail": "by_mail",
    "authenticator": "by_authenticator",
    "approval": "by_approval",
}
CATEGORIES = {"reset": "access.password", "unlock": "access.lockout"}
SAME_STOP = timedelta(hours=24)  # within this, another try is added to the case that the first one opened
RETRY = {"reset": "/password_reset", "unlock": "/account_unlock"}


class ActionCodeEntered(DeskAction):
    action = "action_code_entered"

    def act(self, turn: Turn) -> Events:
        view = turn.services.verification.state(turn.conversation.id)
        if view is None:
            turn.say("utter_code_none")
        elif view.state == "accepted":
            go_on(turn, view.purpose)
            return _over(turn)
        elif view.paused_until is not None:
            turn.say("utter_paused")
        elif view.state == "expired":
            turn.say("utter_code_expired", choices=[_new_code(view.factor), choice("cancel", "/cancel")])
        elif _waits_for_approver(view):
            say_waiting(turn, [choice("person", "/talk_to_human")])
        else:
            name = "utter_code_wrong_last" if view.tries_left == 1 else "utter_code_wrong"
            turn.say(
                name,
                tries=view.tries_left,
                digits=view.digits,
                factor=view.factor,
                choices=[_new_code(view.factor), choice("person", "/talk_to_human")],
            )
        return []


class ActionUseFactor(DeskAction):
    action = "action_use_factor"

    def act(self, turn: Turn) -> Events:
        view = turn.services.verification.state(turn.conversation.id)
        if view is None:
            turn.say("utter_code_none")
            return []
        begin(turn, view.purpose, wanted=turn.entity("factor"))
        return []


def _over(turn: Turn) -> Events:
    """Who has proven it has what they wanted: whoever asks for a person now has another problem, unless the new password
    was tried in the middle of one."""
    known = (turn.slot("understood") or {}).get("intent")
    wanted = known in ("password_reset", "account_unlock")
    return [SlotSet("question", None), SlotSet("understood", None)] if wanted else []


def begin(turn: Turn, purpose: str, *, wanted: str | None = None) -> None:
    """Look first, then ask for the best proof there is, or for the one that the employee wants."""
    conversation = turn.conversation
    if not conversation.private:
        turn.say("utter_shared_room")
        return
    if conversation.account is None:
        url = f"{turn.services.settings.desk_url}/reset?lang={turn.language}"
        turn.say("utter_unproven_reset", url=url)
        return
    if _belongs_to_the_incident(turn, purpose):
        return
    try:
        diagnosis = turn.services.accounts.diagnose(conversation.account)
        if diagnosis.condition is Condition.REFUSED or diagnosis.account is None:
            refuse(turn, purpose, {"protected_account": {"state": diagnosis.reason}})
            return
        if diagnosis.paused:
            turn.say("utter_paused")
            return
        if turn.services.risk.of(conversation.account, turn.whole_message, conversation.id):
            _stop(turn, purpose)
            return
        if wanted is None and not _say_state(turn, purpose, diagnosis):
            return
        _ask_for_proof(
            turn, purpose, diagnosis.account, wanted, locked=diagnosis.condition is Condition.LOCKED
        )
    except DirectoryError:
        logger.exception("%s: the directory does not answer", purpose)
        turn.say("utter_directory_down", retry_payload=RETRY[purpose])


def go_on(turn: Turn, purpose: str) -> None:
    """The proof was accepted: the link to choose a password, or the unlock itself."""
    if purpose == "reset":
        url = turn.services.accounts.begin_reset_link(turn.conversation, turn.language)
        if url is None:
            turn.say("utter_code_expired", choices=[choice("new_code", RETRY[purpose])])
        else:
            turn.say("utter_reset_link", url=seal_link(turn.services.keys, turn.conversation.id, url))
        return
    outcome = turn.services.accounts.unlock(turn.conversation)
    if outcome.result is UnlockResult.DONE:
        turn.say(
            _unlocked(turn, outcome.lockouts_today), name=outcome.given_name, count=outcome.lockouts_today
        )
    elif outcome.result is UnlockResult.AGAIN_LOCKED:
        turn.say("utter_relocked", name=outcome.given_name)
    elif outcome.result is UnlockResult.NOT_LOCKED:
        turn.say("utter_not_locked", name=outcome.given_name)
    elif outcome.result is UnlockResult.NOT_SUPPORTED:
        turn.say("utter_lockout_temporary", name=outcome.given_name)
    elif outcome.result is UnlockResult.QUEUED:
        turn.say("utter_unlock_queued")
    elif outcome.result is UnlockResult.LIMIT:
        turn.say("utter_unlock_limit")
        refuse(turn, purpose, {"unlock_limit": {}})
    elif outcome.result is UnlockResult.NO_PROOF:
        turn.say("utter_code_expired", choices=[choice("new_code", RETRY[purpose])])
    else:
        refuse(turn, purpose, {"unlock_failed": {}})


def _unlocked(turn: Turn, lockouts: int) -> str:
    """The second time in a day comes with what to look for, the third with the word that L1 looks, too."""
    if lockouts >= turn.services.handover.criteria.lockouts:
        return "utter_unlocked_third"
    return "utter_unlocked_again" if lockouts > 1 else "utter_unlocked"


def refuse(turn: Turn, purpose: str, because: dict[str, dict[str, Any]]) -> None:
    """One answer for every account that self-service must not touch, and a case with the reason for L1 (S7, S8)."""
    case = open_case(
        turn,
        kind="incident",
        category=CATEGORIES[purpose],
        because=because,
        impact=Impact.PERSON,
        urgency=Urgency.CANNOT_WORK,
    )
    if case:
        turn.say("utter_refused", reference=case.reference)


def _belongs_to_the_incident(turn: Turn, purpose: str) -> bool:
    """Whoever has just reported one, and speaks of the password, speaks of the report: no second case, and no machine
    changes it. Asked before the directory is, so that every account hears the same (S8)."""
    account, conversation = turn.conversation.account, turn.conversation.id
    if account is None:
        return False
    reference = open_incident(turn)
    if reference is None or not turn.services.risk.of(account, turn.whole_message, conversation):
        return False
    turn.services.verification.cancel(conversation)
    turn.services.links.void_all(account)
    said = turn.whole_message or turn.label(f"purpose_{purpose}")
    turn.services.cases.add_comment(reference, conversation=conversation, key=turn.key, text=said)
    turn.say("utter_incident_password", reference=reference)
    return True


def _stop(turn: Turn, purpose: str) -> None:
    """What was proven before counts no longer, and L1 calls back; to the employee it is like any refusal (S8)."""
    turn.services.verification.cancel(turn.conversation.id)
    account = turn.conversation.account
    if account:
        turn.services.links.void_all(account)
    since = turn.services.clock.now() - SAME_STOP
    known = (
        case.reference
        for case in (turn.services.cases.of_account(account) if account else ())
        if case.open and case.category == CATEGORIES[purpose] and case.opened_at > since
    )
    reference = next(known, None)
    if reference is None:
        refuse(
            turn, purpose, {}
        )  # the case finds by itself what has stopped it, in the words and in the store
        return
    said = turn.whole_message or turn.label(f"purpose_{purpose}")
    turn.services.cases.add_comment(reference, conversation=turn.conversation.id, key=turn.key, text=said)
    turn.say("utter_refused", reference=reference)


def resume(turn: Turn) -> None:
    """After an interruption: remind of the code that is still waited for."""
    view = turn.services.verification.state(turn.conversation.id)
    if view is None or view.state != "open" or view.paused_until is not None:
        return
    if _waits_for_approver(view):
        say_waiting(turn, [])
        return
    turn.say(
        "utter_code_again",
        purpose=turn.label(f"purpose_{view.purpose}"),
        digits=view.digits,
        factor=view.factor,
        choices=[_new_code(view.factor), choice("cancel", "/cancel")],
    )


def _say_state(turn: Turn, purpose: str, diagnosis: Diagnosis) -> bool:
    """Say what was found; False when nothing needs to be done for this purpose."""
    condition, account, count = diagnosis.condition, diagnosis.account, diagnosis.lockouts_today
    if account is None:
        return False
    name = account.given_name
    if not account.unlockable:
        return _say_temporary(turn, purpose, condition, name)
    if condition is Condition.LOCKED:
        turn.say("utter_state_locked_again" if count > 1 else "utter_state_locked", name=name, count=count)
        return True
    if purpose == "unlock":
        stale = condition in (Condition.EXPIRED, Condition.MUST_CHANGE)
        turn.say("utter_not_locked_expired" if stale else "utter_not_locked", name=name)
        return False
    names = {Condition.EXPIRED: "utter_state_expired", Condition.MUST_CHANGE: "utter_state_must_change"}
    turn.say(names.get(condition, "utter_state_fine"), name=name)
    return True


def _say_temporary(turn: Turn, purpose: str, condition: Condition, name: str) -> bool:
    """Where a lockout ends by itself, shows late, and nobody can end it: no code is asked for in vain, and "not locked"
    is said of nobody."""
    stale = {Condition.EXPIRED: "utter_state_expired", Condition.MUST_CHANGE: "utter_state_must_change"}
    if condition in stale:
        ways = [] if purpose == "reset" else [choice("reset_password", "/password_reset")]
        turn.say(stale[condition], name=name, choices=ways)
    elif purpose == "reset":
        locked = condition is Condition.LOCKED
        turn.say("utter_state_locked_temporary" if locked else "utter_state_active", name=name)
    else:
        locked = condition is Condition.LOCKED
        turn.say("utter_lockout_temporary" if locked else "utter_lockout_unseen", name=name)
    return purpose == "reset"


def _ask_for_proof(turn: Turn, purpose: str, account: Account, wanted: str | None, *, locked: bool) -> None:
    verification = turn.services.verification
    factors: dict[str, Factor] = {factor.kind: factor for factor in verification.factors(account)}
    factor = factors.get(wanted or "") or next(iter(factors.values()), None)
    if factor is None:
        refuse(turn, purpose, {"no_factor": {}})
        return
    others = [
        choice(FACTOR_LABELS[kind], f'/use_factor{{"factor": "{kind}"}}', hint=other.hint)
        for kind, other in factors.items()
        if kind != factor.kind
    ]
    person = choice("no_factor", "/talk_to_human")
    if factor.kind == "approval":
        _ask_for_approval(turn, purpose, account, [*others, person])
        return
    try:
        challenge = verification.start(
            account,
            purpose=purpose,
            factor=factor.kind,
            conversation=turn.conversation.id,
            channel_user=turn.conversation.channel_user,
            proven=turn.conversation.proven,
            language=turn.language,
        )
    except SelfServicePaused:
        turn.say("utter_paused")
        return
    except CodesExhausted as exhausted:
        _say_wait(turn, exhausted.wait, others)
        return
    except DeliveryError:
        logger.exception("a code could not be sent")
        turn.say("utter_code_not_sent", choices=[*others, choice("person", "/talk_to_human")])
        return
    offer = locked and account.unlockable and purpose == "reset"
    instead = [choice("unlock_instead", "/unlock_instead")] if offer else []
    again = [_new_code(factor.kind)] if challenge.unclear else []
    turn.say(
        "utter_code_unclear" if challenge.unclear else f"utter_code_{factor.kind}",
        hint=factor.hint,
        digits=challenge.digits,
        factor=factor.kind,
        choices=[*instead, *again, *others, person, choice("cancel", "/cancel")],
    )


def _ask_for_approval(turn: Turn, purpose: str, account: Account, others: list[Choice]) -> None:
    try:
        ask_to_vouch(turn, account, purpose, others)
    except SelfServicePaused:
        turn.say("utter_paused")
    except CodesExhausted as exhausted:
        _say_wait(turn, exhausted.wait, others)
    except FactorNotUsable:
        turn.say("utter_vouch_nobody", choices=others)


def _say_wait(turn: Turn, wait: timedelta, others: list[Choice]) -> None:
    """Within a minute of the last code that one is still good; later there is no more to be had for a while."""
    until = format_timedelta(max(wait, timedelta(minutes=1)), granularity="minute", locale=turn.locale)
    view = turn.services.verification.state(turn.conversation.id)
    if view is not None and _waits_for_approver(view):
        say_waiting(turn, others)
    elif view is not None and view.state == "open" and wait <= turn.services.settings.limits.code_send_gap:
        turn.say("utter_code_wait", wait=until, digits=view.digits, factor=view.factor, choices=others)
    else:
        turn.say("utter_codes_exhausted", wait=until, choices=others)


def _new_code(factor: str) -> Choice:
    if factor == "authenticator":
        return choice("no_factor", "/talk_to_human")
    if factor == "approval":
        return choice("ask_again", '/use_factor{"factor": "approval"}')
    return choice("new_code", f'/use_factor{{"factor": "{factor}"}}')


def _waits_for_approver(view: ChallengeView) -> bool:
    return view.factor == "approval" and view.state == "open"
