"""The contract over ServiceNow's published API. Not run against ServiceNow itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servicedesk.bootstrap import OUTSIDE_TICKETS
from servicedesk.secret import Secret
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.servicenow import PASSWORD, USER, FakeServiceNow


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
