"""Buttons about one ticket that stand in a message of ours: they may be pressed days later, so each names its ticket.

A button lives an hour (S9). Pressed later, it does nothing but have the question asked anew, as it stands by then."""

from __future__ import annotations

import json
from enum import Enum

ABOUT_A_TICKET = '/ticket_answer{"ticket_reference": '


class TicketAnswer(str, Enum):
    STILL_NEEDED = "still_needed"
    ADD = "add"
    WITHDRAW = "withdraw"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    STARS = "stars"
    NO_STARS = "no_stars"
    ASK_AGAIN = "ask_again"


def answer(reference: str, about: TicketAnswer, number: int | None = None) -> str:
    """What the button tells the dialogue."""
    how_many = "" if number is None else f', "number": "{number}"'
    return f'{ABOUT_A_TICKET}"{reference}", "ticket_action": "{about.value}"{how_many}}}'


def asked_anew(payload: str) -> str | None:
    """What an old button about a ticket asks for; None where it was about none."""
    if not payload.startswith(ABOUT_A_TICKET):
        return None
    said = json.loads(payload[payload.index("{") :])
    return answer(str(said["ticket_reference"]), TicketAnswer.ASK_AGAIN)
