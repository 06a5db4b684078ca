"""The Home tab in Block Kit: open tickets with what can be done about each, what is down, what Tier0 can do, the language.

https://docs.slack.dev/surfaces/app-home. At most 100 blocks; the words go into `rich_text`, as everywhere (U10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.actions_client import Overview
from connectors.envelope import STARTERS
from connectors.slack.blocks import Block, button, words
from connectors.slack.interactivity import CHOICE, CONTROL, LANGUAGE
from servicedesk.conversations import LANGUAGES

MAX_TICKETS = 10
MAX_WORDS = 2_500  # of one part of the tab; Slack's own limit of a text is 3,000
MAX_HEADER = 150
MAX_OPTION = 75
MAX_CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}

Label = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketButtons:
    """The tokens of one ticket's buttons (servicedesk/buttons.py)."""

    add: str
    withdraw: str


def home_view(
    overview: Overview | None,
    buttons: Mapping[str, TicketButtons],
    *,
    language: str,
    label: Label,
    text: Callable[[str], str],
) -> dict[str, Any]:
    """`overview` is None while the actions process does not answer; `buttons` are by ticket."""
    blocks = [*words(text("utter_intro"), limit=MAX_WORDS), _starters(label), _divider()]
    if overview is None:
        blocks += words(label("home_unavailable"), limit=MAX_WORDS)
    else:
        blocks += [*_tickets(overview, buttons, label, text), _divider(), *_outages(overview, label)]
    blocks += [
        _divider(),
        *words(text("utter_help"), limit=MAX_WORDS),
        _divider(),
        _languages(language, label),
    ]
    return {"type": "home", "blocks": blocks}


def _tickets(
    overview: Overview, buttons: Mapping[str, TicketButtons], label: Label, text: Callable[[str], str]
) -> list[Block]:
    blocks = [_header(label("home_tickets"))]
    if not overview.tickets:
        return [*blocks, *words(text("utter_tickets_none"), limit=MAX_WORDS)]
    if overview.last_known:
        blocks += words(text("utter_tickets_last_known"), limit=MAX_WORDS)
    for number, ticket in enumerate(overview.tickets[:MAX_TICKETS]):
        blocks += words(ticket.text.removeprefix("- "), limit=MAX_WORDS)
        if ticket.reference in buttons:
            blocks.append(_about(ticket.reference, buttons[ticket.reference], number, label))
    more = overview.more_tickets + max(len(overview.tickets) - MAX_TICKETS, 0)
    if more:
        blocks += words(label("home_more").format(number=more), limit=MAX_WORDS)
    return blocks


def _about(reference: str, tokens: TicketButtons, number: int, label: Label) -> Block:
    add = button(label("ticket_add"), f"{CHOICE}:add:{number}", tokens.add)
    withdraw = button(label("ticket_withdraw"), f"{CHOICE}:withdraw:{number}", tokens.withdraw)
    sure = {
        "title": label("ticket_withdraw"),
        "text": label("withdraw_sure").format(reference=reference),
        "confirm": label("withdraw_yes"),
        "deny": label("cancel"),
    }
    confirm = {name: _plain(said, MAX_CONFIRM[name]) for name, said in sure.items()}
    return {
        "type": "actions",
        "elements": [add, {**withdraw, "style": "danger", "confirm": {**confirm, "style": "danger"}}],
    }


def _outages(overview: Overview, label: Label) -> list[Block]:
    listed = "\n".join(overview.outages) or label("home_no_outages")
    return [_header(label("home_outages")), *words(listed, limit=MAX_WORDS)]


def _starters(label: Label) -> Block:
    """What one can begin with: names of CONTROLS."""
    return {
        "type": "actions",
        "elements": [button(label(name), f"{CONTROL}:{name}", name) for name in STARTERS],
    }


def _languages(language: str, label: Label) -> Block:
    options = {
        name: {"text": _plain(label(f"language_{name}"), MAX_OPTION), "value": name} for name in LANGUAGES
    }
    return {
        "type": "actions",
        "elements": [
            {
                "type": "static_select",
                "action_id": LANGUAGE,
                "placeholder": _plain(label("home_language"), MAX_OPTION),
                "options": list(options.values()),
                "initial_option": options[language],
            }
        ],
    }


def _header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, MAX_HEADER)}


def _divider() -> Block:
    return {"type": "divider"}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": text if len(text) <= limit else text[: limit - 1] + "…"}
