"""The contract over Zammad's published API. Not run against Zammad itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servicedesk.secret import Secret
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.zammad import TOKEN, FakeZammad


@pytest.fixture
def backstage() -> Iterator[FakeZammad]:
    fake = FakeZammad()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeZammad) -> TicketingSettings:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=TOKEN)
    return TicketingSettings(
        system="zammad", url=backstage.wire.url, user="", secret=secret, calls_per_second=100
    )


class TestZammad(OutsideTicketSystemContract):
    calls_a_ticket = 1  # the form goes with the ticket
    withdrawn = TicketState.RESOLVED  # Zammad has no state for it, and "closed" can be opened again

    def test_the_form_is_for_agents_only(self, system: OutsideTickets, backstage: FakeZammad) -> None:
        ref = system.open(DRAFT)
        assert [article["internal"] for article in backstage.said[int(ref.id)]] == [True]
        assert backstage.kept[int(ref.id)]["customer_id"] == "guess:kari.nordmann@nordlys.example"
