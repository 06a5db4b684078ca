"""What Tier0 asks of an SMS gateway and a mail server. Every adapter passes tests/contracts/delivery.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Medium(str, Enum):
    SMS = "sms"
    MAIL = "mail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    key: str  # the same key again is not sent again where the system can tell
    medium: Medium
    recipient: str  # E.164 number or mail address
    subject: str  # empty for SMS
    text: str
    language: str = ""  # nb, sv, de, en; a mail says so for those who have it read to them


class Delivery(Protocol):
    @property
    def media(self) -> frozenset[Medium]:
        """What it can carry; anything else is rejected."""

    def send(self, message: Message) -> None:
        """Hand the message over; return when the other side took it.

        Synchronous, at most 5 s, one try: a second one may send a code twice. Neither the text nor the recipient is
        ever in a log or in an error (D1). Raises DeliveryUnavailable, DeliveryUnclear, DeliveryRejected."""
