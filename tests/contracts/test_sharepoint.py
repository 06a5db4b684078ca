"""The contract over a SharePoint list by Microsoft Graph as published. Not run against SharePoint itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from servicedesk.secret import Secret
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.sharepoint import CLIENT, LIST, NOTES, SECRET, SITE, FakeSharePoint

OWN = {"options": {"site": SITE, "list": LIST, "notes_list": NOTES}}


@pytest.fixture
def backstage() -> Iterator[FakeSharePoint]:
    fake = FakeSharePoint()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeSharePoint, tmp_path: Path) -> TicketingSettings:
    mapping = tmp_path / "own.yml"
    mapping.write_text(yaml.safe_dump(OWN))
    return TicketingSettings(
        system="sharepoint",
        url=backstage.wire.url,
        user=CLIENT,
        secret=Secret(name="TIER0_TICKETING_SECRET", value=SECRET),
        token_url=f"{backstage.wire.url}/tenant/oauth2/v2.0/token",
        mapping=mapping,
        calls_per_second=100,
    )


class TestSharePoint(OutsideTicketSystemContract):
    own = OWN

    def test_the_lists_own_key_holds_when_the_search_is_left_out(self, system: OutsideTickets) -> None:
        assert system.open(DRAFT) == system.open(DRAFT)
