"""What somebody sees at a glance, without asking: their open tickets, and what is down or planned."""

from __future__ import annotations

from typing import Any

from actions.outage import outage_line
from actions.own_ticket import own_cases
from actions.tickets import ticket_line
from actions.words import Words
from servicedesk.bootstrap import Services
from servicedesk.conversations import LANGUAGES, Conversation

MOST_TICKETS = 10
MOST_OUTAGES = 10


def overview(services: Services, conversation: Conversation, language: str) -> dict[str, Any]:
    """As JSON, in the words of the chat's own answers. Asks the ticket system; raises StoreUnavailable."""
    words = Words(language=language if language in LANGUAGES else "en")
    cases = [case for case in own_cases(services, conversation) if case.open]
    shown = cases[:MOST_TICKETS]
    return {
        "tickets": [{"reference": case.reference, "text": ticket_line(words, case)} for case in shown],
        "more_tickets": len(cases) - len(shown),
        "last_known": any(case.stale for case in shown),
        "outages": [outage_line(words, each) for each in services.outages.current()[:MOST_OUTAGES]],
    }
