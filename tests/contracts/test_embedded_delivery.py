from __future__ import annotations

from pathlib import Path

import pytest

from servicedesk.clock import ManualClock
from servicedesk.delivery.embedded import EmbeddedDelivery
from servicedesk.delivery.errors import DeliveryUnavailable
from servicedesk.keys import KeyRing, create_missing
from servicedesk.store import Store
from servicedesk.store.migrate import migrate
from tests.contracts.delivery import Arrived, DeliveryContract, message


@pytest.fixture
def delivery(tmp_path: Path) -> EmbeddedDelivery:
    url = f"sqlite:///{tmp_path / 'tier0.db'}"
    migrate(url)
    create_missing(tmp_path / "keys")
    return EmbeddedDelivery(Store(url), ManualClock(), KeyRing(tmp_path / "keys"))


class TestEmbeddedDelivery(DeliveryContract):
    nobody = " "  # it takes anything else

    @pytest.fixture
    def arrived(self, delivery: EmbeddedDelivery) -> Arrived:
        return lambda recipient: [(sent.subject, sent.text) for sent in delivery.sent_to(recipient)]

    def test_recent_shows_everybodys_newest_first(self, delivery: EmbeddedDelivery) -> None:
        delivery.send(message())
        delivery.send(message(key="k2", recipient="+46700000201"))
        assert [sent.recipient for sent in delivery.recent()] == ["+46700000201", "+4740000101"]
        assert len(delivery.recent(limit=1)) == 1

    def test_a_store_that_is_gone_is_worth_another_try(self, tmp_path: Path) -> None:
        create_missing(tmp_path / "keys")
        empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
        without_tables = EmbeddedDelivery(empty, ManualClock(), KeyRing(tmp_path / "keys"))
        with pytest.raises(DeliveryUnavailable):
            without_tables.send(message())
