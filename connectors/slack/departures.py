"""Somebody removed the app, or its tokens were revoked: `app_uninstalled`, `tokens_revoked`.

Such an event may come late, after the app was installed again. So what counts is what Slack says of our token now."""

from __future__ import annotations

import asyncio
import logging

from connectors.platform import TryLater
from connectors.slack.api import NotInstalled, Refused, SlackApi, TokenRefused
from connectors.slack.parts import Installed

logger = logging.getLogger(__name__)

EVENTS = ("tokens_revoked", "app_uninstalled")


async def forget_if_gone(workspace: str, installed: Installed, api: SlackApi) -> None:
    """Take the installation out of the store where Slack accepts its token no more. Raises StoreUnavailable."""
    found = await asyncio.to_thread(installed.installations.get, workspace)
    if found is None:
        return
    try:
        await api.whoami(workspace)
    except TokenRefused as err:
        installed.tokens.forget(workspace)
        if err.code == "token_expired":  # it may still be renewed
            return
        if await asyncio.to_thread(installed.installations.remove, workspace, found.version):
            logger.error("the Slack app is no longer installed in %s: its tokens were deleted", workspace)
    except NotInstalled:
        return
    except (TryLater, Refused) as err:
        logger.warning("whether the Slack app is still installed in %s is not known: %s", workspace, err)
