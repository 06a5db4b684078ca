"""A code that cannot be had: whoever says so while one is waited for is asked for the next proof there is, or goes to a
person, as with the button that says it."""

from __future__ import annotations

import logging

from actions.answers import BEFORE_ANY_ARTICLE
from actions.interrupted import as_message
from actions.turn import SURE, Events, Turn
from bot.kb.answer import is_certain
from servicedesk.directory.errors import DirectoryError
from servicedesk.reset_talk import has_no_code
from servicedesk.verification import ChallengeView

logger = logging.getLogger(__name__)

OTHER_WAY = "use_factor"  # the intent of the button for another proof


def told(turn: Turn) -> Events | None:
    """The answer to "that is my old number" and "no text has come"; None where no code is waited for or nothing says so."""
    if not turn.is_first or turn.tracker.active_loop_name or turn.intent in (*BEFORE_ANY_ARTICLE, OTHER_WAY):
        return None
    if not has_no_code(turn.whole_message) or _wants_something_else(turn):
        return None
    view = turn.services.verification.state(turn.conversation.id)
    if view is None or view.state != "open" or view.factor == "approval" or view.paused_until is not None:
        return None
    other = _next_way(turn, view)
    if other is None:
        return as_message(turn, turn.whole_message, "talk_to_human")
    return as_message(turn, turn.whole_message, OTHER_WAY, entities={"factor": other})


def _wants_something_else(turn: Turn) -> bool:
    """ "I need a new phone" and "how do I get mail on my new phone" are wishes of their own."""
    if turn.confidence < SURE:
        return False
    return turn.intent == "service_request" or (turn.intent == "kb_question" and is_certain(turn.articles))


def _next_way(turn: Turn, view: ChallengeView) -> str | None:
    """The proof that comes after the one that is waited for; none comes twice."""
    account = turn.conversation.account
    try:
        found = turn.services.accounts.diagnose(account).account if account else None
    except DirectoryError:
        logger.exception("%s: the directory does not answer", view.purpose)
        return None
    kinds = [factor.kind for factor in turn.services.verification.factors(found)] if found else []
    rest = kinds[kinds.index(view.factor) + 1 :] if view.factor in kinds else []
    return next(iter(rest), None)
