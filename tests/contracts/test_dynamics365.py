"""The contract over the Dataverse Web API as published. Not run against Dynamics 365 itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.ticketing.dynamics365 import build
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.dynamics365 import ACCOUNT, CLIENT, KARI, SECRET, FakeDynamics

OWN = {"create": {"customer": ACCOUNT}}


@pytest.fixture
def backstage() -> Iterator[FakeDynamics]:
    fake = FakeDynamics()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeDynamics, tmp_path: Path) -> TicketingSettings:
    mapping = tmp_path / "own.yml"
    mapping.write_text(yaml.safe_dump(OWN))
    return TicketingSettings(
        system="dynamics365",
        url=backstage.wire.url,
        user=CLIENT,
        secret=Secret(name="TIER0_TICKETING_SECRET", value=SECRET),
        token_url=f"{backstage.wire.url}/tenant/oauth2/v2.0/token",
        mapping=mapping,
        calls_per_second=100,
    )


class TestDynamics365(OutsideTicketSystemContract):
    own = OWN

    def test_the_customer_is_the_contact_or_else_the_company(
        self, system: OutsideTickets, backstage: FakeDynamics
    ) -> None:
        known = backstage.incidents[system.open(DRAFT).id]
        assert known["customerid_contact@odata.bind"] == f"/contacts({KARI})"

    def test_a_long_form_says_where_the_rest_is(
        self, system: OutsideTickets, backstage: FakeDynamics
    ) -> None:
        ref = system.open(replace(DRAFT, description="x" * 5_000))
        assert backstage.shown(ref)[1].endswith("[cut: the whole form is in the attachment]")


def test_the_company_has_to_be_said(settings: TicketingSettings) -> None:
    assert settings.mapping is not None
    settings.mapping.write_text("create: {}")
    with pytest.raises(SettingsError, match=r"create\.customer"):
        build(settings)
