"""What can go wrong with a ticket system.

Tier0Error
└── TicketSystemError
    ├── TicketSystemUnavailable   worth another try; nothing was done
    │   ├── RateLimited           too many calls; not before `retry_after`
    │   └── OutcomeUnknown        it was sent, and no whole answer came: look before it is sent again (F6)
    ├── TicketRejected            another try will not help
    │   └── AccessRefused         it does not know our sign-in, or the right is missing
    └── TicketNotFound
"""

from __future__ import annotations

from datetime import timedelta

from servicedesk.errors import Tier0Error


class TicketSystemError(Tier0Error):
    """Its text is for the log and for the desk: status and names of fields, never what the system wrote (D1)."""


class TicketSystemUnavailable(TicketSystemError):
    """Worth another try; not before `retry_after` where the system said so."""

    def __init__(self, reason: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class RateLimited(TicketSystemUnavailable):
    pass


class OutcomeUnknown(TicketSystemUnavailable):
    """It may have been done: find the ticket by its key before anything is sent again."""


class TicketRejected(TicketSystemError):
    """Another try will not help."""


class AccessRefused(TicketRejected):
    """A person has to see to our sign-in or our rights first."""


class TicketNotFound(TicketSystemError):
    pass
