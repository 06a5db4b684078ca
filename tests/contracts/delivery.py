"""What every delivery adapter must do."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from servicedesk.delivery.errors import DeliveryRejected
from servicedesk.delivery.port import Delivery, Medium, Message

Arrived = Callable[[str], list[tuple[str, str]]]
TEXT = "Blåbærsyltetøy\nñ 漢字 🦊"


def message(key: str = "k1", medium: Medium = Medium.SMS, **changes: str) -> Message:
    recipient = "+4740000101" if medium is Medium.SMS else "kari@nordlys.example"
    values = {"recipient": recipient, "subject": "", "text": "Koden er 123456", **changes}
    return Message(key=key, medium=medium, **values)


class DeliveryContract:
    """Fixtures: `delivery`, and `arrived(recipient)`: (subject, text) of what arrived there, newest first."""

    nobody = "+4740000101 x@nordlys.example"  # what no adapter takes for a recipient
    knows_keys = True  # the other side can tell that the same key comes again

    @pytest.fixture
    def one(self, delivery: Delivery) -> Medium:
        """A medium that this adapter carries."""
        return min(delivery.media, key=lambda medium: medium.value)

    @pytest.mark.parametrize("medium", list(Medium))
    def test_what_is_sent_arrives(self, delivery: Delivery, arrived: Arrived, medium: Medium) -> None:
        if medium not in delivery.media:
            with pytest.raises(DeliveryRejected):
                delivery.send(message(medium=medium))
            return
        subject = "Hei på deg" if medium is Medium.MAIL else ""
        sent = message(medium=medium, subject=subject, text=TEXT)
        delivery.send(sent)
        assert arrived(sent.recipient) == [(subject, TEXT)]

    def test_the_same_key_again_sends_nothing(
        self, delivery: Delivery, arrived: Arrived, one: Medium
    ) -> None:
        """F6"""
        if not self.knows_keys:
            pytest.skip("the other side cannot tell")
        for _ in range(3):
            delivery.send(message(medium=one))
        delivery.send(message(key="k2", medium=one, text="second"))
        assert [text for _, text in arrived(message(medium=one).recipient)] == ["second", "Koden er 123456"]

    def test_nobody_cannot_be_written_to(self, delivery: Delivery, one: Medium) -> None:
        for recipient in ("", " "):
            with pytest.raises(DeliveryRejected):
                delivery.send(message(medium=one, recipient=recipient))

    def test_neither_code_nor_recipient_is_in_an_error_or_a_log(
        self, delivery: Delivery, one: Medium, caplog: pytest.LogCaptureFixture
    ) -> None:
        """D1"""
        caplog.set_level(logging.DEBUG)
        delivery.send(message(medium=one))
        with pytest.raises(DeliveryRejected) as caught:
            delivery.send(message(medium=one, recipient=self.nobody))
        for text in (repr(caught.value), caplog.text):
            assert "123456" not in text
            assert "40000101" not in text
            assert "nordlys.example" not in text
