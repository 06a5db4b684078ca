"""Who writes: a platform's user, asked for and tied to one account, before anything is done for them (S1).

Asked after the message is stored and answered to the platform, because asking takes time. What cannot be
found out is no, and never a reason to try something weaker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from connectors.actions_client import ActionsClient, ActionsUnavailable
from connectors.platform import Kind, Platform, Profile, ProfileUnavailable
from servicedesk.conversations import Conversation, Conversations
from servicedesk.directory.port import AccountId
from servicedesk.errors import Tier0Error

logger = logging.getLogger(__name__)

GOOD_FOR_SECONDS = 300.0  # for words; the platforms allow about a hundred questions a minute
GOOD_FOR_ACCOUNTS_SECONDS = 10.0  # for codes and what follows from them
LOOK_UP_SECONDS = (
    20.0  # a restart of the action server takes a dozen on a busy machine, and nobody waits on the line
)
KEPT = 5_000


class IdentityUnavailable(Tier0Error):
    """Who this is could not be found out just now: nothing is done, another try may help."""


class NotServed(Tier0Error):
    """Not one of our employees. `silent`: a machine, which gets no word."""

    def __init__(self, *, silent: bool) -> None:
        super().__init__("not served")
        self.silent = silent


@dataclass(frozen=True, slots=True)
class _Known:
    at: float
    profile: Profile
    account: AccountId | None
    language: str | None


class Identities:
    def __init__(
        self,
        conversations: Conversations,
        actions: ActionsClient,
        platforms: Mapping[str, Platform],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversations = conversations
        self._actions = actions
        self._platforms = platforms
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def establish(self, conversation: Conversation, *, for_account: bool = False) -> Conversation:
        """The conversation with what its platform says now of who is in it, also in the store.

        A page or a trusted client proves at once: its conversation comes back as it is. Raises NotServed,
        IdentityUnavailable, StoreUnavailable."""
        platform = self._platforms.get(conversation.channel)
        if platform is None:
            return conversation
        known = self._remembered(conversation, for_account) or await self._ask(conversation, platform)
        if known.profile.kind is not Kind.EMPLOYEE:
            await self._write(conversation, None)
            raise NotServed(silent=known.profile.kind is Kind.MACHINE)
        await self._write(conversation, known.account)
        language = conversation.language or known.profile.language or known.language
        if language and conversation.language is None:
            await asyncio.to_thread(self._conversations.set_language, conversation.id, language, chosen=False)
        return replace(conversation, account=known.account, language=language)

    def forget(self, conversation: str) -> None:
        """The platform said that something about this user has changed."""
        self._known.pop(conversation, None)

    def _remembered(self, conversation: Conversation, for_account: bool) -> _Known | None:
        known = self._known.get(conversation.id)
        good_for = GOOD_FOR_ACCOUNTS_SECONDS if for_account else GOOD_FOR_SECONDS
        return known if known is not None and self._monotonic() - known.at < good_for else None

    async def _ask(self, conversation: Conversation, platform: Platform) -> _Known:
        try:
            profile, account, language = await self._look_up(conversation, platform)
        except (ProfileUnavailable, ActionsUnavailable) as err:
            logger.warning("a %s user could not be looked up: %s", conversation.channel, err)
            raise IdentityUnavailable from err
        known = _Known(self._monotonic(), profile, account, language)
        self._known[conversation.id] = known
        self._known.move_to_end(conversation.id)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return known

    @retry(
        retry=retry_if_exception_type((ProfileUnavailable, ActionsUnavailable)),
        stop=stop_after_delay(LOOK_UP_SECONDS),
        wait=wait_random_exponential(multiplier=0.2, max=1),
        reraise=True,
    )
    async def _look_up(
        self, conversation: Conversation, platform: Platform
    ) -> tuple[Profile, AccountId | None, str | None]:
        profile = await platform.profile(conversation)
        return profile, *await self._account(conversation, platform, profile)

    async def _account(
        self, conversation: Conversation, platform: Platform, profile: Profile
    ) -> tuple[AccountId | None, str | None]:
        """In a shared room nobody is anybody's account, whoever writes there (S1)."""
        if profile.kind is not Kind.EMPLOYEE or profile.evidence is None or not conversation.private:
            return None, None
        found = await self._actions.link(
            channel=conversation.channel,
            tenant=conversation.tenant,
            user=platform.user_of(conversation),
            evidence=profile.evidence,
        )
        return (found.account, found.language) if found else (None, None)

    async def _write(self, conversation: Conversation, account: AccountId | None) -> None:
        if conversation.account != account:
            await asyncio.to_thread(self._conversations.prove, conversation.id, account)
