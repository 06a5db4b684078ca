"""What can go wrong when something is sent.

Tier0Error
└── DeliveryError
    ├── DeliveryUnavailable   certainly not sent: worth another try, or another factor
    ├── DeliveryUnclear       handed over, and no answer came: it may arrive
    └── DeliveryRejected      this number or address will not work
"""

from __future__ import annotations

from datetime import timedelta

from servicedesk.errors import Tier0Error


class DeliveryError(Tier0Error):
    pass


class DeliveryUnavailable(DeliveryError):
    """Not sent, and worth another try, or another factor (F15); `retry_after` is what the other side asked for."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class DeliveryUnclear(DeliveryError):
    """It may arrive, or not: who sends it again may have it arrive twice (F15)."""


class DeliveryRejected(DeliveryError):
    """This number or address will not work."""
