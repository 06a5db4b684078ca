"""What can go wrong with a ticket system.

Tier0Error
└── TicketSystemError
    ├── TicketSystemUnavailable   worth another try
    ├── TicketRejected            another try will not help
    └── TicketNotFound
"""

from servicedesk.errors import Tier0Error


class TicketSystemError(Tier0Error):
    pass


class TicketSystemUnavailable(TicketSystemError):
    """Worth another try."""


class TicketRejected(TicketSystemError):
    """Another try will not help."""


class TicketNotFound(TicketSystemError):
    pass
