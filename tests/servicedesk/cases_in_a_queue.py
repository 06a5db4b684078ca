"""Cases whose tickets are still to be opened, as the outbox holds them."""

from __future__ import annotations

from sqlalchemy import insert

from servicedesk.clock import Clock
from servicedesk.outbox import Outbox
from servicedesk.store import Store
from servicedesk.store.tables import cases as case_table
from servicedesk.ticketing.port import TicketKind, TicketState

FORM = {
    "requester_name": "Kari Nordmann",
    "contact": "Tier0 chat (web)",
    "impact": 3,
    "urgency": 2,
    "priority": 3,
    "assignment_group": "Network",
    "person": {"username": "kari.nordmann", "email": "kari.nordmann@nordlys.example"},
}


def address(of: int) -> str:
    return f"employee-{of}@nordlys.example"


def fill(store: Store, number: int, clock: Clock, *, first: int = 0, people: int = 0) -> list[str]:
    """Their references, from `first` up to `number`. A third of them have a comment waiting as well.

    They are of so many people in turn (`address`), or all of Kari."""
    box = Outbox(store, clock)
    references = [f"T0-{index:05}" for index in range(first, number)]
    with store.transaction() as connection:
        for index, reference in enumerate(references):
            person = (
                {"username": f"employee-{index % people}", "email": address(index % people)} if people else {}
            )
            form = {**FORM, "person": person or FORM["person"]}
            row = {"reference": reference, "key": reference, "kind": TicketKind.INCIDENT.value,
                   "category": "network.vpn", "summary": "VPN", "language": "nb",
                   "draft": {"form": form, "text": "VPN"}, "state": TicketState.NEW.value,
                   "opened_at": clock.now()}  # fmt: skip
            connection.execute(insert(case_table).values(**row))
            box.put(connection, kind="ticket.open", key=f"o{reference}", payload={"reference": reference})
            if reference in commented(references):
                payload = {"reference": reference, "author": "Kari", "text": "mer", "public": True}
                box.put(connection, kind="ticket.comment", key=f"c{reference}", payload=payload)
    return references


def commented(references: list[str]) -> list[str]:
    return references[::3]
