"""The installed workspaces' tokens: renewed in good time, once, whichever process needs one first.

An access token is good for twelve hours, and is used until then, whatever becomes of its renewal. So one that fails, or
whose answer is lost, stops nobody: the same refresh token is tried again each minute, for the two hours that are left."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Protocol

from connectors.platform import TryLater
from connectors.slack.api import AUTH_WAIT, NotInstalled, Refused
from connectors.slack.installations import Installation, Installations, TokenPair
from servicedesk.clock import Clock
from servicedesk.sealing import SealBroken
from servicedesk.store import StoreUnavailable

logger = logging.getLogger(__name__)

RENEWED_BEFORE = timedelta(hours=2)
SOON = timedelta(seconds=1)
CHECKED_EVERY = timedelta(minutes=5)  # whether another process has seen the app go
TRIED_EVERY = timedelta(seconds=5)  # whether it is our turn to renew, or another process has


class Renew(Protocol):
    async def renew(self, refresh: str) -> TokenPair: ...


class InstalledTokens:
    """Tokens of connectors/slack/api.py."""

    def __init__(self, installations: Installations, oauth: Renew, clock: Clock) -> None:
        self._installations = installations
        self._oauth = oauth
        self._clock = clock
        self._known: dict[str, tuple[Installation, datetime]] = {}

    async def of(self, workspace: str) -> str:
        known, read_at = self._known.get(workspace, (None, self._clock.now()))
        age = self._clock.now() - read_at
        if known is not None and timedelta() <= age < self._good_for(known.tokens):
            return known.tokens.access
        try:
            return (await self._read(workspace)).tokens.access
        except StoreUnavailable as err:  # what is to be sent waits, and is not given up for it
            raise TryLater(f"the tokens of {workspace} cannot be read: {err}") from err
        except SealBroken as err:
            logger.error("the tokens of %s cannot be opened: is token.key another one?", workspace)
            raise TryLater(f"the tokens of {workspace}: {err}", AUTH_WAIT) from err

    async def instead_of(self, workspace: str, token: str) -> str | None:
        self.forget(workspace)
        newer = await self.of(workspace)
        return newer if newer != token else None

    def forget(self, workspace: str) -> None:
        """The next call reads it anew."""
        self._known.pop(workspace, None)

    async def _read(self, workspace: str) -> Installation:
        found = await asyncio.to_thread(self._installations.get, workspace)
        if found is None:
            self.forget(workspace)
            raise NotInstalled(workspace)
        if self._due(found.tokens):
            found = await self._renewed(found)
        self._known[workspace] = (found, self._clock.now())
        return found

    async def _renewed(self, old: Installation) -> Installation:
        """The installation with new tokens, or as it is while they cannot be had and the old ones are good."""
        if await asyncio.to_thread(self._installations.claim, old.workspace, old.version):
            await self._renew(old)
        found = await asyncio.to_thread(self._installations.get, old.workspace)
        if found is None:
            raise NotInstalled(old.workspace)
        if self._over(found.tokens):
            reason = f"the tokens of {old.workspace} are over"
            raise TryLater(reason, AUTH_WAIT if found.refused else SOON)
        return found

    async def _renew(self, old: Installation) -> None:
        try:
            tokens = await self._oauth.renew(old.tokens.refresh)
        except TryLater as err:  # the lease stays: the next try, of whichever process, is when it ends
            logger.warning("Slack's tokens for %s were not renewed: %s", old.workspace, err)
        except Refused as err:
            logger.error(
                "Slack renews the tokens for %s no more (%s): install the app there again",
                old.workspace,
                err.code,
            )
            await asyncio.to_thread(self._installations.refuse, old.workspace, old.version, err.code)
        else:
            await asyncio.to_thread(self._installations.renewed, old.workspace, old.version, tokens)

    def _good_for(self, tokens: TokenPair) -> timedelta:
        """How long what was read may be used without looking again."""
        if self._over(tokens):
            return timedelta()
        return TRIED_EVERY if self._due(tokens) else CHECKED_EVERY

    def _due(self, tokens: TokenPair) -> bool:
        return tokens.expires_at is not None and self._clock.now() >= tokens.expires_at - RENEWED_BEFORE

    def _over(self, tokens: TokenPair) -> bool:
        return tokens.expires_at is not None and self._clock.now() >= tokens.expires_at
