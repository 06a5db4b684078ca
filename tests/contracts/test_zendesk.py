"""The contract over Zendesk's published API. Not run against Zendesk itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servicedesk.secret import Secret
from servicedesk.ticketing.errors import OutcomeUnknown
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.zendesk import TOKEN, USER, FakeZendesk


@pytest.fixture
def backstage() -> Iterator[FakeZendesk]:
    fake = FakeZendesk()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeZendesk) -> TicketingSettings:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=TOKEN)
    return TicketingSettings(
        system="zendesk", url=backstage.wire.url, user=USER, secret=secret, calls_per_second=100
    )


class TestZendesk(OutsideTicketSystemContract):
    calls_a_ticket = 3  # a file is uploaded, then put into a comment
    withdrawn = TicketState.RESOLVED  # Zendesk has no state for it

    def test_the_form_is_for_agents_only(self, system: OutsideTickets, backstage: FakeZendesk) -> None:
        """What L1 has to check first is not mailed to whoever asked."""
        ref = system.open(DRAFT)
        assert [comment["public"] for comment in backstage.said[int(ref.id)]] == [False]

    def test_its_own_key_holds_while_the_search_is_behind(
        self, system: OutsideTickets, backstage: FakeZendesk
    ) -> None:
        backstage.wire.fail(backstage.create, "lost")
        with pytest.raises(OutcomeUnknown):
            system.open(DRAFT)
        system.open(DRAFT)
        assert backstage.tickets(DRAFT.key) == 1
