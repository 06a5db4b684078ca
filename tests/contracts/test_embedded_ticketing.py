from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.store import Store
from servicedesk.store.tables import metadata
from servicedesk.ticketing.embedded import EmbeddedTickets, Filter
from servicedesk.ticketing.errors import TicketNotFound
from servicedesk.ticketing.port import Impact, Priority, TicketKind, TicketRef, TicketState
from tests.contracts.ticketing import DRAFT, TicketSystemContract


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def system(tmp_path: Path, clock: ManualClock) -> EmbeddedTickets:
    store = Store(f"sqlite:///{tmp_path}/tickets.db")
    metadata.create_all(store.engine)
    return EmbeddedTickets(store, clock)


class TestEmbedded(TicketSystemContract):
    """The contract; below, what only the embedded system promises to the desk."""


def test_numbers_tell_the_kind_and_count_up(system: EmbeddedTickets) -> None:
    kinds = (TicketKind.INCIDENT, TicketKind.SERVICE_REQUEST, TicketKind.SECURITY_INCIDENT)
    numbers = [system.open(replace(DRAFT, key=f"T0-{kind.value}", kind=kind)).number for kind in kinds]
    assert numbers == ["INC0010001", "REQ0010002", "INC0010003"]


def test_two_callers_at_once_open_one_ticket(system: EmbeddedTickets) -> None:
    """F6, F11: the key decides in the database, not in a process."""
    with ThreadPoolExecutor(8) as pool:
        refs = set(pool.map(lambda _: system.open(DRAFT), range(16)))
    assert len(refs) == 1
    assert system.list().total == 1


def test_a_ticket_shows_what_was_drafted(system: EmbeddedTickets) -> None:
    ticket = system.get(system.open(DRAFT).id)
    assert (ticket.kind, ticket.assignment_group, ticket.priority) == (
        TicketKind.INCIDENT,
        "Network",
        Priority.MODERATE,
    )


def test_a_retry_leaves_one_attachment(system: EmbeddedTickets) -> None:
    ref = system.open(DRAFT)
    system.open(DRAFT)
    assert system.attachments(ref) == DRAFT.attachments


def test_a_resolved_ticket_is_put_to_work_again_with_the_reason(system: EmbeddedTickets) -> None:
    ref = system.open(DRAFT)
    system.set_state(ref, TicketState.RESOLVED)
    system.reopen(ref, key="k", reason="fortsatt ødelagt")
    view = system.view(ref)
    assert view.state is TicketState.IN_PROGRESS
    assert [each.text for each in view.comments] == ["Reopened: fortsatt ødelagt"]


def test_an_agent_takes_a_ticket_and_gives_it_back(system: EmbeddedTickets, clock: ManualClock) -> None:
    ref = system.open(DRAFT)
    clock.advance(timedelta(minutes=5))
    system.assign(ref, "agent-1")
    taken = system.get(ref.number)
    assert (taken.assigned_to, taken.state) == ("agent-1", TicketState.IN_PROGRESS)
    assert taken.updated_at - taken.opened_at == timedelta(minutes=5)
    system.assign(ref, None)
    assert system.get(ref.id).assigned_to is None


def test_unknown_is_no_state_to_be_in(system: EmbeddedTickets) -> None:
    with pytest.raises(ValueError, match="no state"):
        system.set_state(system.open(DRAFT), TicketState.UNKNOWN)


def test_the_list_is_most_urgent_first_and_pages(system: EmbeddedTickets, clock: ManualClock) -> None:
    for number in range(5):
        clock.advance(timedelta(minutes=1))
        system.open(replace(DRAFT, key=f"T0-{number}"))
    clock.advance(timedelta(minutes=1))
    system.open(replace(DRAFT, key="T0-ALL", impact=Impact.EVERYBODY, priority=Priority.CRITICAL))
    first, second = system.list(limit=4), system.list(limit=4, offset=4)
    assert [each.key for each in first.tickets] == ["T0-ALL", "T0-0", "T0-1", "T0-2"]
    assert [each.key for each in second.tickets] == ["T0-3", "T0-4"]
    assert first.total == second.total == 6


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Filter(states=(TicketState.IN_PROGRESS,)), ["T0-B"]),
        (Filter(assignment_group="Procurement"), ["T0-C"]),
        (Filter(assigned_to="agent-1"), ["T0-B"]),
        (Filter(unassigned=True), ["T0-A", "T0-C"]),
        (Filter(priority=Priority.LOW), ["T0-C"]),
        (Filter(requester="account-2"), ["T0-C"]),
        (Filter(text="inc0010002"), ["T0-B"]),
        (Filter(text="t0-c"), ["T0-C"]),
        (Filter(text="NORDMANN"), ["T0-A", "T0-B"]),
        (Filter(text="%"), []),
        (Filter(text="' OR 1=1 --"), []),
    ],
)
def test_the_list_is_filtered(system: EmbeddedTickets, wanted: Filter, keys: list[str]) -> None:
    """U10: what is typed into the filter is text, not a pattern and not SQL."""
    system.open(replace(DRAFT, key="T0-A"))
    system.assign(system.open(replace(DRAFT, key="T0-B")), "agent-1")
    other = replace(DRAFT, key="T0-C", assignment_group="Procurement", requester="account-2")
    system.open(replace(other, priority=Priority.LOW, requester_name="Lena Berg"))
    assert sorted(each.key for each in system.list(wanted).tickets) == keys


@pytest.mark.parametrize("name", ["", "1 OR 1=1", "INC", "INC0010009", "T0-NONE", "٣", "9" * 40])
def test_what_is_no_ticket_is_not_found(system: EmbeddedTickets, name: str) -> None:
    system.open(DRAFT)
    with pytest.raises(TicketNotFound):
        system.get(name)
    with pytest.raises(TicketNotFound):
        system.attachments(TicketRef(id=name, number=name))


def test_groups_are_those_that_have_tickets(system: EmbeddedTickets) -> None:
    system.open(DRAFT)
    system.open(replace(DRAFT, key="T0-C", assignment_group="Procurement"))
    assert system.groups() == ("Network", "Procurement")
