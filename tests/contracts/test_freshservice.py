"""The contract over Freshservice's published API. Not run against Freshservice itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servicedesk.secret import Secret
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.freshservice import TOKEN, FakeFreshservice


@pytest.fixture
def backstage() -> Iterator[FakeFreshservice]:
    fake = FakeFreshservice()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeFreshservice) -> TicketingSettings:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=TOKEN)
    return TicketingSettings(
        system="freshservice", url=backstage.wire.url, user="", secret=secret, calls_per_second=100
    )


class TestFreshservice(OutsideTicketSystemContract):
    withdrawn = TicketState.CLOSED  # Freshservice has no state for it

    def test_numbers_count_the_other_way(self, system: OutsideTickets, backstage: FakeFreshservice) -> None:
        ticket = backstage.kept[int(system.open(DRAFT).id)]
        assert (ticket["priority"], ticket["urgency"], ticket["impact"]) == (2, 2, 1)
        assert ticket["tags"] == ["tier0", DRAFT.key]
