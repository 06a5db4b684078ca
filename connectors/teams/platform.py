"""Teams as the rest sees it: it knows its users, and it takes messages (connectors/platform.py)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from connectors.outgoing import Outgoing
from connectors.platform import Kind, Profile, ProfileUnavailable, TryLater, Undeliverable
from connectors.teams import cards, errors
from connectors.teams.activity import Activity
from connectors.teams.client import BotConnector, Member
from connectors.teams.http import Http
from connectors.teams.welcome import Welcome
from servicedesk.channel_links import Evidence, EvidenceKind
from servicedesk.conversations import Conversation, Conversations
from servicedesk.teams_settings import TeamsSettings

logger = logging.getLogger(__name__)

SEPARATOR = "/"
MAX_PLATFORM_ID = 160  # of the store; a longer one could not be edited, and none is


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a conversation is reached. Renewed with each activity: Microsoft moves tenants between services."""

    service_url: str
    conversation: str  # "" of a private chat that nobody has written in yet
    user: str
    bot: str

    @classmethod
    def of(cls, activity: Activity) -> Address:
        return cls(
            service_url=activity.service_url,
            conversation=activity.conversation,
            user=activity.user,
            bot=activity.bot,
        )

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Address | None:
        try:
            return cls(**{name: str(stored[name]) for name in ("service_url", "conversation", "user", "bot")})
        except KeyError:
            return None

    def dump(self) -> dict[str, str]:
        return asdict(self)


def channel_user(activity: Activity) -> str:
    """Who it is, and in a shared room also where: one person's questions in two threads are two conversations."""
    if activity.private:
        return activity.object_id
    place = hashlib.sha256(activity.conversation.encode()).hexdigest()[:32]
    return f"{activity.object_id}{SEPARATOR}{place}"


class TeamsPlatform:
    def __init__(
        self,
        settings: TeamsSettings,
        connector: BotConnector,
        conversations: Conversations,
        http: Http,
        welcome: Welcome,
        *,
        evidence: EvidenceKind,
    ) -> None:
        self._settings = settings
        self._connector = connector
        self._conversations = conversations
        self._http = http
        self._welcome = welcome
        self._evidence = evidence

    async def profile(self, conversation: Conversation) -> Profile:
        """Asked of Teams' own list of who is in the conversation. Whatever does not fit makes an outsider."""
        address = Address.load(conversation.address)
        if address is None:
            raise ProfileUnavailable("the conversation has no address")
        object_id = self.user_of(conversation)
        try:
            place = address.conversation or await self._open(conversation, address)
            member = await self._connector.member(address.service_url, place, address.user)
        except errors.TeamsError as err:
            raise ProfileUnavailable(str(err)) from err
        if member is None or member.guest or member.tenant != self._settings.tenant:
            return Profile(kind=Kind.OUTSIDER)
        if member.object_id != object_id:
            return Profile(kind=Kind.OUTSIDER)
        return Profile(kind=Kind.EMPLOYEE, evidence=self._proof(member))

    async def meet(self, conversation: Conversation) -> None:
        if conversation.private:
            await asyncio.to_thread(self._welcome.say_once, conversation)

    def private_address(self, room: Conversation) -> Mapping[str, Any] | None:
        address = Address.load(room.address)
        return None if address is None else replace(address, conversation="").dump()

    async def send(self, message: Outgoing) -> str:
        address = self._address(message)
        made = cards.activity(message, private_chat=self.private_chat)
        try:
            place = address.conversation or await self._open(message.conversation, address)
            platform_id = await self._connector.post(address.service_url, place, made)
        except errors.Unclear as err:
            # A second post would be a second message: Teams keeps no key of a post.
            logger.warning("message %d may not have arrived: %s", message.id, err)
            return ""
        except errors.TeamsError as err:
            raise _translated(err) from err
        return platform_id if len(platform_id) <= MAX_PLATFORM_ID else ""

    async def edit(self, message: Outgoing) -> None:
        if not message.platform_id:
            return
        address = self._address(message)
        made = cards.activity(message, private_chat=self.private_chat)
        try:
            await self._connector.put(
                address.service_url,
                address.conversation,
                message.platform_id,
                {**made, "id": message.platform_id},
            )
        except errors.TeamsError as err:
            raise _translated(err) from err

    def user_of(self, conversation: Conversation) -> str:
        return conversation.channel_user.partition(SEPARATOR)[0]

    async def close(self) -> None:
        await self._http.close()

    @property
    def private_chat(self) -> str:
        return f"https://teams.microsoft.com/l/chat/0/0?users=28:{self._settings.app_id}"

    def _address(self, message: Outgoing) -> Address:
        address = Address.load(message.conversation.address)
        if address is None:
            raise Undeliverable("the conversation has no address")
        return address

    async def _open(self, conversation: Conversation, address: Address) -> str:
        """The private chat with somebody who was only met in a shared room yet."""
        place = await self._connector.open_personal(
            address.service_url, bot=address.bot, user=address.user, tenant=conversation.tenant
        )
        opened = Address(
            service_url=address.service_url, conversation=place, user=address.user, bot=address.bot
        )
        await asyncio.to_thread(self._conversations.set_address, conversation.id, opened.dump())
        return place

    def _proof(self, member: Member) -> Evidence | None:
        """Entra's id where Entra is the directory; else the sign-in name, which Entra gives to one person only."""
        value = member.object_id if self._evidence is EvidenceKind.OBJECT_ID else member.name
        return Evidence(self._evidence, value) if value else None


def _translated(err: errors.TeamsError) -> TryLater | Undeliverable:
    if isinstance(err, errors.Unreachable):
        return Undeliverable(str(err))
    if isinstance(err, errors.TryLater):
        after = err.retry_after
        return TryLater(str(err), None if after is None else timedelta(seconds=after))
    if isinstance(err, errors.Unclear):
        return TryLater(str(err))
    return Undeliverable(str(err))
