"""What a chat platform (Slack, Teams) is to the rest: it knows its users, and it takes messages.

A connector writes one class with these calls and hands it to `Runtime.add_platform`. Everything else - storing,
order, repeats, who is whose account, what is said - is the same for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol

from connectors.outgoing import Outgoing
from servicedesk.channel_links import Evidence
from servicedesk.conversations import Conversation
from servicedesk.errors import Tier0Error


class PlatformError(Tier0Error):
    """Tree: TryLater, Undeliverable (of sending); ProfileUnavailable (of looking a user up)."""


class TryLater(PlatformError):
    """Not taken, or not known whether: another try may help. `after` is the time that the platform asked for."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Undeliverable(PlatformError):
    """The platform will never take this message: the chat is gone, the app was blocked or removed."""


class ProfileUnavailable(PlatformError):
    """The platform did not say who this is: nothing is proven, and nothing is done (S1)."""


class Kind(str, Enum):
    EMPLOYEE = "employee"
    OUTSIDER = "outsider"  # a guest, another company's: one polite sentence, and no more
    MACHINE = "machine"  # an app or a deleted user: no word, or two bots talk for ever


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """What the platform itself says of a user, asked with our own credential."""

    kind: Kind
    evidence: Evidence | None = None  # None: an employee, but nothing says whose account it is
    language: str | None = None  # one of LANGUAGES


class Platform(Protocol):
    async def profile(self, conversation: Conversation) -> Profile:
        """Who the conversation's channel user is, asked now. Raises ProfileUnavailable."""

    async def meet(self, conversation: Conversation) -> None:
        """What has to be said before the first answer. Called before every one, by whoever works it out."""

    def private_address(self, room: Conversation) -> Mapping[str, Any] | None:
        """Where the private chat with who writes in `room` can be opened from; None: knowing who it is is enough."""

    async def send(self, message: Outgoing) -> str:
        """Hand the message over; the platform's own id of it. Raises TryLater, Undeliverable."""

    async def edit(self, message: Outgoing) -> None:
        """Show `message.platform_id` as it is now (its buttons pressed, say). Raises TryLater, Undeliverable."""

    def user_of(self, conversation: Conversation) -> str:
        """The platform's own id of the user: what `channel_user` is in the private chat with them."""

    async def close(self) -> None: ...
