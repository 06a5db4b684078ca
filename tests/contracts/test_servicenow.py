"""The contract over ServiceNow's published API. Not run against ServiceNow itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from servicedesk.bootstrap import OUTSIDE_TICKETS
from servicedesk.clock import ManualClock
from servicedesk.outbox import Outbox
from servicedesk.secret import Secret
from servicedesk.store import Store
from servicedesk.store.tables import metadata
from servicedesk.ticket_handlers import TicketHandlers
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow
from tests.servicedesk.cases_in_a_queue import address, fill


@pytest.fixture
def backstage() -> Iterator[FakeServiceNow]:
    fake = FakeServiceNow()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeServiceNow) -> TicketingSettings:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=PASSWORD)
    return TicketingSettings(
        system="servicenow", url=backstage.wire.url, user=USER, secret=secret, calls_per_second=100
    )


class TestServiceNow(OutsideTicketSystemContract):
    def test_the_caller_is_who_has_the_address(
        self, settings: TicketingSettings, system: OutsideTickets, backstage: FakeServiceNow
    ) -> None:
        row = backstage.incidents[system.open(DRAFT).id]
        assert row["caller_id"] == backstage.users[0]["sys_id"]
        assert (row["impact"], row["urgency"]) == ("3", "2")
        backstage.users.append(
            {**backstage.users[0], "sys_id": "another"}
        )  # with one address: either may be meant
        another = OUTSIDE_TICKETS["servicenow"](settings)
        assert backstage.incidents[another.open(DRAFT).id]["caller_id"] == ""

    def test_a_query_that_finds_too_much_finds_nothing(
        self, system: OutsideTickets, backstage: FakeServiceNow
    ) -> None:
        """ServiceNow leaves out a condition on a field that we may not read."""
        system.open(DRAFT)
        for row in backstage.incidents.values():
            del row["correlation_id"]
        assert system.find(DRAFT.key) is None

    def test_a_queue_of_many_people_takes_one_look_up(
        self, system: OutsideTickets, backstage: FakeServiceNow, tmp_path: Path
    ) -> None:
        """F5: and each is the caller of their own ticket."""
        backstage.users += [
            {"sys_id": f"user-{each}", "email": address(each), "active": "true"} for each in range(10)
        ]
        store, clock = Store(f"sqlite:///{tmp_path}/desk.db"), ManualClock()
        metadata.create_all(store.engine)
        references = fill(store, 10, clock, people=10)
        Outbox(store, clock).run_due({"ticket.open": TicketHandlers(store, system, clock=clock).open})
        callers = {row["correlation_id"]: row["caller_id"] for row in backstage.incidents.values()}
        assert [callers[each] for each in references] == [f"user-{each}" for each in range(10)]
        assert sum("sys_user" in line for line in backstage.wire.requests) == 1
