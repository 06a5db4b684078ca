"""The contract over the AR System REST API as published. Not run against BMC Helix itself."""

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
from tests.fakes.ticketing.bmc_helix import CREATE_KEY, PASSWORD, USER, FakeBmcHelix

OWN = {
    "create": {"Login_ID": {"from": "username", "values": {"": "nobody"}, "else": "{username}"}},
    "options": {"create_key_field": CREATE_KEY},
}


@pytest.fixture
def backstage() -> Iterator[FakeBmcHelix]:
    fake = FakeBmcHelix()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeBmcHelix, tmp_path: Path) -> TicketingSettings:
    mapping = tmp_path / "own.yml"
    mapping.write_text(yaml.safe_dump(OWN))
    return TicketingSettings(
        system="bmc_helix",
        url=backstage.wire.url,
        user=USER,
        secret=Secret(name="TIER0_TICKETING_SECRET", value=PASSWORD),
        mapping=mapping,
        calls_per_second=100,
    )


class TestBmcHelix(OutsideTicketSystemContract):
    own = OWN

    def test_a_note_is_news_though_it_is_no_change_of_the_incident(
        self, system: OutsideTickets, backstage: FakeBmcHelix
    ) -> None:
        first, second = system.open(DRAFT), system.open(DRAFT)
        before = {change.ref: change.at for change in system.changed_since(backstage._now)}
        backstage.reply(first, "Hei", public=True)
        after = {change.ref: change.at for change in system.changed_since(backstage._now)}
        assert second in before
        assert list(after) == [first]
