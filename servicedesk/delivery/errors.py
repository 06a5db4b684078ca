"""What can go wrong when something is sent.

Tier0Error
└── DeliveryError
    ├── DeliveryUnavailable   worth another try, or another factor
    └── DeliveryRejected      this number or address will not work
"""

from servicedesk.errors import Tier0Error


class DeliveryError(Tier0Error):
    pass


class DeliveryUnavailable(DeliveryError):
    """Worth another try, or another factor (F15)."""


class DeliveryRejected(DeliveryError):
    """This number or address will not work."""
