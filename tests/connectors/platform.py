"""A chat platform that behaves: it knows its users, keeps what it was handed, and can be busy or broken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from connectors.outgoing import Outgoing
from connectors.platform import Kind, Platform, Profile, ProfileUnavailable, TryLater
from servicedesk.channel_links import Evidence, EvidenceKind
from servicedesk.conversations import Conversation


@dataclass
class FakePlatform(Platform):
    profiles: dict[str, Profile] = field(default_factory=dict)
    shown: dict[str, Outgoing] = field(default_factory=dict)  # by our id for it, as it stands there now
    faults: list[Exception] = field(default_factory=list)  # raised one by one, before anything is taken
    edit_faults: list[Exception] = field(default_factory=list)  # the same for what is to be shown anew
    slow_edits: float = 0.0
    lost_answers: int = 0  # so many messages are taken, and the answer then lost
    asked: int = 0
    down: bool = False
    slow: float = 0.0
    sent: list[str] = field(default_factory=list)  # texts, in the order they were taken
    edits: int = 0

    async def profile(self, conversation: Conversation) -> Profile:
        self.asked += 1
        if self.down:
            raise ProfileUnavailable("down")
        return self.profiles.get(self.user_of(conversation), Profile(kind=Kind.EMPLOYEE))

    async def send(self, message: Outgoing) -> str:
        await asyncio.sleep(self.slow)
        if self.faults:
            raise self.faults.pop(0)
        identifier = f"p{len(self.sent) + 1}"
        self.sent.append(message.text)
        self.shown[identifier] = message
        if self.lost_answers:
            self.lost_answers -= 1
            raise TryLater("no answer")
        return identifier

    async def edit(self, message: Outgoing) -> None:
        await asyncio.sleep(self.slow_edits)
        if self.edit_faults:
            raise self.edit_faults.pop(0)
        self.edits += 1
        self.shown[message.platform_id] = message

    def user_of(self, conversation: Conversation) -> str:
        return conversation.channel_user.split(":")[0]

    async def close(self) -> None: ...


def employee(email: str, language: str | None = None) -> Profile:
    return Profile(kind=Kind.EMPLOYEE, evidence=Evidence(EvidenceKind.EMAIL, email), language=language)
