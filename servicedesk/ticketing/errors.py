"""What can go wrong with a ticket system.

Tier0Error
└── TicketSystemError
    ├── TicketSystemUnavailable   worth another try
    ├── TicketRejected            another try will not help
    └── TicketNotFound
"""

from __future__ import annotations

from datetime import timedelta

from servicedesk.errors import Tier0Error


class TicketSystemError(Tier0Error):
    pass


class TicketSystemUnavailable(TicketSystemError):
    """Worth another try; not before `retry_after` where the system said so."""

    def __init__(self, reason: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TicketRejected(TicketSystemError):
    """Another try will not help."""


class TicketNotFound(TicketSystemError):
    pass
