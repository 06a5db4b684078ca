"""What can go wrong on the way to Teams.

TeamsError
├── TryLater       not delivered: again after `retry_after` seconds
├── Unclear        may have been delivered: a message is not posted twice
├── Refused        this request will never be taken
│   └── Missing    there is no such message or member
└── Unreachable    nothing can be sent to this conversation: removed, blocked, gone"""

from __future__ import annotations

from servicedesk.errors import Tier0Error


class TeamsError(Tier0Error):
    """The text holds a status and Microsoft's own error code, nothing of what was sent."""


class TryLater(TeamsError):
    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unclear(TeamsError):
    """The connection broke, or a gateway gave up, after the request was on its way."""


class Refused(TeamsError):
    """Our fault, or our set-up's: `python -m connectors.teams check` says which."""


class Missing(Refused):
    """What the request names is not there."""


class Unreachable(TeamsError):
    """The person blocked or removed the bot, or an administrator did."""
