"""The contract over Salesforce's published API. Not run against Salesforce itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from servicedesk.secret import Secret
from servicedesk.ticketing.errors import AccessRefused
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.salesforce import CLIENT, SECRET, FakeSalesforce
from tests.fakes.wire import says


@pytest.fixture
def backstage() -> Iterator[FakeSalesforce]:
    fake = FakeSalesforce()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeSalesforce) -> TicketingSettings:
    secret = Secret(name="TIER0_TICKETING_SECRET", value=SECRET)
    return TicketingSettings(
        system="salesforce", url=backstage.wire.url, user=CLIENT, secret=secret, calls_per_second=100
    )


class TestSalesforce(OutsideTicketSystemContract):
    calls_a_ticket = 3  # a new case says its id, and its number only when asked
    withdrawn = TicketState.RESOLVED  # a closed case can be opened again
    retry_after = None  # Salesforce does not say

    def test_a_token_that_has_ended_is_renewed_once(
        self, system: OutsideTickets, backstage: FakeSalesforce
    ) -> None:
        ref = system.open(DRAFT)
        backstage.token = "00D-token-2"
        assert system.find(DRAFT.key) == ref
        backstage.wire.fail("^GET", "says", times=2, response=says(401, "[]"))
        with pytest.raises(AccessRefused):
            system.find(DRAFT.key)

    def test_a_long_comment_is_cut_and_known_again(self, system: OutsideTickets) -> None:
        ref = system.open(DRAFT)
        for _ in range(2):
            system.comment(ref, key="c", author="Kari Nordmann", text="ø😀" * 2_000, public=True)
        (comment,) = system.view(ref).comments
        assert comment.ours
        assert comment.text.endswith("…")
