from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.delivery.embedded import EmbeddedDelivery
from servicedesk.delivery.errors import DeliveryUnavailable
from servicedesk.store import Store
from servicedesk.store.migrate import migrate
from tests.contracts.delivery import Arrived, DeliveryContract, message


@pytest.fixture
def delivery(tmp_path: Path) -> EmbeddedDelivery:
    url = f"sqlite:///{tmp_path / 'tier0.db'}"
    migrate(url)
    return EmbeddedDelivery(Store(url), ManualClock())


class TestEmbeddedDelivery(DeliveryContract):
    @pytest.fixture
    def arrived(self, delivery: EmbeddedDelivery) -> Arrived:
        return lambda recipient: [(sent.subject, sent.text) for sent in delivery.sent_to(recipient)]

    def test_recent_shows_everybodys_newest_first(self, delivery: EmbeddedDelivery) -> None:
        delivery.send(message())
        delivery.send(message(key="k2", recipient="+46700000201"))
        assert [sent.recipient for sent in delivery.recent()] == ["+46700000201", "+4740000101"]
        assert len(delivery.recent(limit=1)) == 1

    def test_a_store_that_is_gone_is_worth_another_try(self, tmp_path: Path) -> None:
        without_tables = EmbeddedDelivery(Store(f"sqlite:///{tmp_path / 'empty.db'}"), ManualClock())
        with pytest.raises(DeliveryUnavailable):
            without_tables.send(message())
