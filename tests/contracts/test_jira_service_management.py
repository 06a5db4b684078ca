"""The contract over Jira Service Management's published API. Not run against Atlassian's cloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret
from servicedesk.ticketing.jira_service_management import build
from servicedesk.ticketing.outside import OutsideTickets
from servicedesk.ticketing.port import TicketState
from servicedesk.ticketing.settings import TicketingSettings
from tests.contracts.outside_ticketing import OutsideTicketSystemContract
from tests.contracts.ticketing import DRAFT
from tests.fakes.ticketing.jira import KARI, KEY, TOKEN, USER, FakeJira

OWN = {
    "create": {
        "serviceDeskId": "1",
        "requestTypeId": {"from": "kind", "values": {"service_request": "11"}, "else": "10"},
        "requestFieldValues": {"customfield_10060": "{category}"},
    },
    "options": {"key_field": KEY},
}


@pytest.fixture
def backstage() -> Iterator[FakeJira]:
    fake = FakeJira()
    with fake.wire.running():
        yield fake


@pytest.fixture
def settings(backstage: FakeJira, tmp_path: Path) -> TicketingSettings:
    mapping = tmp_path / "own.yml"
    mapping.write_text(yaml.safe_dump(OWN))
    return TicketingSettings(
        system="jira_service_management",
        url=backstage.wire.url,
        user=USER,
        secret=Secret(name="TIER0_TICKETING_SECRET", value=TOKEN),
        mapping=mapping,
        calls_per_second=100,
    )


class TestJiraServiceManagement(OutsideTicketSystemContract):
    own = OWN

    def test_it_is_opened_for_the_employee_with_the_customers_field(
        self, system: OutsideTickets, backstage: FakeJira
    ) -> None:
        issue = backstage.issues[system.open(DRAFT).id]
        assert issue["reporter"] == KARI["accountId"]
        assert issue["fields"]["customfield_10060"] == "network.vpn"

    def test_a_status_of_the_customers_own_counts_by_its_category(
        self, system: OutsideTickets, backstage: FakeJira
    ) -> None:
        ref = system.open(DRAFT)
        status = {"name": "Bei der Fachabteilung", "statusCategory": {"key": "indeterminate"}}
        backstage.issues[ref.id]["fields"]["status"] = status
        assert system.state(ref) is TicketState.IN_PROGRESS


def test_what_only_the_customer_knows_has_to_be_said(settings: TicketingSettings, tmp_path: Path) -> None:
    for section, name in (("create", "serviceDeskId"), ("create", "requestTypeId"), ("options", "key_field")):
        mapping = tmp_path / "less.yml"
        own = {**OWN, section: {each: value for each, value in OWN[section].items() if each != name}}
        mapping.write_text(yaml.safe_dump(own))
        assert settings.mapping is not None
        settings.mapping.write_text(mapping.read_text())
        with pytest.raises(SettingsError, match=name):
            build(settings)
