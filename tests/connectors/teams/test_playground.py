"""In Microsoft's own client: what is typed and pressed there comes through, and what we send is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.responses import say as really_say
from connectors.actions_client import KnownAccount
from connectors.runtime import Runtime
from connectors.teams.channel import TeamsInput
from servicedesk.directory.port import AccountId
from servicedesk.teams_settings import TeamsSettings
from tests.connectors.server import application, serve, stop
from tests.connectors.support import FakeActions, FakeDialogue, Front, identify, label, say, until
from tests.connectors.teams import playground
from tests.connectors.teams.client import WEBHOOK
from tests.connectors.teams.microsoft import Microsoft

pytestmark = pytest.mark.browser


@pytest.fixture
async def page(
    front: Front,
    actions: FakeActions,
    dialogue: FakeDialogue,
    microsoft: Microsoft,
    teams: TeamsSettings,
    http: aiohttp.ClientSession,
    tmp_path: Path,
) -> AsyncIterator[Any]:
    """The Playground's page, nothing of it fetched from anywhere else."""
    for user in playground.users():
        actions.accounts[user["email"]] = KnownAccount(account=AccountId("a-kari"), language="en")
    settings = replace(teams, service_hosts=("127.0.0.1", "localhost"))
    with_teams = replace(front, settings=replace(front.settings, teams=settings))
    runtime = Runtime(with_teams, actions=actions, identify=identify, say=say, label=label)
    server, address = await serve(application(runtime, dialogue, TeamsInput(runtime)))
    async with playground.opened(tmp_path, address + WEBHOOK, microsoft, http) as shown:
        yield shown
    await stop(server)


async def test_welcome_words_card_and_button(page: Any, dialogue: FakeDialogue) -> None:
    await page.get_by_text("utter_intro (en)").wait_for()
    dialogue.answers["vpn"] = [
        really_say(
            "utter_article",
            "en",
            title="Connect to the VPN",
            body="1. Open **Cisco**.\n2. Type the address.",
            url="https://it.example/articles/en/vpn-connect",
            owner="Network team",
            reviewed="2026-10-15",
        )
    ]
    await playground.write(page, "vpn")
    await page.get_by_text("Connect to the VPN", exact=True).last.wait_for()
    assert await page.locator("ol li", has_text="Open Cisco.").count() == 1, "steps are a numbered list"
    await page.get_by_role("button", name="That helped", exact=True).last.click()
    await page.get_by_text("You chose: That helped").wait_for()
    assert await page.get_by_role("button", name="That helped", exact=True).count() == 0
    await until(lambda: dialogue.texts[-1:] == ["/kb_solved"])
    await page.get_by_text("re: /kb_solved").first.wait_for()
