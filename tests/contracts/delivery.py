"""What every delivery adapter must do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from servicedesk.delivery.errors import DeliveryRejected
from servicedesk.delivery.port import Delivery, Medium, Message

Arrived = Callable[[str], list[tuple[str, str]]]


def message(key: str = "k1", medium: Medium = Medium.SMS, **changes: str) -> Message:
    recipient = "+4740000101" if medium is Medium.SMS else "kari@nordlys.example"
    values = {"recipient": recipient, "subject": "", "text": "Koden er 123456", **changes}
    return Message(key=key, medium=medium, **values)


class DeliveryContract:
    """Fixtures: `delivery`, and `arrived(recipient)`: (subject, text) of what arrived there, newest first."""

    @pytest.mark.parametrize("medium", list(Medium))
    def test_what_is_sent_arrives(self, delivery: Delivery, arrived: Arrived, medium: Medium) -> None:
        subject = "Hei" if medium is Medium.MAIL else ""
        sent = message(medium=medium, subject=subject, text="Blåbærsyltetøy\nñ 漢字 🦊")
        delivery.send(sent)
        assert arrived(sent.recipient) == [(subject, "Blåbærsyltetøy\nñ 漢字 🦊")]

    def test_the_same_key_again_sends_nothing(self, delivery: Delivery, arrived: Arrived) -> None:
        """F6"""
        for _ in range(3):
            delivery.send(message())
        delivery.send(message(key="k2", text="second"))
        assert [text for _, text in arrived("+4740000101")] == ["second", "Koden er 123456"]

    def test_nobody_cannot_be_written_to(self, delivery: Delivery) -> None:
        with pytest.raises(DeliveryRejected):
            delivery.send(message(recipient=" "))

    def test_an_error_never_holds_the_text(self, delivery: Delivery) -> None:
        """D1"""
        with pytest.raises(DeliveryRejected) as caught:
            delivery.send(message(recipient=""))
        assert "123456" not in repr(caught.value)
