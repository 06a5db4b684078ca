"""Which tickets the list shows, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desk.staff import Agent
from servicedesk.ticketing.embedded import OPEN, EmbeddedTickets, Filter, Ticket
from servicedesk.ticketing.port import Priority, TicketState

PAGE_SIZE = 50
MOST = 1_000  # tickets looked at; more need a filter
MAX_TEXT = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The list's filters as they stand in its address."""

    state: str = "open"  # open, all, or one state
    group: str = ""
    whose: str = ""  # mine, nobody, or everybody's
    priority: int = 0  # 0: all
    text: str = ""
    order: str = "urgent"  # urgent first, or newest first
    page: int = 1


def wanted_from(arguments: Mapping[str, str]) -> Wanted:
    """Read filters from an address; what is not understood does not narrow."""
    return Wanted(
        state=_one_of(arguments.get("state"), ("open", "all", *(state.value for state in TicketState))),
        group=arguments.get("group", "")[:MAX_TEXT],
        whose=_one_of(arguments.get("whose"), ("", "mine", "nobody")),
        priority=int(_one_of(arguments.get("priority"), ("0", "1", "2", "3", "4"))),
        text=arguments.get("text", "").strip()[:MAX_TEXT],
        order=_one_of(arguments.get("order"), ("urgent", "newest")),
        page=_page(arguments.get("page", "1")),
    )


def find(tickets: EmbeddedTickets, wanted: Wanted, agent: Agent) -> list[Ticket]:
    """Most urgent first and the oldest of one priority first, or the newest first."""
    narrowed = Filter(
        states=_states(wanted.state),
        assignment_group=wanted.group or None,
        assigned_to=agent.id if wanted.whose == "mine" else None,
        unassigned=wanted.whose == "nobody",
        priority=Priority(wanted.priority) if wanted.priority else None,
        text=wanted.text or None,
    )
    found = list(tickets.list(narrowed, limit=MOST).tickets)
    if wanted.order == "newest":
        found.sort(key=lambda ticket: ticket.opened_at, reverse=True)
    return found


def _states(name: str) -> tuple[TicketState, ...] | None:
    if name == "all":
        return None
    return OPEN if name == "open" else (TicketState(name),)


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    return value if value is not None and value in allowed else allowed[0]


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 and int(text) else 1
